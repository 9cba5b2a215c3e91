// A subject's readings of the last minute.

export const WINDOW_MS = 60000;
const SPARE_MS = 5000;

export class Series {
  constructor() {
    this.times = [];
    this.rates = [];
  }

  // Takes [t_ms, rate or null] pairs in order. A step back of the node's clock starts anew.
  add(pairs) {
    for (const [time, rate] of pairs) {
      if (time < this.times.at(-1)) this.clear();
      if (time === this.times.at(-1)) this.rates[this.rates.length - 1] = rate;
      else {
        this.times.push(time);
        this.rates.push(rate);
      }
    }
    const oldest = this.times.at(-1) - WINDOW_MS - SPARE_MS;
    const drop = this.times.findIndex((time) => time >= oldest);
    if (drop > 0) {
      this.times.splice(0, drop);
      this.rates.splice(0, drop);
    }
  }

  clear() {
    this.times.length = 0;
    this.rates.length = 0;
  }

  // Lowest and highest rate within the window, or null.
  extent(nowMs) {
    const seen = this.rates.filter((rate, n) => rate !== null && this.times[n] >= nowMs - WINDOW_MS);
    return seen.length === 0 ? null : [Math.min(...seen), Math.max(...seen)];
  }
}
