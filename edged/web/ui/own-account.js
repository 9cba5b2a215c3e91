// One's own account: another password, and out of it everywhere.

import { send } from "./api.js";
import { confirm } from "./confirm.js";
import { element, setText } from "./dom.js";
import { Form } from "./form.js";
import { PasswordField } from "./password-field.js";
import { WORDS } from "./words.js";

const { access: ACCESS } = WORDS;
const { own: OWN } = ACCESS;

export class OwnAccount {
  constructor(session) {
    this.session = session;
    this.name = element("p.name.clip");
    this.role = element("p.quiet");
    this.mistake = element("p.mistake", { role: "alert", hidden: "" });
    // Who keeps passwords learns whose it is.
    this.account = element("input", { type: "text", name: "name", autocomplete: "username", readonly: "", hidden: "" });
    const old = new PasswordField(OWN.old, "current-password");
    const fresh = new PasswordField(OWN.new, "new-password", ACCESS.passwordHint);
    this.form = new Form({ old, new: fresh }, OWN.change, (values) => change(values), () => this.changed());
    this.form.root.prepend(this.account);
    const everywhere = element("button", { type: "button" }, OWN.everywhere);
    everywhere.addEventListener("click", () => this.onEverywhere());
    const title = element("h2", {}, OWN.title);
    const out = element("div.buttons", {}, everywhere);
    this.root = element("section.own.card", {}, title, this.name, this.role, this.form.root, this.mistake, out);
  }

  show() {
    const { user } = this.session;
    setText(this.name, user.name);
    setText(this.role, ACCESS.roles[user.role].join(": "));
    this.account.value = user.name;
  }

  close() {
    this.form.reset();
  }

  changed() {
    this.form.reset();
    this.form.say(OWN.changed);
  }

  async onEverywhere() {
    if (!(await confirm(OWN.everywhereAsk(this.session.user.name), OWN.everywhere))) return;
    const answer = await this.session.logOutEverywhere();
    setText(this.mistake, answer.ok ? "" : answer.body.detail);
    this.mistake.hidden = answer.ok;
  }
}

function change(values) {
  return send("PUT", "/api/v1/session/password", values);
}
