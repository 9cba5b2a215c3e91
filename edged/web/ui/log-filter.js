// Which lines of the log are looked at: by level, by what they are about, by their text.

import { partOf } from "./log-line.js";
import { element } from "./dom.js";
import { Field } from "./field.js";
import { WORDS } from "./words.js";

const { logs: LOGS } = WORDS;
const LEVELS = Object.keys(LOGS.leasts);

export class LogFilter {
  // changed() is called when it lets others through.
  constructor(changed) {
    const options = LEVELS.map((level) => element("option", { value: level }, LOGS.leasts[level]));
    this.level = new Field(LOGS.level, element("select", {}, ...options));
    this.about = new Field(LOGS.about, element("select", {}, element("option", { value: "" }, LOGS.everything)));
    const input = { type: "search", placeholder: LOGS.textExample, autocapitalize: "off", autocomplete: "off", spellcheck: "false" };
    this.text = new Field(LOGS.text, element("input", input));
    this.groups = [LOGS.sources, LOGS.parts].map((label) => element("optgroup", { label, hidden: "" }));
    this.about.control.append(...this.groups);
    this.known = new Set();
    for (const { control } of this.fields) control.addEventListener("input", changed);
    this.root = element("div.filter", {}, ...this.fields.map(({ root }) => root));
  }

  get fields() {
    return [this.level, this.about, this.text];
  }

  // Offers what these lines are about.
  learn(records) {
    for (const record of records) {
      if (record.isBeginning) continue;
      if (record.fields.source) this.offer(0, `source ${record.fields.source}`, record.fields.source);
      this.offer(1, `part ${partOf(record)}`, partOf(record));
    }
  }

  offer(place, value, name) {
    if (this.known.has(value)) return;
    this.known.add(value);
    const group = this.groups[place];
    group.hidden = false;
    const option = element("option", { value }, name);
    const after = [...group.children].find((other) => other.textContent.localeCompare(name, "en", { numeric: true }) > 0);
    group.insertBefore(option, after ?? null);
  }

  passes(record) {
    const { about, text } = this;
    const wanted = text.value.trim().toLowerCase();
    if (record.isBeginning) return wanted === "" && about.value === "" && this.level.value === LEVELS[0];
    if (LEVELS.indexOf(record.level) < LEVELS.indexOf(this.level.value)) return false;
    const [kind, name] = about.value.split(" ");
    if (kind === "source" && record.fields.source !== name) return false;
    if (kind === "part" && partOf(record) !== name) return false;
    const said = [record.text, record.name, record.logger, ...Object.values(record.fields)];
    return wanted === "" || said.some((each) => each.toLowerCase().includes(wanted));
  }

  clear() {
    this.level.control.value = LEVELS[0];
    this.about.control.value = this.text.control.value = "";
  }
}
