// A minute of records a second, published and acknowledged: two lines with a legend, from zero up.

import { element, setAttribute, setText } from "./dom.js";
import { colourOf, smallPlot } from "./small-plot.js";
import { rate, timeOfDay } from "./text.js";
import { WORDS } from "./words.js";

const { delivery: DELIVERY } = WORDS;
const LEAST_TOP = 2;
const HEADROOM = 1.1;
const GAP_MS = 3000;

export class RateChart {
  constructor() {
    this.plotRoot = element("div.plot", { role: "img" });
    this.published = element("b");
    this.acknowledged = element("b");
    this.readout = element("span.quiet");
    const legend = element(
      "p.legend",
      {},
      element("span.published", {}, `${DELIVERY.published} `, this.published),
      element("span.acknowledged", {}, `${DELIVERY.acknowledged} `, this.acknowledged),
      this.readout,
    );
    this.root = element("div.rate-chart", {}, legend, this.plotRoot);
    this.top = LEAST_TOP;
    this.nowMs = 0;
    new ResizeObserver(() => this.fit()).observe(this.plotRoot);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.plot?.redraw(false));
  }

  // rates are [t_ms, published, acknowledged], oldest first; none where nothing is known.
  show(rates, nowMs) {
    this.nowMs = nowMs;
    this.data = withGaps(rates);
    const highest = Math.max(0, ...rates.flatMap(([, published, acknowledged]) => [published, acknowledged]));
    if (highest > this.top || highest < this.top / 3) this.top = Math.max(highest * HEADROOM, LEAST_TOP);
    setAttribute(this.plotRoot, "aria-label", rates.length === 0 ? DELIVERY.chartEmpty : DELIVERY.chartOf(rate(highest)));
    if (this.plot) this.plot.setData(this.data);
    else this.fit();
    this.readOut();
  }

  fit() {
    const { clientWidth: width, clientHeight: height } = this.plotRoot;
    if (width === 0 || height === 0 || !this.data) return;
    if (this.plot) this.plot.setSize({ width, height });
    else this.plot = this.make();
  }

  make() {
    return smallPlot(this.plotRoot, this.data, {
      nowMs: () => this.nowMs,
      rangeY: () => [-this.top * 0.02, this.top],
      series: [{ stroke: colourOf("--accent") }, { stroke: colourOf("--good"), dash: [6, 4] }],
      read: () => this.readOut(),
    });
  }

  // The legend tells what is under the pointer, or else the newest.
  readOut() {
    const [times, published, acknowledged] = this.data;
    const { idx, left } = this.plot?.cursor ?? {};
    const isPointed = idx !== null && idx !== undefined && left >= 0 && published[idx] !== null;
    const at = isPointed ? idx : times.length - 1;
    setText(this.published, times.length === 0 ? WORDS.noNumber : WORDS.perS(rate(published[at])));
    setText(this.acknowledged, times.length === 0 ? WORDS.noNumber : WORDS.perS(rate(acknowledged[at])));
    setText(this.readout, times.length === 0 ? "" : isPointed ? timeOfDay(times[at]) : DELIVERY.now);
  }
}

// A gap is a gap: nothing is drawn across seconds that nobody looked at.
function withGaps(rates) {
  const columns = [[], [], []];
  let last = null;
  for (const [at, ...values] of rates) {
    if (last !== null && at - last > GAP_MS) [last + 1, null, null].forEach((value, n) => columns[n].push(value));
    [at, ...values].forEach((value, n) => columns[n].push(value));
    last = at;
  }
  return columns;
}
