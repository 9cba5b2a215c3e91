"use strict";

// From where to where the height goes: 10 % head-room, and as steady as it can be.

class Range {
  // slack: how many times the height may be what is needed before it narrows.
  constructor(leastSpan, slack = 2) {
    this.leastSpan = leastSpan;
    this.slack = slack;
    this.low = null;
    this.high = null;
  }

  // Widens at once, narrows only when much less height would do: the line does not dance.
  fit(low, high) {
    const middle = (low + high) / 2;
    const half = Math.max((high - low) * 0.6, this.leastSpan / 2) || 1;
    const fits = this.low !== null && low >= this.low && high <= this.high && this.high - this.low <= 2 * this.slack * half;
    if (!fits) [this.low, this.high] = [middle - half, middle + half];
  }

  // Returns how high up a value lies: 0 at the lower edge, 1 at the upper.
  share(value) {
    return (value - this.low) / (this.high - this.low);
  }
}
