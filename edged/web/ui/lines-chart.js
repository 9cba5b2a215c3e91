// Lines over the last seconds: gaps that are gaps, ranges that keep still, and values read out under pointer and finger.

import uPlot from "uplot";

import { element, setAttribute, setText } from "./dom.js";
import { extentOf, steady } from "./range.js";
import { WORDS } from "./words.js";

const { signals: SIGNALS } = WORDS;
const LEAST_SHARE = 0.02; // a range is no narrower than this share of its values
const SMALL_SHARE = 0.25; // a last line that would be flatter than this has a scale of its own
const TOUCH_STAYS_MS = 3000;
const NEAR = 8; // points beside the pointer among which a line's own next one is looked for
const COLOURS = { first: "--quiet", last: "--accent" };

export class LinesChart {
  constructor() {
    this.legend = element("ul.legend");
    this.readout = element("output.readout", { "aria-live": "off" });
    this.place = element("div.plot", { role: "img" });
    this.root = element("figure.lines", {}, element("figcaption", {}, this.legend, this.readout), this.place);
    this.forget();
    new ResizeObserver(() => this.fit()).observe(this.place);
  }

  // What comes next is something else: its ranges are its own.
  forget() {
    this.ranges = {};
    this.isApart = null;
    this.lines = [];
  }

  // Whether somebody reads it out now.
  get isRead() {
    return (this.plot?.cursor.left ?? -1) >= 0;
  }

  // lines: {name, unit, t, v}; seconds: so much is shown. The last line is the one it is about.
  show(title, lines, seconds) {
    const before = this.shape();
    this.lines = lines;
    this.seconds = seconds;
    const extents = lines.map(({ v }) => extentOf(v));
    this.isApart ??= isFlat(extents);
    const groups = this.isApart ? { y: [extents[0]], own: [extents[1]] } : { y: extents };
    for (const [scale, members] of Object.entries(groups)) this.range(scale, members);
    this.data = lines.length === 1 ? [lines[0].t, lines[0].v] : uPlot.join(lines.map(({ t, v }) => [t, v]));
    this.label(title, extents);
    if (this.plot && before === this.shape()) this.plot.setData(this.data);
    else this.build();
    this.readOut();
  }

  shape() {
    return JSON.stringify([this.isApart, ...this.lines.map(({ name, unit }) => [name, unit])]);
  }

  range(scale, extents) {
    const extent = extentOf(extents.flat());
    const least = extent === null ? 0 : Math.max(...extent.map(Math.abs)) * LEAST_SHARE || 1;
    this.ranges[scale] = steady(this.ranges[scale] ?? null, extent, least);
  }

  label(title, extents) {
    const parts = this.lines.map(({ name, unit }, n) =>
      extents[n] === null ? SIGNALS.emptyOf(name) : SIGNALS.extentOf(name, ...extents[n].map(short), unit),
    );
    setAttribute(this.place, "aria-label", SIGNALS.chartOf(title, parts));
  }

  build() {
    this.plot?.destroy();
    this.plot = null;
    const names = this.lines.map(({ name }, n) => (this.isApart && n > 0 ? SIGNALS.isRight(name) : name));
    const marks = names.map((name, n) => element("li", { "data-line": this.roleOf(n) }, element("i"), name));
    this.legend.replaceChildren(...marks);
    this.fit();
  }

  roleOf(place) {
    return place === this.lines.length - 1 ? "last" : "first";
  }

  fit() {
    const { clientWidth: width, clientHeight: height } = this.place;
    if (width === 0 || height === 0 || !this.data) return;
    if (this.plot) this.plot.setSize({ width, height });
    else this.plot = this.make(width, height);
  }

  make(width, height) {
    const quiet = () => colour("--quiet");
    const grid = { stroke: () => colour("--border"), width: 1 };
    const common = { stroke: quiet, ticks: { show: false }, font: "14px system-ui, sans-serif" };
    const since = (tick) => `${signed(tick)} ${SIGNALS.seconds}`;
    const x = { ...common, grid, size: 32, space: 72, values: (_, ticks) => ticks.map(since) };
    const y = { ...common, grid, size: 64, scale: "y", values: (_, ticks) => ticks.map(short) };
    const own = { ...y, grid: { show: false }, scale: "own", side: 1, stroke: () => colour("--accent") };
    const options = {
      width,
      height,
      padding: [8, this.isApart ? 0 : 20, 0, 0],
      legend: { show: false },
      axes: [x, y, ...(this.isApart ? [own] : [])],
      cursor: { y: false, drag: { x: false, y: false }, points: { size: 8 } },
      scales: {
        x: { time: false, range: () => [-this.seconds, 0] },
        y: { range: () => this.ranges.y ?? [0, 1] },
        ...(this.isApart ? { own: { range: () => this.ranges.own ?? [0, 1] } } : {}),
      },
      series: [{}, ...this.lines.map((_, n) => this.series(n))],
      hooks: { setCursor: [() => this.readOut()] },
    };
    const plot = new uPlot(options, this.data, this.place);
    const touch = (event) => event.pointerType === "touch" && this.touched(plot, event);
    plot.over.addEventListener("pointerdown", touch);
    plot.over.addEventListener("pointermove", touch);
    return plot;
  }

  series(place) {
    const role = this.roleOf(place);
    const isOwn = this.isApart && place > 0;
    const width = role === "last" ? 2 : 1;
    return { scale: isOwn ? "own" : "y", stroke: () => colour(COLOURS[role]), width, points: { show: false }, spanGaps: false };
  }

  // A finger leaves no pointer behind: what it read stays for a moment, then goes.
  touched(plot, event) {
    const { left, top } = plot.over.getBoundingClientRect();
    plot.setCursor({ left: event.clientX - left, top: event.clientY - top });
    clearTimeout(this.leave);
    this.leave = setTimeout(() => plot.setCursor({ left: -10, top: -10 }), TOUCH_STAYS_MS);
  }

  readOut() {
    const place = this.isRead ? this.plot.cursor.idx : null;
    if (place === null || place === undefined) {
      setText(this.readout, "");
      return;
    }
    const parts = this.lines.map(({ name, unit }, n) => {
      const value = near(this.plot.data[n + 1], place);
      return value === null ? SIGNALS.nothing(name) : SIGNALS.value(name, short(value), unit);
    });
    setText(this.readout, SIGNALS.readOut(signed(this.plot.data[0][place].toFixed(2)), parts));
  }
}

// Whether the second of two lines would be flat on the scale of both: where a filter takes away what was far from zero.
function isFlat(extents) {
  if (extents.length !== 2 || extents.includes(null)) return null;
  const [low, high] = extentOf(extents.flat());
  const [ownLow, ownHigh] = extents[1];
  return ownHigh > ownLow && (ownHigh - ownLow) / (high - low) < SMALL_SHARE;
}

// The value at a point, or the line's own next one beside it; null where the line is broken.
function near(values, place) {
  for (let away = 0; away <= NEAR; away += 1) {
    for (const at of [place - away, place + away]) if (values[at] !== undefined) return values[at];
  }
  return null;
}

function short(number) {
  return signed(Number(number.toPrecision(4)));
}

function signed(number) {
  return String(number).replace("-", "\u2212");
}

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name);
}
