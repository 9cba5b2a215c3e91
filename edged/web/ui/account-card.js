// An account, as an admin sees it: what it may do, where it is logged in; to be changed, logged out, removed.

import { send } from "./api.js";
import { confirm } from "./confirm.js";
import { element, setText } from "./dom.js";
import { FactsCard } from "./facts-card.js";
import { Form } from "./form.js";
import { PasswordField } from "./password-field.js";
import { RoleField } from "./role-field.js";
import { momentOf } from "./text.js";
import { WORDS } from "./words.js";

const { access: ACCESS } = WORDS;
const { accounts: ACCOUNTS } = ACCESS;

export class AccountCard {
  // changed() is called when the accounts are to be read anew.
  constructor(name, node, session, changed) {
    this.name = name;
    this.session = session;
    this.changed = changed;
    this.card = new FactsCard(node, "h3");
    this.root = this.card.root;
    this.root.classList.add("account");
    this.mistake = element("p.mistake", { role: "alert", hidden: "" });
    this.edit = this.button(ACCOUNTS.change, ACCOUNTS.changeOf(name), () => this.open(true));
    this.out = this.button(ACCOUNTS.logOut, ACCOUNTS.logOutOf(name), () => this.onLogOut());
    const remove = this.button(ACCOUNTS.remove, ACCOUNTS.removeOf(name), () => this.onRemove());
    this.buttons = element("div.buttons", {}, this.edit, this.out, remove);
    this.role = new RoleField(ACCESS.role);
    this.form = this.makeForm();
    this.root.append(this.mistake, this.buttons, this.form.root);
    this.open(false);
  }

  get isMine() {
    return this.name === this.session.user?.name;
  }

  get path() {
    return `/api/v1/accounts/${encodeURIComponent(this.name)}`;
  }

  button(verb, label, act) {
    const button = element("button", { type: "button", "aria-label": label }, verb);
    button.addEventListener("click", act);
    return button;
  }

  makeForm() {
    const hint = ACCOUNTS.newPasswordHint;
    // One's own password is changed by who knows the old one.
    const fields = this.isMine
      ? { role: this.role }
      : { role: this.role, password: new PasswordField(ACCOUNTS.newPassword, "new-password", hint, false) };
    const form = new Form(fields, ACCOUNTS.save, (values) => this.save(values), () => this.saved());
    const cancel = element("button", { type: "button" }, WORDS.cancel);
    cancel.addEventListener("click", () => this.open(false));
    form.buttons.append(cancel);
    form.mistake.before(element("p.quiet", {}, ACCOUNTS.ends));
    return form;
  }

  show(account, node) {
    this.account = account;
    const number = (text) => (node.isLost ? WORDS.noNumber : text);
    const title = this.isMine ? ACCOUNTS.you(this.name) : this.name;
    this.card.show(title, null, null, [
      [ACCESS.role, ACCESS.roles[account.role][0]],
      [ACCOUNTS.sessions, number(ACCOUNTS.sessionsOf(account.sessions))],
      [ACCOUNTS.lastLogin, number(account.last_login === null ? WORDS.never : momentOf(account.last_login, node))],
      [ACCOUNTS.created, momentOf(account.created, node)],
    ], node);
    this.out.hidden = account.sessions === 0 || this.isMine; // one's own log-out stands with oneself
  }

  open(isOpen) {
    this.form.root.hidden = !isOpen;
    this.buttons.hidden = isOpen;
    if (isOpen) {
      this.blame("");
      this.form.reset();
      this.role.choose(this.account.role);
      this.form.focus();
    } else if (this.root.contains(document.activeElement)) this.edit.focus();
  }

  // What is as it was is left out: whoever is logged in stays so.
  save({ role, password }) {
    const change = { ...(role === this.account.role ? {} : { role }), ...(password ? { password } : {}) };
    if (Object.keys(change).length === 0) return { ok: true };
    return send("PATCH", this.path, change);
  }

  saved() {
    this.open(false);
    this.changed();
  }

  async onLogOut() {
    if (!(await confirm(ACCOUNTS.logOutAsk(this.name), ACCOUNTS.logOut))) return;
    this.tell(await send("DELETE", `${this.path}/sessions`));
  }

  async onRemove() {
    if (!(await confirm(ACCOUNTS.removeAsk(this.name), ACCOUNTS.remove))) return;
    this.tell(await send("DELETE", this.path));
  }

  tell(answer) {
    this.blame(answer.ok ? "" : answer.body.detail);
    if (answer.ok) this.changed();
  }

  blame(text) {
    setText(this.mistake, text);
    this.mistake.hidden = text === "";
  }
}
