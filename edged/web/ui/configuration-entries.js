// An array of tables in the form: an entry each, by its name; entries come and go.

import { confirm } from "./confirm.js";
import { mistakeCount, showMistakeCount } from "./configuration-field.js";
import { split } from "./configuration-schema.js";
import { arrange, element, setText } from "./dom.js";
import { Field } from "./field.js";
import { WORDS } from "./words.js";

const { configuration: WORDING } = WORDS;

export class Entries {
  // Group: what shows the settings of one entry.
  constructor(spec, pathOf, draft, Group) {
    this.spec = spec;
    this.pathOf = pathOf;
    this.draft = draft;
    this.Group = Group;
    this.entries = [];
    this.names = [];
    this.list = element("div.tables");
    this.empty = element("p.quiet", {}, WORDING.noEntries(spec.what));
    this.mistake = element("p.mistake", { role: "alert" });
    this.heading = element("h3", {}, spec.title);
    this.help = element("p.quiet", {}, spec.help);
    this.help.hidden = spec.help === "";
    this.root = element("div.tables-part", {}, this.heading, this.help, this.mistake, this.list, this.empty, this.adder());
  }

  adder() {
    const { what, nameKey, variants } = this.spec;
    const control = variants
      ? element("select", {}, ...[...variants.keys()].map((name) => element("option", {}, name)))
      : element("input", { type: "text", autocapitalize: "off", autocomplete: "off", spellcheck: "false" });
    this.newName = new Field(WORDING.addName(what, nameKey), control);
    const button = element("button", { type: "button" }, WORDING.add(what));
    const form = element("form.adder", {}, this.newName.root, button);
    button.addEventListener("click", () => this.add());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.add();
    });
    control.addEventListener("input", () => this.newName.refuse(""));
    return form;
  }

  add() {
    const { nameKey, variants } = this.spec;
    const name = this.newName.value.trim();
    const isTaken = !variants && this.names.includes(name);
    this.newName.refuse(name === "" ? WORDING.needsName : isTaken ? WORDING.taken(name) : "");
    if (name === "" || isTaken) {
      this.newName.control.focus();
      return;
    }
    if (!variants) this.newName.control.value = "";
    this.opens = this.names.length;
    this.draft.edit({ op: "add", path: this.pathOf(), value: { [nameKey]: name, ...(nameKey === "stream" ? { steps: [] } : {}) } });
  }

  show(said, errors) {
    const [here, others] = split(errors, this.pathOf());
    const tables = Array.isArray(said) ? said : [];
    this.names = tables.map((table) => String(table?.[this.spec.nameKey] ?? ""));
    this.entries.length = Math.min(this.entries.length, tables.length);
    while (this.entries.length < tables.length) this.entries.push(new Entry(this, this.entries.length));
    arrange(this.list, this.entries.map((entry) => entry.root));
    this.empty.hidden = tables.length > 0;
    const rest = this.entries.reduce((left, entry, place) => entry.show(tables[place] ?? {}, place, left), here);
    setText(this.mistake, rest.map(({ detail }) => detail).join(" "));
    this.mistake.hidden = rest.length === 0;
    if (this.opens < tables.length) this.open(this.entries[this.opens]);
    return others;
  }

  open(entry) {
    this.opens = Infinity;
    entry.root.open = true;
    entry.root.querySelector("summary").focus();
  }

  async remove(entry) {
    const { what } = this.spec;
    if (!(await confirm(WORDING.removeQuestion(what, entry.name), WORDING.remove(entry.name)))) return;
    this.draft.edit({ op: "remove", path: [...this.pathOf(), entry.place] });
    this.entries = this.entries.filter((other) => other !== entry);
    entry.root.remove();
    this.newName.control.focus();
  }
}

class Entry {
  constructor(entries, place) {
    this.entries = entries;
    this.place = place;
    this.title = element("b");
    this.about = element("span.quiet.clip");
    this.count = mistakeCount();
    this.inside = element("div.inside");
    this.remove = element("button", { type: "button" });
    this.remove.addEventListener("click", () => entries.remove(this));
    const summary = element("summary", {}, this.title, this.about, this.count);
    this.root = element("details.table", {}, summary, this.inside, this.remove);
  }

  show(said, place, errors) {
    const { spec, pathOf } = this.entries;
    this.place = place;
    this.name = String(said[spec.nameKey] ?? "");
    setText(this.title, this.name);
    setText(this.about, aboutOf(spec, said));
    setText(this.remove, WORDING.remove(this.name));
    const [here, others] = split(errors, [...pathOf(), place]);
    showMistakeCount(this.count, here.length);
    this.build(said);
    this.group.show(said, here);
    return others;
  }

  // Steps have other settings, each kind its own.
  build(said) {
    const { spec, pathOf, draft, Group } = this.entries;
    const kind = spec.variants ? said[spec.nameKey] : "";
    if (this.kind === kind) return;
    this.kind = kind;
    const { fields, help } = spec.variants?.get(kind) ?? { fields: spec.variants ? [] : spec.fields, help: "" };
    this.group = new Group(fields, () => [...pathOf(), this.place], draft);
    const about = element("p.quiet", {}, help);
    about.hidden = help === "";
    this.inside.replaceChildren(about, ...this.group.roots);
  }
}

// What tells one entry from another beside its name: who it is, or where.
function aboutOf({ nameKey }, said) {
  const known = said.title || said.link || Object.entries(said).find(([key, value]) => key !== nameKey && typeof value === "string")?.[1];
  return known ?? "";
}
