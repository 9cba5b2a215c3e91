// Says what was done, and takes it back where that is wanted: a line at the foot of the page, for ten seconds.

import { takeBack } from "./changes.js";
import { element } from "./dom.js";
import { WORDS } from "./words.js";

const SHOWN_MS = 10000;

export class UndoLine {
  constructor() {
    this.text = element("span");
    this.button = element("button", { type: "button" }, WORDS.devices.undo);
    this.root = element("aside.undo", { "aria-label": WORDS.devices.undo }, element("p", { role: "status" }, this.text), this.button);
    this.root.hidden = true;
    this.button.addEventListener("click", () => this.undo());
    for (const event of ["pointerenter", "focusin"]) this.root.addEventListener(event, () => clearTimeout(this.timer));
    for (const event of ["pointerleave", "focusout"]) this.root.addEventListener(event, () => this.count());
    document.body.append(this.root);
  }

  // Without a change, {before, after} as ETags, it only says.
  offer(text, change = null) {
    this.change = change;
    this.button.hidden = change === null;
    this.text.textContent = text;
    this.root.hidden = false;
    this.count();
  }

  count() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.root.hidden = true;
    }, SHOWN_MS);
  }

  async undo() {
    this.button.hidden = true;
    const answer = await takeBack(this.change);
    this.offer(answer.ok ? WORDS.devices.undone : answer.body.detail);
  }
}
