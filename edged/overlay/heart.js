"use strict";

// The heart beats as the heart does: one pulse an RR interval, as they came.

// Beats are shown a message late, since an interval is told when it has ended. Further behind than this
// means that messages came in a heap: then the oldest are left out.
const BEHIND_MS = 2500;

class Heart {
  constructor(element) {
    this.element = element;
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.intervals = [];
    this.last = 0;
    this.timer = null;
    this.hasIntervals = false;
    this.rate = 0;
  }

  // Takes what a live message tells. A sensor that never tells intervals beats at its rate.
  take(rate, rrMs, nowMs) {
    this.rate = rate;
    this.hasIntervals ||= rrMs.length > 0;
    this.intervals.push(...rrMs);
    while (this.intervals.length > 1 && total(this.intervals) > BEHIND_MS) this.intervals.shift();
    if (this.timer === null) this.schedule(nowMs);
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = null;
    this.intervals = [];
    this.hasIntervals = false;
  }

  schedule(nowMs) {
    const interval = this.intervals.shift() ?? (this.hasIntervals ? null : 60000 / this.rate);
    if (interval === null) {
      this.timer = null; // the next message goes on
      return;
    }
    const due = Math.max(this.last + interval, nowMs);
    this.timer = setTimeout(() => {
      this.last = due;
      this.beat(interval);
      this.schedule(performance.now());
    }, due - nowMs);
  }

  beat(interval) {
    this.element.dispatchEvent(new CustomEvent("beat", { bubbles: true, detail: { interval } }));
    if (this.still.matches) return;
    const swell = [{ transform: "scale(1)" }, { transform: "scale(1.16)", offset: 0.3 }, { transform: "scale(1)" }];
    this.element.animate(swell, { duration: Math.min(360, interval * 0.7), easing: "ease-out" });
  }
}

function total(numbers) {
  return numbers.reduce((sum, number) => sum + number, 0);
}
