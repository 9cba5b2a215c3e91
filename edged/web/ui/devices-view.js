// Devices: what is around, a card a source, who is measured, and the adapters they need.

import { Adapters } from "./adapters.js";
import { send } from "./api.js";
import { AssignSheet } from "./assign-sheet.js";
import { DeviceCard } from "./device-card.js";
import { arrange, element } from "./dom.js";
import { emptyState } from "./empty.js";
import { Finder } from "./finder.js";
import { calledOf, ownerOf } from "./found-row.js";
import { Order } from "./order.js";
import { RenameSheet } from "./rename-sheet.js";
import { ScanPanel } from "./scan-panel.js";
import { SubjectsList } from "./subjects-list.js";
import { WORDS } from "./words.js";

export class DevicesView {
  // undo: where what was done is said, and taken back.
  constructor(undo) {
    this.undo = undo;
    this.order = new Order();
    this.cards = new Map();
    const done = (text, change) => undo.offer(text, change);
    this.scan = new ScanPanel((found, decoders) => new AssignSheet(this.targetOf(found, decoders), done));
    this.finder = new Finder();
    this.subjects = new SubjectsList((subject) => new RenameSheet(subject, done));
    this.doing = { assign: (source) => new AssignSheet({ source }, done), identify: (source) => this.identify(source) };
    this.grid = element("div.cards");
    this.empty = emptyState(WORDS.noSources, WORDS.example.source);
    this.adapters = new Adapters();
    this.heading = element("h2.section", {}, WORDS.sources);
    this.title = element("h1", { tabindex: -1 }, WORDS.views.devices);
    this.root = element("section.facts-view.devices-view");
  }

  open() {
    this.scan.open();
  }

  // What has a light blinks; of what has none it is said how it is found.
  async identify(source) {
    const answer = await send("POST", `/api/v1/sources/${encodeURIComponent(source)}/identify`);
    if (answer.ok) {
      this.undo.offer(`${source}: ${answer.body.detail}`);
      return;
    }
    if (!this.root.isConnected) await come();
    this.finder.open(source, `${source}: ${answer.body.detail}`);
  }

  // What is found and is a source already is assigned as that.
  targetOf(found, decoders) {
    const source = ownerOf(found, this.node);
    return source === undefined ? { found, called: calledOf(found), decoders } : { source: source.name };
  }

  show(node) {
    this.node = node;
    const { sources } = node.status;
    this.adapters.show(node);
    this.scan.show(node);
    this.finder.show(node);
    this.subjects.show(node);
    this.heading.hidden = sources.length === 0;
    const above = [this.title, this.finder.root, this.scan.root];
    const all = [this.heading, this.grid, this.empty, this.subjects.root];
    arrange(this.root, [...above, ...(this.adapters.isTroubled ? [this.adapters.root, ...all] : [...all, this.adapters.root])]);
    this.empty.hidden = sources.length > 0;
    const sorted = this.order.sort(sources, (source) => source.name, performance.now());
    const known = new Set(sources.map((source) => source.name));
    for (const name of this.cards.keys()) if (!known.has(name)) this.cards.delete(name);
    const cards = sorted.map((source) => {
      if (!this.cards.has(source.name)) this.cards.set(source.name, new DeviceCard(node, this.doing));
      return this.cards.get(source.name);
    });
    arrange(this.grid, cards.map((card) => card.root));
    sorted.forEach((source, place) => cards[place].show(source, node));
  }
}

// Goes to this view, from wherever one is, and waits until it is there.
function come() {
  return new Promise((resolve) => {
    addEventListener("hashchange", () => setTimeout(resolve), { once: true });
    location.hash = "#devices";
  });
}
