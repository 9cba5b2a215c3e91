// More: the way to what is needed less often, who one is here, and the way out.

import { arrange, element } from "./dom.js";
import { icon } from "./icons.js";
import { WhoCard } from "./who-card.js";
import { WORDS } from "./words.js";

export class MoreView {
  // isOffered(name): whether a view is for who is here.
  constructor(names, isOffered, session) {
    this.isOffered = isOffered;
    this.who = new WhoCard(session);
    this.links = names.filter((name) => name in WORDS.about).map((name) => ({ name, root: link(name) }));
    this.nav = element("nav", { "aria-label": WORDS.views.more });
    const title = element("h1", { tabindex: -1 }, WORDS.views.more);
    this.root = element("section.more-view", {}, title, this.who.root, this.nav);
  }

  show() {
    this.who.show();
    arrange(this.nav, this.links.filter(({ name }) => this.isOffered(name)).map(({ root }) => root));
  }
}

function link(name) {
  return element(
    "a.card",
    { href: `#${name}` },
    icon(name),
    element("span", {}, element("b", {}, WORDS.views[name]), element("span.quiet", {}, WORDS.about[name])),
  );
}
