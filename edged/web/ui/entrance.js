// What stands there alone as long as nobody is known: the claim, or the log-in.

import { element } from "./dom.js";
import { LoginView } from "./login-view.js";
import { WORDS } from "./words.js";

const { closed: CLOSED } = WORDS.access;

export class Entrance {
  constructor(session, claim) {
    this.session = session;
    this.claim = claim;
    this.logIn = new LoginView(session);
    this.closed = element("section.entrance.card", {}, element("h1", { tabindex: -1 }, CLOSED.title), element("p", {}, CLOSED.text));
  }

  // Shows what is wanted; what is there already keeps what was typed.
  open(main) {
    const view = this.session.isClaimed ? this.logIn : this.session.isClaimable ? this.claim : { root: this.closed };
    document.title = `${view.root.querySelector("h1").textContent} – edged`;
    if (view.root.parentElement === main) return;
    main.replaceChildren(view.root);
    view.open?.();
  }
}
