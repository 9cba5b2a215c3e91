// Who am I: the account and its role, and the way out. At a board that nobody has claimed: a line that says so.

import { arrange, element, setText } from "./dom.js";
import { icon } from "./icons.js";
import { WORDS } from "./words.js";

const { access: ACCESS } = WORDS;

export class WhoCard {
  constructor(session) {
    this.session = session;
    this.name = element("b");
    this.role = element("span.quiet");
    this.mistake = element("p.mistake", { role: "alert", hidden: "" });
    const out = element("button", { type: "button" }, ACCESS.logOut);
    out.addEventListener("click", () => this.logOut());
    this.who = element("div.who.card", {}, icon("accounts"), element("span", {}, this.name, this.role), out, this.mistake);

    const link = element("a", { href: "#claim" }, ACCESS.unclaimed.link);
    const dismiss = element("button.quiet", { type: "button" }, ACCESS.unclaimed.dismiss);
    this.unclaimed = element("p.unclaimed", {}, element("span", {}, ACCESS.unclaimed.text), " ", link, dismiss);
    dismiss.addEventListener("click", () => {
      this.isDismissed = true;
      this.show();
      this.root.closest("section").querySelector("h1").focus();
    });
    this.isDismissed = false;
    this.root = element("div");
  }

  show() {
    const { session } = this;
    const isUnclaimed = session.isClaimable && !this.isDismissed;
    arrange(this.root, session.isLoggedIn ? [this.who] : isUnclaimed ? [this.unclaimed] : []);
    const { name, role } = session.user;
    setText(this.name, ACCESS.who(name));
    setText(this.role, ACCESS.roles[role][0]);
  }

  async logOut() {
    const answer = await this.session.logOut();
    setText(this.mistake, answer.ok ? "" : answer.body.detail);
    this.mistake.hidden = answer.ok;
  }
}
