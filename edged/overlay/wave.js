"use strict";

// What one node has said of the subject, with a waveform: values, when each was measured, and where gaps are.

const WINDOW_MS = 6000;
// So far the picture stays behind the newest value: straps send half a second at once.
const BEHIND_MS = 1000;
// So long a delay that was seen is remembered: the shortest of them tells what time it is at the node.
const DELAYS_MS = 30000;
const JITTER_MS = 150;
const MOST_VALUES = 5000;

class WaveReading extends Reading {
  constructor() {
    super();
    this.forget();
  }

  // Forgets the waveform: what comes next does not follow on it.
  forget() {
    this.quantity = null;
    this.unit = "";
    this.waveBoot = null;
    this.waveN = -1;
    this.nextSeq = null;
    this.lastValue = null;
    this.waveUntil = 0;
    this.restart();
  }

  restart() {
    this.points = []; // { t, value, follows }: t in ms of the node's clock, value null for none
    this.delays = []; // [when, from measurement to receipt]
    this.lastT = -Infinity;
  }

  // Takes a waveform message; returns whether it was news. Where there are several quantities the first stays.
  takeWave(message, quantity, nowMs, utcMs) {
    if (!isWave(message)) return false;
    if (nowMs >= this.waveUntil && this.waveUntil > 0) this.forget();
    if (this.quantity !== null && quantity !== this.quantity) {
      if (this.waveUntil > 0) return false;
      this.forget(); // of that one nothing was ever shown
    }
    const { boot, n, seq, period_ms: period, values } = message;
    if (boot === this.waveBoot && n <= this.waveN) return false;
    const t0 = Date.parse(message.t0);
    const lastT = t0 + period * (values.length - 1);
    const ageMs = ageOf(message, lastT, utcMs);
    if (!(ageMs < SHOWN_MS)) return false;
    const delay = nowMs - lastT;
    if (t0 <= this.lastT) this.restart(); // the node's clock was set back; forward is just a gap
    const follows = boot === this.waveBoot && seq === this.nextSeq && t0 - this.lastT <= 1.5 * period + JITTER_MS;
    this.points.push(...values.map((value, i) => ({ t: t0 + i * period, value, follows: i > 0 || follows })));
    this.delays = [...this.delays.filter(([at]) => at > nowMs - DELAYS_MS), [nowMs, delay]];
    this.quantity = quantity;
    this.unit = message.unit;
    this.waveBoot = boot;
    this.waveN = n;
    this.nextSeq = seq + values.length;
    this.lastT = lastT;
    const oldest = nowMs - this.delay - BEHIND_MS - 1.1 * WINDOW_MS;
    this.points = this.points.filter(({ t }) => t >= oldest).slice(-4 * MOST_VALUES);
    if (this.hasMoved(values)) this.waveUntil = nowMs + SHOWN_MS - ageMs;
    return true;
  }

  // Returns whether there is a signal: a line that stays flat is as good as none.
  hasMoved(values) {
    const known = values.filter((value) => value !== null);
    const before = this.lastValue;
    this.lastValue = known.at(-1) ?? before;
    return known.some((value) => value !== (before ?? known[0]));
  }

  // From measurement to receipt, the shortest that was seen; also maps the node's clock to performance.now().
  get delay() {
    return Math.min(...this.delays.map(([, delay]) => delay));
  }

  takeLive(message, nowMs, utcMs) {
    const isNews = super.takeLive(message, nowMs, utcMs);
    if (this.rate === null) this.forget();
    return isNews;
  }

  takeState(message) {
    super.takeState(message);
    if (this.isHeldBack) this.forget();
  }

  withdraw() {
    super.withdraw();
    this.forget();
  }

  // Whether a heart rate was ever told beside it: then it goes with that one, else it stands for itself.
  get isBesideRate() {
    return this.n >= 0;
  }

  get ends() {
    return this.isBesideRate ? Math.min(super.ends, this.waveUntil) : this.waveUntil;
  }

  isShowable(nowMs) {
    if (nowMs >= this.waveUntil) return false;
    return this.isBesideRate ? super.isShowable(nowMs) : this.isFresh;
  }
}

function isWave({ boot, n, seq, t0, period_ms: period, unit, values }) {
  return (
    typeof boot === "string" &&
    Number.isSafeInteger(n) &&
    Number.isSafeInteger(seq) &&
    typeof t0 === "string" &&
    !Number.isNaN(Date.parse(t0)) &&
    Number.isFinite(period) &&
    period > 0 &&
    period <= 1000 &&
    typeof unit === "string" &&
    Array.isArray(values) &&
    values.length > 0 &&
    values.length <= MOST_VALUES &&
    values.every((value) => value === null || Number.isFinite(value))
  );
}
