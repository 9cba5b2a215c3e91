// Who is measured, by which device, and how they are called.

import { arrange, element, setAttribute, setText } from "./dom.js";
import { session } from "./session.js";
import { WORDS } from "./words.js";

const { devices: DEVICES } = WORDS;

export class SubjectsList {
  // rename(subject) is called with the subject as the status has it.
  constructor(rename) {
    this.rename = rename;
    this.rows = new Map();
    this.list = element("ul.subjects");
    this.root = element("section", {}, element("h2.section", {}, DEVICES.subjects), this.list);
  }

  show(node) {
    const { subjects } = node.status;
    this.root.hidden = subjects.length === 0;
    arrange(this.list, subjects.map((subject) => this.row(subject, node)));
  }

  row(subject, node) {
    if (!this.rows.has(subject.name)) this.rows.set(subject.name, this.build());
    const { root, title, about, button } = this.rows.get(subject.name);
    button.onclick = () => this.rename(subject);
    setText(title, subject.title);
    setAttribute(title, "title", subject.title);
    setText(about, `${subject.name}, ${subject.source ?? DEVICES.noSource}`);
    setAttribute(button, "aria-label", DEVICES.renameOf(subject.title));
    button.disabled = node.isLost;
    button.hidden = !session.may("configure");
    return root;
  }

  build() {
    const title = element("b.clip");
    const about = element("span.quiet.about");
    const button = element("button", { type: "button" }, DEVICES.rename);
    return { root: element("li.subject-row", {}, element("span.called", {}, title, about), button), title, about, button };
  }
}
