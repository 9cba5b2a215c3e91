// What a doctor has found, as facts of a card.

import { count } from "./text.js";
import { WORDS } from "./words.js";

const { health: HEALTH } = WORDS;

export function factsOf({ where, facts }) {
  const known = Object.entries(facts).map(([name, value]) => {
    const [term, unit] = HEALTH.facts[name] ?? [name.replaceAll("_", " ")];
    return [term, value === null ? null : `${read(value)}${unit ? ` ${unit}` : ""}`];
  });
  return [[HEALTH.where, where || null], ...known];
}

function read(value) {
  if (typeof value === "boolean") return value ? HEALTH.yes : HEALTH.no;
  return typeof value === "number" ? count(value) : value;
}
