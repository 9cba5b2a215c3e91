// A role to choose, and what it may do.

import { element, setText } from "./dom.js";
import { Field } from "./field.js";
import { WORDS } from "./words.js";

const { roles: ROLES } = WORDS.access;

export class RoleField extends Field {
  // highest: the last role on offer.
  constructor(label, highest = "admin") {
    super(label, element("select"), ROLES.viewer[1]);
    this.offer(highest);
    this.control.addEventListener("change", () => this.explain());
  }

  offer(highest) {
    const names = Object.keys(ROLES);
    const offered = names.slice(0, names.indexOf(highest) + 1);
    this.control.replaceChildren(...offered.map((name) => element("option", { value: name }, ROLES[name][0])));
    this.explain();
  }

  choose(role) {
    this.control.value = role;
    this.explain();
  }

  reset() {
    this.explain();
  }

  explain() {
    setText(this.help, ROLES[this.control.value][1]);
  }
}
