// A source, and what can be done with it.

import { element, setAttribute } from "./dom.js";
import { FactsCard } from "./facts-card.js";
import { session } from "./session.js";
import { sinceOf, sourceFacts } from "./source-facts.js";
import { WORDS } from "./words.js";

const { devices: DEVICES } = WORDS;

export class DeviceCard {
  // doing: {assign(source), identify(source)}, called with its name.
  constructor(node, doing) {
    this.card = new FactsCard(node);
    this.assign = element("button", { type: "button" }, DEVICES.assign);
    this.identify = element("button", { type: "button" }, DEVICES.identify);
    this.details = element("a.button", {}, DEVICES.details);
    this.assign.addEventListener("click", () => doing.assign(this.name));
    this.identify.addEventListener("click", () => doing.identify(this.name));
    this.root = this.card.root;
    this.root.append(element("div.buttons", {}, this.assign, this.identify, this.details));
  }

  show(source, node) {
    this.name = source.name;
    this.card.show(source.name, source.words, sinceOf(source), sourceFacts(source, node), node);
    setAttribute(this.assign, "aria-label", DEVICES.assignOf(source.name));
    setAttribute(this.identify, "aria-label", DEVICES.identifyOf(source.name));
    setAttribute(this.details, "aria-label", DEVICES.detailsOf(source.name));
    setAttribute(this.details, "href", `#device=${encodeURIComponent(source.name)}`);
    this.assign.hidden = this.identify.hidden = !session.may("assign");
    this.assign.disabled = this.identify.disabled = node.isLost;
  }
}
