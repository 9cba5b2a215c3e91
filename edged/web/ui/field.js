// A field of a form: label, control, help, and what is wrong with it, beside it and told to who listens.

import { element, setAttribute, setSentence } from "./dom.js";

let made = 0;

export class Field {
  // control: an input, select or textarea; help: a sentence, or nothing.
  constructor(label, control, help = "") {
    made += 1;
    this.control = control;
    control.id = `field-${made}`;
    this.help = element("p.quiet", { id: `${control.id}-help` }, help);
    this.help.hidden = help === "";
    this.mistake = element("p.mistake", { id: `${control.id}-mistake`, role: "alert" });
    this.mistake.hidden = true;
    setAttribute(control, "aria-describedby", `${this.help.id} ${this.mistake.id}`);
    this.root = element("div.field", {}, element("label", { for: control.id }, label), control, this.help, this.mistake);
  }

  get value() {
    return this.control.type === "checkbox" ? this.control.checked : this.control.value;
  }

  // An empty text: nothing is wrong.
  refuse(text) {
    setSentence(this.mistake, text);
    this.mistake.hidden = text === "";
    setAttribute(this.control, "aria-invalid", text === "" ? null : "true");
  }
}
