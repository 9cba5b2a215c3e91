// One step of a chain: its name, what it does, its parameters, and the buttons that move or remove it.

import { element, setAttribute, setSentence, setText } from "./dom.js";
import { Field } from "./field.js";
import { icon } from "./icons.js";
import { WORDS } from "./words.js";

const { signals: SIGNALS } = WORDS;

export class StepCard {
  // model as of stepModels(); given: the step as configured; told: {changed, moved(card, by), removed(card)}.
  constructor(model, given, told) {
    this.model = model;
    this.given = given;
    this.place = element("span.quiet");
    this.up = this.button("up", SIGNALS.moveUp(model.name), () => told.moved(this, -1));
    this.down = this.button("down", SIGNALS.moveDown(model.name), () => told.moved(this, 1));
    this.remove = this.button("cross", SIGNALS.remove(model.name), () => told.removed(this));
    this.mistake = element("p.mistake", { role: "alert", hidden: "" });
    this.fields = new Map(model.parameters.map((parameter) => [parameter.name, this.field(parameter, told)]));
    const name = element("h3", {}, model.name);
    const help = element("p.quiet");
    setSentence(help, model.help);
    this.root = element(
      "li.card.step",
      {},
      element("div.head", {}, element("div.name", {}, name, this.place), element("div.tools", {}, this.up, this.down, this.remove)),
      help,
      this.mistake,
      element("div.parameters", {}, ...[...this.fields.values()].map(({ field }) => field.root)),
    );
  }

  button(shape, label, tapped) {
    const made = element("button.tool", { type: "button", "aria-label": label, title: label }, icon(shape));
    made.addEventListener("click", () => made.ariaDisabled !== "true" && tapped());
    return made;
  }

  field(parameter, { changed }) {
    const control = controlOf(parameter, this.given[parameter.name] ?? parameter.initial);
    control.addEventListener("input", () => changed());
    return { parameter, field: new Field(parameter.label, control, parameter.help) };
  }

  // As the configuration has it; what is empty is left out.
  get step() {
    const step = { ...this.given };
    for (const [name, { parameter, field }] of this.fields) {
      const value = valueOf(parameter, field);
      if (value === null) delete step[name];
      else step[name] = value;
    }
    return step;
  }

  // Says at its field what no number is; returns whether all are.
  check() {
    let isGood = true;
    for (const { field } of this.fields.values()) {
      const isBad = field.control.validity?.badInput ?? false;
      field.refuse(isBad ? SIGNALS.notANumber : "");
      isGood &&= !isBad;
    }
    this.refuse("", "");
    return isGood;
  }

  // Says what is wrong with a parameter, or with the step.
  refuse(parameter, text) {
    const known = this.fields.get(parameter);
    known?.field.refuse(text);
    if (known?.field.control === document.activeElement) known.field.mistake.scrollIntoView({ block: "nearest" });
    setText(this.mistake, known ? "" : text);
    this.mistake.hidden = this.mistake.textContent === "";
  }

  put(number, count) {
    setText(this.place, SIGNALS.place(number, count));
    setAttribute(this.up, "aria-disabled", number === 1 ? "true" : null);
    setAttribute(this.down, "aria-disabled", number === count ? "true" : null);
  }
}

function controlOf({ kind, choices, low, high }, value) {
  if (kind === "boolean") {
    const box = element("input", { type: "checkbox" });
    box.checked = value === true;
    return box;
  }
  if (kind === "choice") {
    const select = element("select", {}, ...choices.map((choice) => element("option", { value: choice }, choice)));
    select.value = value ?? "";
    return select;
  }
  const isNumber = kind === "number" || kind === "integer";
  const bounds = isNumber ? { min: low, max: high, step: kind === "integer" ? 1 : "any" } : {};
  const mode = kind === "integer" ? "numeric" : isNumber ? "decimal" : null;
  const input = element("input", { type: isNumber ? "number" : "text", inputmode: mode, autocomplete: "off", ...bounds });
  input.value = value ?? "";
  return input;
}

function valueOf({ kind }, { value }) {
  if (value === "") return null;
  return kind === "number" || kind === "integer" ? Number(value) : value;
}
