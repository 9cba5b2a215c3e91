// A state as a person reads it: icon, word, and for how long. Where it counts, a tap shows since when.

import { element, setAttribute, setText } from "./dom.js";
import { icon } from "./icons.js";
import { span, timeOfDay } from "./text.js";
import { WORDS } from "./words.js";

const JUST_NOW_S = 3; // what comes each second is not worth counting

export class State {
  // Without a node to toggle, it is plain text and never counts.
  constructor(node = null) {
    this.word = element("span.clip");
    this.root = element(node ? "button.state" : "span.state", node ? { type: "button" } : {}, this.word);
    this.root.addEventListener("click", () => {
      if (node === null) return;
      node.isAbsolute = !node.isAbsolute;
      this.root.dispatchEvent(new CustomEvent("retell", { bubbles: true }));
    });
  }

  // sinceS is how long it has been so by now; null where that is of no interest.
  show(words, node, sinceS = null) {
    if (this.icon !== words.icon) {
      this.icon = words.icon;
      this.root.querySelector("svg")?.remove();
      this.root.prepend(icon(words.icon));
      setAttribute(this.root, "data-icon", words.icon);
    }
    setText(this.word, sinceS === null ? words.word : `${words.word} ${howLong(node, sinceS)}`);
    if (this.root.tagName === "BUTTON") this.root.disabled = sinceS === null;
  }
}

// "7 s", or "since 14:03:22" after a tap.
function howLong(node, sinceS) {
  if (!node.isAbsolute) return span(sinceS);
  return WORDS.since(timeOfDay(node.nowMs() - sinceS * 1000, node.nowMs()));
}

// "3 s ago", or "14:03:22" after a tap.
export function when(node, agoS) {
  if (!node.isAbsolute && agoS < JUST_NOW_S) return WORDS.justNow;
  if (!node.isAbsolute) return WORDS.ago(span(agoS));
  return timeOfDay(node.nowMs() - agoS * 1000, node.nowMs());
}
