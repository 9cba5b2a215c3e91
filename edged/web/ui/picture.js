// What a preview tells: before and after as lines, what the chain adds, and what it costs.

import { arrange, element, setAttribute, setText } from "./dom.js";
import { LinesChart } from "./lines-chart.js";
import { count } from "./text.js";
import { WORDS } from "./words.js";

const { signals: SIGNALS } = WORDS;

export class Picture {
  constructor() {
    this.chart = new LinesChart();
    this.added = new Map();
    this.others = element("div.added");
    this.facts = element("dl.facts");
    this.values = [SIGNALS.delay, SIGNALS.cost, SIGNALS.flagged].map((term) => {
      const value = element("dd");
      this.facts.append(element("dt", {}, term), value);
      return value;
    });
    this.note = element("p.quiet.note", { role: "status" });
    this.chart.root.append(this.note);
    const title = element("h2.section", {}, SIGNALS.preview);
    this.root = element("section.picture", {}, title, this.chart.root, this.others, this.facts);
    this.withdraw(SIGNALS.noPicture);
  }

  // What comes next is of another stream.
  forget() {
    this.restart();
    this.withdraw(SIGNALS.noPicture);
  }

  // The same stream, another chain: its ranges begin anew, and the lines stay until there are others.
  restart() {
    this.chart.forget();
    for (const chart of this.added.values()) chart.forget();
  }

  get isRead() {
    return this.chart.isRead || [...this.added.values()].some((chart) => chart.isRead);
  }

  // Nothing stands there that is not so; text says why. Its place stays, so that nothing moves under who types.
  withdraw(text) {
    setAttribute(this.root, "data-withdrawn", "");
    setText(this.note, text);
    this.note.hidden = false;
  }

  show({ before, after, delay_s: delay, cost_s: cost }, { seconds }) {
    setAttribute(this.root, "data-withdrawn", null);
    this.note.hidden = true;
    const [own, ...derived] = after;
    const lines = [lineOf(SIGNALS.before, before), lineOf(SIGNALS.after, own)];
    this.chart.show(before.stream, lines, seconds);
    const charts = derived.map((line) => this.addedChart(line, seconds));
    arrange(this.others, charts.map(({ root }) => root));
    const texts = [
      delay === null ? SIGNALS.noDelay : SIGNALS.delayOf(Math.round(delay * 1000)),
      SIGNALS.costOf(...[cost, cost / 36].map((number) => String(Number(number.toPrecision(2))))),
      SIGNALS.flaggedOf(count(own.flagged), count(before.flagged), count(own.samples)),
    ];
    texts.forEach((text, place) => setText(this.values[place], text));
  }

  addedChart(line, seconds) {
    const name = `${line.stream} ${line.channel}`;
    if (!this.added.has(name)) this.added.set(name, new LinesChart());
    const chart = this.added.get(name);
    chart.show(name, [lineOf(name, line)], seconds);
    return chart;
  }
}

function lineOf(name, { unit, t, v }) {
  return { name, unit, t, v };
}
