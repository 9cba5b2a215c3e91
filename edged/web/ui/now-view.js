// Now: a card a subject.

import { arrange, element } from "./dom.js";
import { emptyState } from "./empty.js";
import { Order } from "./order.js";
import { SubjectCard } from "./subject-card.js";
import { WORDS } from "./words.js";

export class NowView {
  constructor() {
    this.order = new Order();
    this.cards = new Map();
    this.grid = element("div.cards");
    this.empty = emptyState(WORDS.noSubjects, `${WORDS.example.subject}\n${WORDS.example.source}`);
    this.root = element("section", {}, element("h1.unseen", { tabindex: -1 }, WORDS.views.now), this.grid, this.empty);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      for (const card of this.cards.values()) card.trace.recolour();
    });
  }

  show(node) {
    const { subjects } = node.status;
    const sorted = this.order.sort(subjects, (subject) => subject.title, performance.now());
    const known = new Set(subjects.map((subject) => subject.name));
    for (const name of this.cards.keys()) if (!known.has(name)) this.cards.delete(name);
    this.empty.hidden = subjects.length > 0;
    const cards = sorted.map((subject) => {
      if (!this.cards.has(subject.name)) this.cards.set(subject.name, new SubjectCard(node));
      return this.cards.get(subject.name);
    });
    arrange(this.grid, cards.map((card) => card.root));
    sorted.forEach((subject, place) => cards[place].show(subject, node));
  }
}
