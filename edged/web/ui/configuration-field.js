// One setting in the form: a control of its kind, which tells the draft what is typed.

import { element, setAttribute, setText } from "./dom.js";
import { Field } from "./field.js";
import { at, split } from "./configuration-schema.js";
import { WORDS } from "./words.js";

const { configuration: WORDING } = WORDS;
const KEPT = "(kept)"; // stands for a secret that the page is not told

export class ConfigurationField {
  // pathOf() is where the setting stands by now.
  constructor(spec, pathOf, draft) {
    this.spec = spec;
    this.pathOf = pathOf;
    this.draft = draft;
    this.control = controlOf(spec);
    this.field = new Field(labelOf(spec), this.control, helpOf(spec));
    this.root = this.field.root;
    this.control.addEventListener(spec.kind === "flag" || spec.kind === "choice" ? "change" : "input", () =>
      draft.edit({ op: "set", path: pathOf(), value: this.value }),
    );
    if (spec.kind === "secret") this.addRemoval();
  }

  // As the draft takes it; null: as if nothing was said.
  get value() {
    const { kind, isWhole, default: usual } = this.spec;
    if (kind === "flag") return this.control.checked === (usual === true) ? null : this.control.checked;
    const text = this.control.value.trim();
    if (text === "") return kind === "secret" ? this.before : null;
    if (kind === "list") return text === "[]" ? [] : text.split(",").map((part) => part.trim()).filter(Boolean);
    if (kind !== "number") return text;
    const number = Number(text.replace(",", "."));
    return Number.isFinite(number) && (!isWhole || Number.isInteger(number)) ? number : text; // the node says what is wrong
  }

  // What was there before the draft: nothing typed leaves a secret as it is.
  get before() {
    return at(this.draft.base.said, this.pathOf()) ?? null;
  }

  // Shows what is said, and returns the mistakes that stand elsewhere.
  show(said, errors) {
    const [here, others] = split(errors, this.pathOf());
    this.field.refuse(here.map(({ detail }) => detail).join(" "));
    if (document.activeElement !== this.control) this.fill(said);
    return others;
  }

  fill(said) {
    const { kind, default: usual } = this.spec;
    if (kind === "secret") this.fillSecret(said);
    else if (kind === "flag") this.control.checked = said ?? usual ?? false;
    else this.put(said === undefined || (kind === "choice" && said === usual) ? "" : Array.isArray(said) ? said.join(", ") || "[]" : String(said));
  }

  put(text) {
    if (this.control.tagName === "SELECT" && ![...this.control.options].some(({ value }) => value === text)) {
      this.control.append(element("option", { value: text }, text)); // wrong, and said so beside it
    }
    if (this.control.value !== text) this.control.value = text;
  }

  // A secret is written only: what is there is not told, and what was typed is not shown again.
  fillSecret(said) {
    if (said === undefined || said === KEPT) this.put("");
    const states = { undefined: WORDING.secretNone, [KEPT]: WORDING.secretKept };
    setAttribute(this.control, "placeholder", states[said] ?? WORDING.secretNew);
    this.removal.hidden = said === undefined;
  }

  addRemoval() {
    this.removal = element("button.quiet", { type: "button" }, WORDING.secretRemove);
    this.removal.addEventListener("click", () => {
      this.put("");
      this.control.focus();
      this.draft.edit({ op: "set", path: this.pathOf(), value: null });
    });
    this.root.append(this.removal);
  }
}

function controlOf({ kind, choices, default: usual, example, isWhole }) {
  if (kind === "flag") return element("input", { type: "checkbox" });
  if (kind === "choice") {
    const options = choices.map((choice) =>
      element("option", { value: choice === usual ? "" : choice }, choice === usual ? WORDING.choiceDefault(choice) : choice),
    );
    return element("select", {}, ...options);
  }
  const mode = kind === "number" ? (isWhole ? "numeric" : "decimal") : null;
  const usually = usual === null ? "" : told(usual);
  const placeholder = usually || (example === null ? null : WORDING.example(told(example)));
  return element("input", {
    type: kind === "secret" ? "password" : "text",
    autocomplete: kind === "secret" ? "new-password" : "off",
    autocapitalize: "off",
    spellcheck: "false",
    inputmode: mode,
    placeholder,
  });
}

function labelOf({ label, unit }) {
  return unit === "" ? label : element("span", {}, `${label} `, element("span.unit", {}, unit));
}

function helpOf({ kind, help, default: usual }) {
  const list = kind === "list" ? WORDING.list : "";
  const usually = usual === null ? "" : told(usual);
  const shown = usually === "" ? "" : WORDING.default(usually);
  return [help, list, shown].filter(Boolean).join(" ");
}

function told(value) {
  if (typeof value === "boolean") return value ? WORDING.on : WORDING.off;
  return Array.isArray(value) ? value.join(", ") : String(value);
}

// How many mistakes there are, beside the name of what holds them.
export function mistakeCount() {
  return element("span.count-mistakes", { hidden: "" });
}

export function showMistakeCount(target, count) {
  target.hidden = count === 0;
  setText(target, count === 0 ? "" : WORDING.mistakes(count));
}
