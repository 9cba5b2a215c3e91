// Which view is open, and the way to the others. A count says where problems are.

import { element, setAttribute, setText } from "./dom.js";
import { icon } from "./icons.js";
import { isProblem } from "./order.js";
import { WORDS } from "./words.js";

export class Navigation {
  constructor(root, names) {
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
    const name = location.hash.slice(1);
    return this.links.has(name) ? name : this.links.keys().next().value;
  }

  show(node) {
    for (const [name, { link }] of this.links) setAttribute(link, "aria-current", name === this.current ? "page" : null);
    if (node.status === null) return;
    const { adapters, broker, journal, sources, subjects } = node.status;
    this.count("now", node.isLost ? [] : subjects);
    this.count("devices", node.isLost ? [] : [...sources, ...adapters]);
    this.count("delivery", node.isLost ? [] : [broker, journal]);
  }

  count(name, entries) {
    const problems = entries.filter((entry) => isProblem(entry.words)).length;
    const { count } = this.links.get(name);
    setText(count, problems === 0 ? "" : String(problems));
    setAttribute(count, "aria-label", problems === 0 ? null : WORDS.problems(problems));
    setAttribute(count, "role", problems === 0 ? null : "img");
  }
}
