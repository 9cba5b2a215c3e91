// The draft as a form, built from the schema.

import { Section } from "./configuration-section.js";
import { sectionsOf } from "./configuration-schema.js";
import { element, setText } from "./dom.js";
import { WORDS } from "./words.js";

const { configuration: WORDING } = WORDS;

export class ConfigurationForm {
  // toText() opens the other tab.
  constructor(draft, schema, toText) {
    this.draft = draft;
    this.sections = sectionsOf(schema).map((spec) => ({ spec, part: new Section(spec, () => [spec.key], draft) }));
    this.mistake = element("p.mistake", { role: "alert" });
    const way = element("button", { type: "button" }, WORDING.readText);
    way.addEventListener("click", toText);
    this.instead = element("div.instead", {}, element("p", {}, WORDING.notToml), way);
    this.parts = element("fieldset.sections", {}, ...this.sections.map(({ part }) => part.root));
    this.root = element("div.form-tab", {}, this.mistake, this.instead, this.parts);
  }

  show() {
    const { draft } = this;
    this.instead.hidden = draft.said !== null;
    this.parts.hidden = draft.said === null;
    this.parts.disabled = draft.isReadOnly;
    this.parts.inert = draft.isRebuilt;
    this.mistake.hidden = true;
    if (draft.said === null || draft.isRebuilt) return;
    let others = draft.errors;
    for (const { spec, part } of this.sections) others = part.show(draft.said[spec.key], others);
    setText(this.mistake, others.map(({ detail }) => detail).join(" "));
    this.mistake.hidden = others.length === 0;
  }
}
