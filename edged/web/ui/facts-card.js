// A thing with its state and what is known of it, as a list of terms and values.

import { element, setAttribute, setSentence, setText } from "./dom.js";
import { icon } from "./icons.js";
import { isProblem } from "./order.js";
import { State } from "./state.js";
import { WORDS } from "./words.js";

export class FactsCard {
  constructor(node, heading = "h2") {
    this.name = element(`${heading}.clip`);
    this.state = new State(node);
    this.sentence = element("p.sentence");
    this.list = element("dl.facts");
    this.values = new Map();
    this.root = element("article.card", {}, element("div.head", {}, this.name, this.state.root), this.sentence, this.list);
  }

  // facts are [term, text] pairs; a text of null is left out, and {text, icon, warns} has an icon before it.
  // Without words there is no state to show.
  show(name, words, sinceS, facts, node) {
    const told = node.isLost && words ? WORDS.unknown : words;
    setText(this.name, name);
    setAttribute(this.name, "title", name);
    this.state.root.hidden = !told;
    if (told) {
      setAttribute(this.root, "data-icon", told.icon);
      setAttribute(this.root, "data-problem", isProblem(told) && !node.isLost ? "" : null);
      this.state.show(told, node, node.isLost || sinceS === null ? null : sinceS + node.elapsedS());
    }
    setSentence(this.sentence, told?.sentence ?? "");
    this.sentence.hidden = this.sentence.textContent === "";
    for (const [term, fact] of facts) this.setFact(term, fact);
  }

  setFact(term, fact) {
    const { text, icon: shape, warns } = typeof fact === "string" ? { text: fact } : fact ?? { text: null };
    if (!this.values.has(term)) {
      const pair = [element("dt", {}, term), element("dd", {}, "")];
      this.values.set(term, pair);
      this.list.append(...pair);
    }
    const [title, value] = this.values.get(term);
    title.hidden = value.hidden = text === null;
    setAttribute(value, "data-warn", warns ? "" : null);
    if (value.dataset.shape !== (shape ?? "")) {
      value.dataset.shape = shape ?? "";
      value.replaceChildren(...(shape ? [icon(shape)] : []), "");
    }
    if (value.lastChild.data !== (text ?? "")) value.lastChild.data = text ?? "";
  }
}
