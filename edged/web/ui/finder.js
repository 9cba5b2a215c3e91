// Which one is it? What has no light is found by its number: a tile a source that streams, lit while its packets arrive.

import { arrange, element, setAttribute, setText } from "./dom.js";
import { WORDS } from "./words.js";

const { identify: IDENTIFY } = WORDS;
const LIT_MS = 500;
const STREAMS = new Set(["streaming", "silent"]);

export class Finder {
  constructor() {
    this.tiles = new Map();
    this.why = element("p", { role: "status" });
    this.grid = element("ul.tiles");
    this.nobody = element("p.quiet", {}, IDENTIFY.nobody);
    const close = element("button", { type: "button" }, WORDS.devices.close);
    close.addEventListener("click", () => this.close());
    this.title = element("h2", { tabindex: -1 }, IDENTIFY.title);
    const head = element("div.head", {}, this.title, close);
    this.root = element("section.finder.card", {}, head, this.why, element("p.quiet", {}, IDENTIFY.hint), this.nobody, this.grid);
    this.close();
  }

  // Looks for a source, having been told why it cannot show itself.
  open(source, why) {
    this.wanted = source;
    setText(this.why, why);
    this.root.hidden = false;
    this.show(this.node);
    this.title.focus({ preventScroll: true });
    this.root.scrollIntoView({ block: "start" });
  }

  close() {
    this.root.hidden = true;
  }

  show(node) {
    this.node = node;
    if (this.root.hidden) return;
    const streaming = node.isLost ? [] : node.status.sources.filter(({ state }) => STREAMS.has(state));
    const sorted = streaming.toSorted((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));
    this.nobody.hidden = sorted.length > 0;
    arrange(this.grid, sorted.map((source) => this.tile(source, node)));
  }

  tile(source, node) {
    if (!this.tiles.has(source.name)) this.tiles.set(source.name, new Tile());
    const tile = this.tiles.get(source.name);
    tile.show(source, node, source.name === this.wanted);
    return tile.root;
  }
}

class Tile {
  constructor() {
    this.packets = null;
    this.name = element("span.clip");
    this.number = element("b.number");
    this.contact = element("span.quiet");
    this.root = element("li.tile", {}, this.name, element("span.rate", {}, this.number, element("span.quiet", {}, WORDS.bpm)), this.contact);
  }

  show(source, node, isWanted) {
    const subject = node.status.subjects.find(({ name }) => name === source.subject);
    setText(this.name, subject ? `${source.name}, ${subject.title}` : source.name);
    setAttribute(this.name, "title", this.name.textContent);
    setText(this.number, source.heart_rate === null ? WORDS.noNumber : String(Math.round(source.heart_rate)));
    const contact = WORDS.contact[subject?.contact] ?? "";
    setText(this.contact, isWanted ? [IDENTIFY.wanted, contact].filter(Boolean).join(", ") : contact);
    setAttribute(this.root, "data-wanted", isWanted ? "" : null);
    if (this.packets !== null && source.packets !== this.packets) this.light();
    this.packets = source.packets;
  }

  light() {
    setAttribute(this.root, "data-lit", "");
    clearTimeout(this.timer);
    this.timer = setTimeout(() => setAttribute(this.root, "data-lit", null), LIT_MS);
  }
}
