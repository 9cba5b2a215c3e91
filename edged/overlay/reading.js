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
  }

  // Takes a live message; returns whether it was news. Times are of performance.now() and Date.now().
  takeLive(message, nowMs, utcMs) {
    const { boot, n, hr } = message;
    if (!Number.isSafeInteger(n) || (boot !== undefined && typeof boot !== "string")) return false;
    if (hr !== null && !(typeof hr === "number" && hr >= LOWEST && hr <= HIGHEST)) return false;
    if ((boot ?? "") === this.boot && n <= this.n) return false;
    let ageMs = 0;
    if (message.t_ok === true) {
      const delayMs = message.delay_s > 0 ? message.delay_s * 1000 : 0;
      ageMs = Math.max(utcMs - Date.parse(message.t) - delayMs, 0);
      if (Number.isNaN(ageMs)) return false;
    }
    this.boot = boot ?? "";
    this.n = n;
    this.rate = hr;
    this.rrMs = hr !== null && Array.isArray(message.rr_ms) ? message.rr_ms.filter(isInterval).slice(-10) : [];
    // Receipt always bounds: a clock that is wrong here, or there, shows nothing for longer.
    this.until = nowMs + SHOWN_MS - ageMs;
    return true;
  }

  // Takes a state message: a hint only. It holds a reading back, and never shows one.
  takeState(message) {
    if (typeof message.state !== "string") return;
    this.isHeldBack = message.state !== "fresh";
    this.name = typeof message.name === "string" ? message.name.slice(0, 80) : "";
  }

  withdraw() {
    this.rate = null;
  }

  isShowable(nowMs) {
    return this.rate !== null && !this.isHeldBack && nowMs < this.until;
  }
}

function isInterval(rrMs) {
  return typeof rrMs === "number" && rrMs >= 200 && rrMs <= 3000;
}
