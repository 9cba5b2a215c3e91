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
    this.low = null;
    this.high = null;
  }

  add(rate, nowMs) {
    this.points.push([nowMs, rate]);
    this.points = this.points.filter(([at]) => at > nowMs - WINDOW_MS);
    this.fitRange();
    this.path.setAttribute("d", this.outline(nowMs));
  }

  // Breaks the line: nothing is shown from now on.
  interrupt(nowMs) {
    this.points.push([nowMs, null]);
  }

  // Widens at once, narrows only when half the height would do: the line does not dance.
  fitRange() {
    const rates = this.points.map(([, rate]) => rate).filter((rate) => rate !== null);
    const low = Math.min(...rates);
    const high = Math.max(...rates);
    const middle = (low + high) / 2;
    const half = Math.max((high - low) * 0.6, LEAST_SPAN / 2);
    const fits = this.low !== null && low >= this.low && high <= this.high && this.high - this.low <= 4 * half;
    if (!fits) [this.low, this.high] = [middle - half, middle + half];
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
        const y = HEIGHT * (1 - (rate - this.low) / (this.high - this.low));
        const step = at - last > GAP_MS ? "M" : "L";
        last = at;
        return `${step}${x.toFixed(1)} ${y.toFixed(1)}`;
      })
      .join("");
  }
}
