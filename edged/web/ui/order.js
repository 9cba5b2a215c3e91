// Problems first, then by name; and nobody moves twice because of a moment's noise.

const PROBLEMS = new Set(["wave", "hollow", "cross"]);
const SETTLE_MS = 10000;

export function isProblem(words) {
  return PROBLEMS.has(words.icon);
}

export class Order {
  constructor(keyOf = (entry) => entry.name) {
    this.keyOf = keyOf;
    this.troubledAt = new Map();
  }

  // Whether any entry is a problem, or was a while ago.
  isTroubled(nowMs) {
    return [...this.troubledAt.values()].some((at) => nowMs - at < SETTLE_MS);
  }

  // Returns the entries in order; each has words, and a name by nameOf. What was a problem stays first for
  // a while after.
  sort(entries, nameOf, nowMs) {
    for (const entry of entries) if (isProblem(entry.words)) this.troubledAt.set(this.keyOf(entry), nowMs);
    const rank = (entry) => (nowMs - (this.troubledAt.get(this.keyOf(entry)) ?? -Infinity) < SETTLE_MS ? 0 : 1);
    return entries.toSorted((a, b) => rank(a) - rank(b) || nameOf(a).localeCompare(nameOf(b), "en", { numeric: true }));
  }
}
