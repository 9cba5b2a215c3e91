// A part of the form: the settings of one table, and below them what the table holds.

import { confirm } from "./confirm.js";
import { Entries } from "./configuration-entries.js";
import { ConfigurationField, mistakeCount, showMistakeCount } from "./configuration-field.js";
import { split } from "./configuration-schema.js";
import { element, setText } from "./dom.js";
import { WORDS } from "./words.js";

const { configuration: WORDING } = WORDS;

// The settings of a table, without anything around them.
export class Group {
  constructor(fields, pathOf, draft) {
    this.parts = fields.map((spec) => {
      const below = () => [...pathOf(), spec.key];
      return { spec, part: partOf(spec, below, draft) };
    });
    this.mistake = element("p.mistake", { role: "alert" });
    const isField = ({ part }) => part instanceof ConfigurationField;
    const grid = element("div.fields", {}, ...this.parts.filter(isField).map(({ part }) => part.root));
    const rest = this.parts.filter((each) => !isField(each)).map(({ part }) => part.root);
    this.roots = [this.mistake, grid, ...rest];
  }

  show(said, errors) {
    let others = errors;
    for (const { spec, part } of this.parts) others = part.show(said?.[spec.key], others);
    setText(this.mistake, others.map(({ detail }) => detail).join(" "));
    this.mistake.hidden = others.length === 0;
  }
}

function partOf(spec, pathOf, draft) {
  if (spec.kind === "entries") return new Entries(spec, pathOf, draft, Group);
  if (spec.kind === "table") return new Section(spec, pathOf, draft);
  return new ConfigurationField(spec, pathOf, draft);
}

// A section of the file; one that may be left out can be switched on and off.
export class Section {
  constructor(spec, pathOf, draft) {
    this.spec = spec;
    this.pathOf = pathOf;
    this.count = mistakeCount();
    const isEntries = spec.kind === "entries";
    this.content = isEntries ? new Entries(spec, pathOf, draft, Group) : new Group(spec.fields, pathOf, draft);
    this.about = element("span.quiet.clip");
    const summary = element("summary", {}, element("h2", {}, spec.title), this.about, this.count);
    if (isEntries) this.content.heading.remove(); // the section's says it
    const roots = isEntries ? [this.content.root] : this.content.roots;
    this.inside = element("div.inside", {}, ...roots);
    this.switch = element("button", { type: "button", hidden: "" });
    this.switch.addEventListener("click", () => this.toggle(draft));
    const help = element("p.quiet", {}, spec.help);
    help.hidden = spec.help === "" || isEntries;
    this.root = element("details.card.section", {}, summary, help, this.inside, this.switch);
    this.root.open = isEntries;
  }

  show(said, errors) {
    const { spec } = this;
    const [here, others] = split(errors, this.pathOf());
    this.isThere = said !== undefined || !spec.isOptional;
    this.inside.hidden = !this.isThere;
    this.switch.hidden = !spec.isOptional;
    setText(this.switch, this.isThere ? WORDING.removeSection(spec.title) : WORDING.addSection(spec.title));
    setText(this.about, this.isThere ? aboutOf(spec, said) : WORDING.sectionOff);
    showMistakeCount(this.count, here.length);
    if (spec.kind === "entries") this.content.show(said, here);
    else if (this.isThere) this.content.show(said, here);
    return others;
  }

  async toggle(draft) {
    const { title } = this.spec;
    if (this.isThere && !(await confirm(WORDING.removeSectionQuestion(title), WORDING.removeSection(title)))) return;
    draft.edit({ op: "set", path: this.pathOf(), value: this.isThere ? null : {} });
  }
}

// What a closed section says of itself.
function aboutOf({ kind }, said) {
  if (kind === "entries") return WORDING.count(said?.length ?? 0);
  return "";
}
