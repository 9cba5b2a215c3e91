// A field for a line of text that no keyboard shall mend: a name, a code.

import { element } from "./dom.js";
import { Field } from "./field.js";

export function textField(label, attributes, help = "") {
  const plain = { type: "text", autocapitalize: "none", autocorrect: "off", spellcheck: "false", required: "" };
  return new Field(label, element("input", { ...plain, ...attributes }), help);
}
