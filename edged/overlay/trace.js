"use strict";

// The last 45 seconds as a line. It breaks where nothing was shown, and its range stays where it can.

const WINDOW_MS = 45000;
const GAP_MS = 5000;
const WIDTH = 240;
const HEIGHT = 56;
const LEAST_SPAN = 20;

class Trace {
  constructor(path) {
    this.path = path;
    this.points = [];
    this.range = new Range(LEAST_SPAN);
  }

  add(rate, nowMs) {
    this.points.push([nowMs, rate]);
    this.points = this.points.filter(([at]) => at > nowMs - WINDOW_MS);
    const rates = this.points.map(([, rate]) => rate).filter((rate) => rate !== null);
    this.range.fit(Math.min(...rates), Math.max(...rates));
    this.path.setAttribute("d", this.outline(nowMs));
  }

  // Breaks the line: nothing is shown from now on.
  interrupt(nowMs) {
    this.points.push([nowMs, null]);
  }

  outline(nowMs) {
    let last = -Infinity;
    return this.points
      .map(([at, rate]) => {
        if (rate === null) {
          last = -Infinity;
          return "";
        }
        const x = WIDTH * (1 - (nowMs - at) / WINDOW_MS);
        const y = HEIGHT * (1 - this.range.share(rate));
        const step = at - last > GAP_MS ? "M" : "L";
        last = at;
        return `${step}${x.toFixed(1)} ${y.toFixed(1)}`;
      })
      .join("");
  }
}
