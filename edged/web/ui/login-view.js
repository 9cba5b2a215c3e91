// Log in: stands alone, until somebody is known.

import { element, setSentence, setText } from "./dom.js";
import { Form } from "./form.js";
import { PasswordField } from "./password-field.js";
import { textField } from "./text-field.js";
import { WORDS } from "./words.js";

const { access: ACCESS } = WORDS;

export class LoginView {
  constructor(session) {
    this.session = session;
    this.reason = element("p", { role: "status" });
    const name = textField(ACCESS.account, { autocomplete: "username", name: "name", maxlength: 64 });
    const password = new PasswordField(ACCESS.password, "current-password");
    const { submit } = ACCESS.logIn;
    this.form = new Form({ name, password }, submit, (values) => session.logIn(values), () => this.form.reset());
    const forgotten = element("p.quiet");
    setSentence(forgotten, ACCESS.logIn.forgotten);
    const title = element("h1", { tabindex: -1 }, ACCESS.logIn.title);
    const place = element("p.quiet.place", {}, location.host);
    this.root = element("section.entrance.card", {}, title, place, this.reason, this.form.root, forgotten);
  }

  open() {
    const { farewell } = this.session;
    this.reason.hidden = farewell === "";
    setText(this.reason, farewell === "" ? "" : ACCESS.logIn[farewell]);
    this.form.focus();
  }

  close() {
    this.form.reset();
  }
}
