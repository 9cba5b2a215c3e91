// Accounts: one's own, and for admins everybody's.

import { AccountCard } from "./account-card.js";
import { get, send } from "./api.js";
import { arrange, element, setText } from "./dom.js";
import { Form } from "./form.js";
import { OwnAccount } from "./own-account.js";
import { PasswordField } from "./password-field.js";
import { RoleField } from "./role-field.js";
import { textField } from "./text-field.js";
import { WORDS } from "./words.js";

const { access: ACCESS } = WORDS;
const { accounts: ACCOUNTS } = ACCESS;
const PATH = "/api/v1/accounts";

export class AccountsView {
  // changed() is called when there is something else to show.
  constructor(node, session, changed) {
    this.node = node;
    this.session = session;
    this.changed = changed;
    this.accounts = [];
    this.cards = new Map();
    this.own = new OwnAccount(session);
    this.grid = element("div.cards");
    this.failed = element("p.mistake", { role: "alert", hidden: "" });
    const name = textField(ACCOUNTS.name, { autocomplete: "off", maxlength: 32 }, ACCESS.nameHint);
    this.role = new RoleField(ACCESS.role);
    const password = new PasswordField(ACCESS.password, "new-password", ACCESS.passwordHint);
    const add = ({ name: wanted, ...rest }) => send("POST", PATH, { name: wanted.trim(), ...rest });
    this.form = new Form({ name, role: this.role, password }, ACCOUNTS.submit, add, (account) => this.added(account));
    this.all = element(
      "section",
      {},
      element("h2.section", {}, ACCOUNTS.title),
      this.failed,
      this.grid,
      element("h2.section", {}, ACCOUNTS.add),
      element("div.card.narrow", {}, this.form.root),
    );
    const title = element("h1", { tabindex: -1 }, WORDS.views.accounts);
    this.root = element("section.facts-view.access-view", {}, title, this.own.root, this.all);
  }

  get isOffered() {
    return this.session.isLoggedIn;
  }

  open() {
    if (this.session.may("administer")) this.load();
  }

  close() {
    this.own.close();
    this.form.reset();
    for (const card of this.cards.values()) card.open(false);
  }

  async load() {
    const answer = await get(PATH);
    this.failed.hidden = answer.ok;
    setText(this.failed, answer.ok ? "" : `${ACCOUNTS.failed}: ${answer.body.detail}`);
    if (answer.ok) this.accounts = answer.body;
    this.changed();
  }

  show(node) {
    this.own.show();
    this.all.hidden = !this.session.may("administer");
    const shown = this.accounts.map((account) => ({ account, card: this.cardOf(account.name) }));
    for (const { account, card } of shown) card.show(account, node);
    arrange(this.grid, shown.map(({ card }) => card.root));
    const names = new Set(this.accounts.map((account) => account.name));
    for (const name of this.cards.keys()) if (!names.has(name)) this.cards.delete(name);
  }

  cardOf(name) {
    if (!this.cards.has(name)) this.cards.set(name, new AccountCard(name, this.node, this.session, () => this.load()));
    return this.cards.get(name);
  }

  added(account) {
    this.form.reset();
    this.form.say(ACCOUNTS.added(account.name));
    this.load();
  }
}
