// Which view is open, and the way to the others: tabs, and behind the last of them further views. A count says where
// problems are.

import { element, setAttribute, setText } from "./dom.js";
import { icon } from "./icons.js";
import { isProblem } from "./order.js";
import { WORDS } from "./words.js";

export class Navigation {
  // isOffered(name): whether a view is for who is here; within: views of one thing, such as #device=strap-1, by name,
  // each with the tab that it belongs to.
  constructor(root, names, further, isOffered, within = {}) {
    this.further = further;
    this.isOffered = isOffered;
    this.within = within;
    root.setAttribute("aria-label", WORDS.navigation);
    this.links = new Map(
      names.map((name) => {
        const count = element("span.count");
        const link = element("a", { href: `#${name}` }, icon(name), element("span", {}, WORDS.views[name]), count);
        root.append(link);
        return [name, { link, count }];
      }),
    );
  }

  get current() {
    const name = location.hash.slice(1).split("=")[0];
    const isFurther = this.further.includes(name) && this.isOffered(name);
    const isKnown = this.links.has(name) || isFurther || Object.hasOwn(this.within, name);
    return isKnown ? name : this.links.keys().next().value;
  }

  // What the view is of, such as strap-1; empty where it is of no one thing.
  get argument() {
    const [, text = ""] = location.hash.split(/=(.*)/s);
    try {
      return decodeURIComponent(text);
    } catch {
      return text; // typed by hand, and no such thing
    }
  }

  get currentTab() {
    return this.links.has(this.current) ? this.current : this.within[this.current] ?? "more";
  }

  show(node) {
    for (const [name, { link }] of this.links) setAttribute(link, "aria-current", name === this.currentTab ? "page" : null);
    if (node.status === null) return;
    const { adapters, broker, journal, sources, subjects } = node.status;
    this.count("now", node.isLost ? [] : subjects);
    this.count("devices", node.isLost ? [] : [...sources, ...adapters]);
    this.count("delivery", node.isLost ? [] : [broker, journal]);
    this.count("more", node.isLost ? [] : node.health?.findings ?? []);
  }

  count(name, entries) {
    const problems = entries.filter((entry) => isProblem(entry.words)).length;
    const { count } = this.links.get(name);
    setText(count, problems === 0 ? "" : String(problems));
    setAttribute(count, "aria-label", problems === 0 ? null : WORDS.problems(problems));
    setAttribute(count, "role", problems === 0 ? null : "img");
  }
}
