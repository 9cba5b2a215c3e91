// A password, hidden or shown; sent, it is hidden again.

import { element, setAttribute, setText } from "./dom.js";
import { Field } from "./field.js";
import { WORDS } from "./words.js";

const LONGEST = 256;

export class PasswordField extends Field {
  // autocomplete: "current-password" or "new-password", for who keeps passwords.
  constructor(label, autocomplete, help = "", isRequired = true) {
    const plain = { type: "password", autocapitalize: "none", spellcheck: "false", maxlength: LONGEST };
    super(label, element("input", { ...plain, autocomplete, required: isRequired ? "" : null }), help);
    this.label = label;
    this.toggle = element("button.quiet", { type: "button", "aria-controls": this.control.id });
    this.toggle.addEventListener("click", () => this.reveal(this.control.type === "password"));
    const box = element("div.password");
    this.control.replaceWith(box);
    box.append(this.control, this.toggle);
    this.reveal(false);
  }

  conceal() {
    this.reveal(false);
  }

  reset() {
    this.reveal(false);
  }

  reveal(isShown) {
    const { form } = WORDS;
    setAttribute(this.control, "type", isShown ? "text" : "password");
    setText(this.toggle, isShown ? form.hide : form.show);
    setAttribute(this.toggle, "aria-label", isShown ? form.hideOf(this.label) : form.showOf(this.label));
  }
}
