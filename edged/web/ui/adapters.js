// The Bluetooth adapters: a card each, in a section of their own that is there only where any is used.

import { arrange, element } from "./dom.js";
import { FactsCard } from "./facts-card.js";
import { Order } from "./order.js";
import { WORDS } from "./words.js";

const { facts: FACTS } = WORDS;

// By its address, which stays; the system may call it otherwise tomorrow.
function keyOf(adapter) {
  return adapter.address || adapter.name;
}

export class Adapters {
  constructor() {
    this.order = new Order(keyOf);
    this.cards = new Map();
    this.grid = element("div.cards");
    this.root = element("section", {}, element("h2.section", {}, WORDS.adapters), this.grid);
  }

  // Whether one of them is a problem, or was just now.
  get isTroubled() {
    return this.order.isTroubled(performance.now());
  }

  show(node) {
    const { adapters } = node.status;
    this.root.hidden = adapters.length === 0;
    const sorted = this.order.sort(adapters, nameOf, performance.now());
    const cards = sorted.map((adapter) => {
      const key = keyOf(adapter);
      if (!this.cards.has(key)) this.cards.set(key, new FactsCard(node, "h3"));
      return this.cards.get(key);
    });
    arrange(this.grid, cards.map((card) => card.root));
    sorted.forEach((adapter, place) => {
      const since = adapter.words.icon === "dot" ? null : adapter.since_s;
      cards[place].show(nameOf(adapter), adapter.words, since, this.facts(adapter, node), node);
    });
  }

  facts(adapter, node) {
    const hasSlots = adapter.name !== "" && adapter.slots > 0;
    const slots = FACTS.slotsOf(adapter.sources.length, adapter.slots);
    return [
      [FACTS.adapterAddress, adapter.address || null],
      [FACTS.bus, FACTS.buses[adapter.bus] ?? (adapter.bus || null)],
      [FACTS.slots, hasSlots ? (node.isLost ? WORDS.noNumber : slots) : null],
      [FACTS.serves, node.isLost ? null : adapter.sources.join(", ") || null],
      [FACTS.resets, node.isLost ? WORDS.noNumber : String(adapter.resets)],
    ];
  }
}

// As the system calls it; one that is not there by the end of its address.
function nameOf({ name, address }) {
  return name || (address ? WORDS.adapterOf(address.slice(-5)) : WORDS.bluetooth);
}
