// A minute of heart rate as a line: no axes, a range that keeps still, gaps that are gaps.

import { element, setAttribute, setText } from "./dom.js";
import { steady } from "./range.js";
import { colourOf, smallPlot } from "./small-plot.js";
import { timeOfDay } from "./text.js";
import { WORDS } from "./words.js";

const LEAST_SPAN = 20;
const TOUCH_STAYS_MS = 3000;

export class Trace {
  constructor() {
    this.readout = element("output.readout", { hidden: "" });
    this.root = element("div.trace", { role: "img" }, this.readout);
    this.range = null;
    this.nowMs = 0;
    new ResizeObserver(() => this.fit()).observe(this.root);
  }

  show(series, nowMs, title) {
    this.nowMs = nowMs;
    this.data = [series.times, series.rates];
    const extent = series.extent(nowMs);
    this.range = steady(this.range, extent, LEAST_SPAN);
    const label = extent ? WORDS.traceOf(title, ...extent.map(Math.round)) : WORDS.traceEmpty(title);
    setAttribute(this.root, "aria-label", label);
    if (this.plot) this.plot.setData(this.data);
    else this.fit();
  }

  recolour() {
    this.plot?.redraw(false);
  }

  // Makes the plot as soon as there is room for it, and keeps it as large as its place.
  fit() {
    const { clientWidth: width, clientHeight: height } = this.root;
    if (width === 0 || height === 0 || !this.data) return;
    if (this.plot) this.plot.setSize({ width, height });
    else this.plot = this.make();
  }

  make() {
    const plot = smallPlot(this.root, this.data, {
      nowMs: () => this.nowMs,
      rangeY: () => this.range ?? [0, 1],
      series: [{ stroke: colourOf("--accent") }],
      read: (shown) => this.readOut(shown),
    });
    const touch = (event) => event.pointerType === "touch" && this.touched(plot, event);
    plot.over.addEventListener("pointerdown", touch);
    plot.over.addEventListener("pointermove", touch);
    return plot;
  }

  // A finger leaves no pointer behind: what it read stays for a moment, then goes.
  touched(plot, event) {
    const { left, top } = plot.over.getBoundingClientRect();
    plot.setCursor({ left: event.clientX - left, top: event.clientY - top });
    clearTimeout(this.leave);
    this.leave = setTimeout(() => plot.setCursor({ left: -10, top: -10 }), TOUCH_STAYS_MS);
  }

  readOut(plot) {
    const { idx, left } = plot.cursor;
    const rate = idx === null || idx === undefined ? null : plot.data[1][idx];
    this.readout.hidden = rate === null || rate === undefined || left < 0;
    if (this.readout.hidden) return;
    setText(this.readout, WORDS.readOut(Math.round(rate), timeOfDay(plot.data[0][idx])));
    this.readout.style.left = left < plot.over.clientWidth / 2 ? "auto" : "0";
    this.readout.style.right = left < plot.over.clientWidth / 2 ? "0" : "auto";
  }
}
