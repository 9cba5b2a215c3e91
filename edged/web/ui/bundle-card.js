// Diagnostics to be given to somebody else, and what is in them.

import { getFile } from "./api.js";
import { element, setAttribute, setText } from "./dom.js";
import { bytes } from "./text.js";
import { WORDS } from "./words.js";

const { bundle: BUNDLE } = WORDS.health;

export class BundleCard {
  // changed() is called when there is something else to show.
  constructor(changed, session) {
    this.session = session;
    this.changed = changed;
    this.isMaking = false;
    this.isLost = false;
    this.button = element("button", { type: "button" }, BUNDLE.verb);
    this.button.addEventListener("click", () => this.take());
    this.told = element("p", { role: "status" });
    this.root = element(
      "section.bundle",
      {},
      element("h2", {}, BUNDLE.title),
      element("p", {}, BUNDLE.about),
      element(
        "dl.facts",
        {},
        element("dt", {}, BUNDLE.inside),
        element("dd", {}, BUNDLE.isInside),
        element("dt", {}, BUNDLE.out),
        element("dd", {}, BUNDLE.isOut),
      ),
      element("p.quiet", {}, BUNDLE.names),
      this.told,
      this.button,
    );
  }

  async take() {
    if (this.isMaking || this.isLost) return;
    this.isMaking = true;
    this.tell("", false);
    this.changed();
    const answer = await getFile("/api/v1/bundle");
    this.isMaking = false;
    if (answer.ok) {
      save(answer.name, answer.body);
      this.tell(BUNDLE.done(answer.name, bytes(answer.body.size)), false);
    } else this.tell(answer.body.detail, true);
    this.changed();
  }

  tell(text, isMistake) {
    setText(this.told, text);
    this.told.classList.toggle("mistake", isMistake);
    this.told.hidden = text === "";
  }

  show(node) {
    this.isLost = node.isLost;
    this.root.hidden = node.isLost || !this.session.may("configure");
    setText(this.button, this.isMaking ? BUNDLE.making : BUNDLE.verb);
    setAttribute(this.button, "aria-disabled", this.isMaking ? "true" : null);
  }
}

function save(name, content) {
  const url = URL.createObjectURL(content);
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60000); // some browsers begin to read it late
}
