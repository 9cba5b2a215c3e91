// Names as topics have them.

import { WORDS } from "./words.js";

const RULE = /^[a-z0-9][a-z0-9-]{0,31}$/;
const LONGEST = 32;

// "Judit Polgár" becomes "judit-polgar"; of what has no letters that a topic may have, the fallback.
export function nameOf(title, fallback, taken) {
  const plain = title.normalize("NFKD").toLowerCase().replace(/\p{M}/gu, "");
  const name = plain.replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, LONGEST - 3).replace(/-+$/, "");
  return name !== "" && !taken.includes(name) ? name : numbered(name || fallback, taken, name === "" ? 1 : 2);
}

// The first of stem-1, stem-2, … that is free.
export function numbered(stem, taken, first = 1) {
  let number = first;
  while (taken.includes(`${stem}-${number}`)) number += 1;
  return `${stem}-${number}`;
}

// What is wrong with a name; empty where nothing is.
export function nameMistake(name, taken) {
  if (!RULE.test(name)) return WORDS.devices.nameRule;
  return taken.includes(name) ? WORDS.devices.nameTaken(name) : "";
}
