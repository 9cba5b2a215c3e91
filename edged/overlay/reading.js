"use strict";

// What one node has said of the subject, and until when it may be shown.

// The contract's 5 s, less the 300 ms that fading out takes.
const SHOWN_MS = 4700;
const LOWEST = 20;
const HIGHEST = 300;

class Reading {
  constructor() {
    this.boot = null;
    this.n = -1;
    this.rate = null;
    this.rrMs = [];
    this.name = "";
    this.until = 0;
    this.isHeldBack = false;
    this.isFresh = false;
  }

  // Takes a live message; returns whether it was news. Times are of performance.now() and Date.now().
  takeLive(message, nowMs, utcMs) {
    const { boot, n, hr } = message;
    if (!Number.isSafeInteger(n) || (boot !== undefined && typeof boot !== "string")) return false;
    if (hr !== null && !(typeof hr === "number" && hr >= LOWEST && hr <= HIGHEST)) return false;
    if ((boot ?? "") === this.boot && n <= this.n) return false;
    const ageMs = ageOf(message, Date.parse(message.t), utcMs);
    if (Number.isNaN(ageMs)) return false;
    this.boot = boot ?? "";
    this.n = n;
    this.rate = hr;
    this.rrMs = hr !== null && Array.isArray(message.rr_ms) ? message.rr_ms.filter(isInterval).slice(-10) : [];
    // Receipt always bounds: a clock that is wrong here, or there, shows nothing for longer.
    this.until = nowMs + SHOWN_MS - ageMs;
    return true;
  }

  // Takes a state message: a hint only. It holds a reading back, and never shows one by itself.
  takeState(message) {
    if (typeof message.state !== "string") return;
    this.isFresh = message.state === "fresh";
    this.isHeldBack = !this.isFresh;
    this.name = typeof message.name === "string" ? message.name.slice(0, 80) : "";
  }

  withdraw() {
    this.rate = null;
  }

  // Until when it may be shown.
  get ends() {
    return this.until;
  }

  isShowable(nowMs) {
    return this.rate !== null && !this.isHeldBack && nowMs < this.until;
  }
}

// Returns how old a message is that was measured at tMs; where the node's clock is wrong, only receipt counts.
function ageOf(message, tMs, utcMs) {
  if (message.t_ok !== true) return 0;
  const delayMs = message.delay_s > 0 ? message.delay_s * 1000 : 0;
  return Math.max(utcMs - tMs - delayMs, 0);
}

function isInterval(rrMs) {
  return typeof rrMs === "number" && rrMs >= 200 && rrMs <= 3000;
}
