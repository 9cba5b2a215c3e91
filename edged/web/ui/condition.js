// How a device itself is: battery and signal, in number and word. Thresholds as in edged/ops/words.py.

import { WORDS } from "./words.js";

const LOW_PCT = 15;
const STRONG_DBM = -65;
const FAIR_DBM = -80;

export function isLow(percent) {
  return percent !== null && percent <= LOW_PCT;
}

// As facts have it: text, icon, and whether to look at it; null where nothing is known.
export function batteryFact(percent) {
  if (percent === null) return null;
  const text = isLow(percent) ? WORDS.batteryLow(percent) : WORDS.battery(percent);
  return { text, icon: isLow(percent) ? "battery-low" : "battery", warns: isLow(percent) };
}

export function signalFact(dbm) {
  if (dbm === null) return null;
  const strength = dbm >= STRONG_DBM ? "strong" : dbm >= FAIR_DBM ? "fair" : "weak";
  return { text: WORDS.signal(dbm, strength), icon: `signal-${strength}`, warns: strength === "weak" };
}
