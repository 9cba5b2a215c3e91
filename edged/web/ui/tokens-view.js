// Tokens: for programs, one's own and for admins everybody's. The secret of a new one is shown once.

import { get, send } from "./api.js";
import { copyButton } from "./copy-button.js";
import { arrange, element, setSentence, setText } from "./dom.js";
import { Field } from "./field.js";
import { Form } from "./form.js";
import { RoleField } from "./role-field.js";
import { textField } from "./text-field.js";
import { TokenCard } from "./token-card.js";
import { WORDS } from "./words.js";

const { tokens: TOKENS } = WORDS.access;
const PATH = "/api/v1/tokens";
const DAYS = [7, 30, 90, 366];

export class TokensView {
  // changed() is called when there is something else to show.
  constructor(node, session, changed) {
    this.node = node;
    this.session = session;
    this.changed = changed;
    this.tokens = [];
    this.isRead = false;
    this.cards = new Map();
    this.grid = element("div.cards");
    this.none = element("p.quiet", {}, TOKENS.none);
    this.failed = element("p.mistake", { role: "alert", hidden: "" });
    this.makeForm();
    this.makeSecret();
    this.root = element(
      "section.facts-view.access-view",
      {},
      element("h1", { tabindex: -1 }, WORDS.views.tokens),
      element("p.quiet", {}, TOKENS.intro),
      this.secret,
      this.failed,
      this.none,
      this.grid,
      element("h2.section", {}, TOKENS.add),
      element("div.card.narrow", {}, this.form.root),
    );
  }

  makeForm() {
    const name = textField(TOKENS.name, { autocomplete: "off", maxlength: 40 }, TOKENS.nameHint);
    this.scope = new RoleField(TOKENS.scope);
    const options = DAYS.map((days) => element("option", { value: days }, TOKENS.daysOf(days)));
    const days = new Field(TOKENS.days, element("select", {}, ...options));
    const make = (values) => send("POST", PATH, { ...values, name: values.name.trim(), days: Number(values.days) });
    this.form = new Form({ name, scope: this.scope, days }, TOKENS.submit, make, (token) => this.made(token));
  }

  makeSecret() {
    this.secretTitle = element("h2", { tabindex: -1 });
    this.secretText = element("code");
    const once = element("p");
    setSentence(once, TOKENS.once);
    const done = element("button", { type: "button" }, TOKENS.done);
    done.addEventListener("click", () => {
      this.forget();
      this.root.querySelector("h1").focus();
    });
    const copy = copyButton(() => this.secretText.textContent);
    copy.classList.add("primary");
    const buttons = element("div.buttons", {}, copy, done);
    this.secret = element("section.secret.card", { hidden: "" }, this.secretTitle, once, element("pre", {}, this.secretText), buttons);
  }

  get isOffered() {
    return this.session.isLoggedIn;
  }

  open() {
    if (this.role !== this.session.user.role) this.scope.offer(this.session.user.role);
    this.role = this.session.user.role;
    this.load();
  }

  // Nobody finds the secret on a page that was left.
  close() {
    this.forget();
    this.form.reset();
  }

  async load() {
    const answer = await get(PATH);
    this.failed.hidden = answer.ok;
    setText(this.failed, answer.ok ? "" : `${TOKENS.failed}: ${answer.body.detail}`);
    if (answer.ok) this.tokens = answer.body;
    this.isRead ||= answer.ok;
    this.changed();
  }

  show(node) {
    this.none.hidden = !this.isRead || this.tokens.length > 0;
    const shown = this.tokens.map((token) => ({ token, card: this.cardOf(token) }));
    for (const { token, card } of shown) card.show(token, node);
    arrange(this.grid, shown.map(({ card }) => card.root));
  }

  cardOf(token) {
    if (!this.cards.has(token.id)) this.cards.set(token.id, new TokenCard(token, this.node, () => this.load()));
    return this.cards.get(token.id);
  }

  made({ name, secret }) {
    this.form.reset();
    setText(this.secretTitle, TOKENS.made(name));
    setText(this.secretText, secret);
    this.secret.hidden = false;
    this.secretTitle.focus();
    this.load();
  }

  forget() {
    setText(this.secretText, "");
    this.secret.hidden = true;
  }
}
