// The draft as TOML, with line numbers, and the way to each line that is wrong.

import { arrange, element, setAttribute, setText } from "./dom.js";
import { WORDS } from "./words.js";

const { configuration: WORDING } = WORDS;
const LINE_PX = 24; // as in configuration.css

export class ConfigurationText {
  constructor(draft) {
    this.draft = draft;
    this.control = element("textarea", {
      "aria-label": WORDING.text,
      autocapitalize: "off",
      autocomplete: "off",
      spellcheck: "false",
      wrap: "off",
      rows: 20,
    });
    this.numbers = element("div.numbers", { "aria-hidden": "true" });
    this.mistakes = element("ul");
    this.problem = element("div.mistakes", { role: "alert" }, element("h2", {}, WORDING.mistakesTitle), this.mistakes);
    this.editor = element("div.editor", {}, this.numbers, this.control);
    this.root = element("div.text-tab", {}, this.problem, this.editor);
    this.control.addEventListener("input", () => {
      draft.write(this.control.value);
      this.number();
    });
    this.control.addEventListener("scroll", () => this.follow());
  }

  show() {
    const { text, errors } = this.draft;
    if (this.control.value !== text) this.control.value = text;
    this.control.readOnly = this.draft.isReadOnly;
    this.wrong = new Set(errors.map(({ line }) => line));
    this.number();
    this.problem.hidden = errors.length === 0;
    setAttribute(this.control, "aria-invalid", errors.length > 0 ? "true" : null);
    const key = JSON.stringify(errors);
    if (this.shown === key) return;
    this.shown = key;
    arrange(this.mistakes, errors.map((error) => this.item(error)));
  }

  item({ line, detail }) {
    if (!line) return element("li.mistake", {}, detail);
    const way = element("button.mistake", { type: "button" }, WORDING.atLine(line, detail));
    way.addEventListener("click", () => this.goTo(line));
    return element("li", {}, way);
  }

  goTo(line) {
    const lines = this.control.value.split("\n");
    const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
    this.control.focus({ preventScroll: true });
    this.editor.scrollIntoView({ block: "nearest" });
    this.control.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
    this.control.scrollTop = Math.max((line - 4) * LINE_PX, 0);
    this.control.scrollLeft = 0;
    this.follow();
  }

  number() {
    const count = this.control.value.split("\n").length;
    while (this.numbers.children.length < count) this.numbers.append(element("span"));
    while (this.numbers.children.length > count) this.numbers.lastChild.remove();
    [...this.numbers.children].forEach((each, place) => {
      setText(each, String(place + 1));
      setAttribute(each, "data-wrong", this.wrong?.has(place + 1) ? "" : null);
    });
    this.follow();
  }

  follow() {
    this.numbers.style.translate = `0 ${-this.control.scrollTop}px`;
  }
}
