// The steps of a chain, in order: added, removed, moved by buttons, and each with its parameters.

import { arrange, element, setAttribute, setSentence, setText } from "./dom.js";
import { Field } from "./field.js";
import { StepCard } from "./step-card.js";
import { WORDS } from "./words.js";

const { signals: SIGNALS } = WORDS;

export class ChainEditor {
  // changed() is called with each edit.
  constructor(changed) {
    this.changed = changed;
    this.models = new Map();
    this.cards = [];
    this.list = element("ol.steps");
    this.none = element("p.quiet", {}, SIGNALS.noSteps);
    this.said = element("p.unseen", { role: "status" });
    this.choice = new Field(SIGNALS.add, element("select"));
    this.add = element("button", { type: "button" }, SIGNALS.addThis);
    this.add.addEventListener("click", () => this.append());
    const adding = element("div.adding", {}, this.choice.root, this.add);
    this.root = element("section", {}, element("h2.section", {}, SIGNALS.chain), this.none, this.list, adding, this.said);
  }

  offer(models) {
    this.models = models;
    const { control } = this.choice;
    control.replaceChildren(...[...models.keys()].map((name) => element("option", { value: name }, name)));
    control.addEventListener("change", () => this.explain());
    this.explain();
  }

  explain() {
    setSentence(this.choice.help, this.models.get(this.choice.value)?.help ?? "");
    this.choice.help.hidden = false;
  }

  // Shows a chain that holds; what stood there is gone.
  load(steps) {
    this.cards = steps.filter(({ step }) => this.models.has(step)).map((step) => this.card(step));
    this.arrange();
  }

  card(step) {
    return new StepCard(this.models.get(step.step), step, {
      changed: () => this.changed(),
      moved: (card, by) => this.move(card, by),
      removed: (card) => this.remove(card),
    });
  }

  get steps() {
    return this.cards.map((card) => card.step);
  }

  // Returns whether every field holds what can be sent.
  check() {
    return this.cards.map((card) => card.check()).every(Boolean);
  }

  // Says what the node finds wrong, at its field; returns whether that is in this chain. Pointers end in
  // /<place>, or /<place>/<parameter>, behind where the steps are: `chain` of a preview, `steps` of a configuration.
  refuse(errors) {
    const told = errors.filter(({ pointer, detail }) => {
      const [, place, parameter = ""] = /\/(?:steps|chain)\/(\d+)(?:\/([^/]+))?$/.exec(pointer) ?? [];
      this.cards[place]?.refuse(parameter, detail);
      return this.cards[place] !== undefined;
    });
    return told.length > 0;
  }

  append() {
    const model = this.models.get(this.choice.value);
    const initial = model.parameters.filter(({ initial: value }) => value !== null);
    const step = Object.fromEntries([["step", model.name], ...initial.map((each) => [each.name, each.initial])]);
    const card = this.card(step);
    this.cards.push(card);
    this.edited(SIGNALS.added(model.name, this.cards.length));
    (card.root.querySelector("input, select") ?? card.remove).focus();
  }

  move(card, by) {
    const from = this.cards.indexOf(card);
    this.cards.splice(from, 1);
    this.cards.splice(from + by, 0, card);
    this.edited(SIGNALS.moved(card.model.name, from + by + 1));
    (by < 0 ? card.up : card.down).focus(); // who is moved loses it
  }

  remove(card) {
    const place = this.cards.indexOf(card);
    this.cards.splice(place, 1);
    this.edited(SIGNALS.removed(card.model.name));
    (this.cards[Math.min(place, this.cards.length - 1)]?.remove ?? this.choice.control).focus();
  }

  edited(text) {
    this.arrange();
    setText(this.said, text);
    this.changed();
  }

  arrange() {
    arrange(this.list, this.cards.map(({ root }) => root));
    this.cards.forEach((card, place) => card.put(place + 1, this.cards.length));
    this.none.hidden = this.cards.length > 0;
    setAttribute(this.list, "hidden", this.cards.length > 0 ? null : "");
  }
}
