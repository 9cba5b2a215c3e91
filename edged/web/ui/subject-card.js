// One subject: name, number, state, the last minute, and where it comes from.

import { isLow } from "./condition.js";
import { element, setAttribute, setText } from "./dom.js";
import { icon } from "./icons.js";
import { isProblem } from "./order.js";
import { State } from "./state.js";
import { Trace } from "./trace.js";
import { WORDS } from "./words.js";

export class SubjectCard {
  constructor(node) {
    this.name = element("h2.clip");
    this.number = element("span.number");
    this.zone = element("p.quiet");
    this.rate = element("p.rate", {}, this.number, element("span.unit", {}, WORDS.bpm));
    this.state = new State(node);
    this.sentence = element("p.sentence");
    this.trace = new Trace();
    this.source = element("span.clip");
    this.contact = element("span");
    this.battery = element("span", {}, icon("battery"), element("span"));
    this.root = element(
      "article.card.subject",
      {},
      this.name,
      element("div.reading", {}, this.rate, element("div.aside", {}, this.state.root, this.zone)),
      this.sentence,
      this.trace.root,
      element("p.meta", {}, this.source, this.contact, this.battery),
    );
  }

  show(subject, node) {
    const isFresh = subject.state === "fresh" && subject.heart_rate !== null && !node.isLost;
    const words = node.isLost ? WORDS.unknown : subject.words;
    const counts = !node.isLost && ["stale", "lost", "off_air"].includes(subject.state);

    setText(this.name, subject.title);
    setAttribute(this.name, "title", subject.title);
    setAttribute(this.root, "data-icon", words.icon);
    setAttribute(this.root, "data-fresh", isFresh ? "" : null);
    setAttribute(this.root, "data-problem", isProblem(words) && !node.isLost ? "" : null);

    this.rate.hidden = !isFresh;
    setText(this.number, isFresh ? String(Math.round(subject.heart_rate)) : "");
    setText(this.zone, isFresh && subject.zone !== null ? WORDS.zone(subject.zone) : "");
    this.state.show(words, node, counts ? subject.since_s + node.elapsedS() : null);
    setText(this.sentence, words.sentence);
    setAttribute(this.sentence, "title", words.sentence || null);
    this.sentence.hidden = words.sentence === "";

    setText(this.source, subject.source ?? "");
    setAttribute(this.source, "title", subject.source === null ? null : WORDS.source(subject.source));
    setText(this.contact, node.isLost ? "" : WORDS.contact[subject.contact] ?? "");
    setAttribute(this.contact, "data-warn", subject.contact === false ? "" : null);
    this.contact.hidden = this.contact.textContent === "";
    this.battery.hidden = node.isLost || subject.battery_pct === null;
    setText(this.battery.lastChild, this.battery.hidden ? "" : WORDS.battery(subject.battery_pct));
    setAttribute(this.battery, "title", this.battery.hidden ? null : WORDS.batteryOf(subject.battery_pct));
    setAttribute(this.battery, "data-warn", isLow(subject.battery_pct) ? "" : null);

    if (!node.isLost) this.trace.show(node.seriesOf(subject.name), node.nowMs(), subject.title);
  }
}
