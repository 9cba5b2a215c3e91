// Devices: a card a source, and the adapters they need.

import { Adapters } from "./adapters.js";
import { batteryFact, signalFact } from "./condition.js";
import { arrange, element } from "./dom.js";
import { emptyState } from "./empty.js";
import { FactsCard } from "./facts-card.js";
import { Order } from "./order.js";
import { when } from "./state.js";
import { count } from "./text.js";
import { WORDS } from "./words.js";

const { facts: FACTS } = WORDS;
const IS_RECEIVED = new Set(["subscribing", "streaming", "silent"]);

export class DevicesView {
  constructor() {
    this.order = new Order();
    this.cards = new Map();
    this.grid = element("div.cards");
    this.empty = emptyState(WORDS.noSources, WORDS.example.source);
    this.adapters = new Adapters();
    this.heading = element("h2.section", {}, WORDS.sources); // needed only where there is another section
    this.title = element("h1", { tabindex: -1 }, WORDS.views.devices);
    this.root = element("section.facts-view");
  }

  show(node) {
    const { sources } = node.status;
    this.adapters.show(node);
    this.heading.hidden = node.status.adapters.length === 0;
    const all = [this.heading, this.grid, this.empty];
    arrange(this.root, [this.title, ...(this.adapters.isTroubled ? [this.adapters.root, ...all] : [...all, this.adapters.root])]);
    this.empty.hidden = sources.length > 0;
    const sorted = this.order.sort(sources, (source) => source.name, performance.now());
    const cards = sorted.map((source) => {
      if (!this.cards.has(source.name)) this.cards.set(source.name, new FactsCard(node));
      return this.cards.get(source.name);
    });
    arrange(this.grid, cards.map((card) => card.root));
    sorted.forEach((source, place) => {
      const since = source.words.icon === "dot" ? null : source.since_s;
      cards[place].show(source.name, source.words, since, this.facts(source, node), node);
    });
  }

  facts(source, node) {
    const number = (value) => (node.isLost ? WORDS.noNumber : count(value));
    const packet = source.last_packet_s;
    const last = packet === null ? WORDS.never : when(node, packet + node.elapsedS());
    const title = node.status.subjects.find((subject) => subject.name === source.subject)?.title;
    return [
      [FACTS.subject, title ?? source.subject ?? FACTS.nobody],
      [FACTS.battery, node.isLost ? null : batteryFact(source.battery_pct)],
      [FACTS.signal, node.isLost || !IS_RECEIVED.has(source.state) ? null : signalFact(source.rssi_dbm)],
      [FACTS.link, source.link],
      [FACTS.decoder, source.decoder],
      [FACTS.lastPacket, node.isLost ? WORDS.noNumber : last],
      [FACTS.packets, number(source.packets)],
      [FACTS.samples, number(source.samples)],
      [FACTS.faults, number(source.faults)],
      [FACTS.restarts, number(source.restarts)],
      [FACTS.lastFault, source.last_fault || null],
    ];
  }
}
