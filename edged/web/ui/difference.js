// A unified difference, to be read: a sign and a colour for each line that goes or comes.

import { element } from "./dom.js";
import { WORDS } from "./words.js";

const { configuration: WORDING } = WORDS;
const HUNK = /^@@ -(\d+)/;

export function differenceOf(text, label = WORDING.differenceOf) {
  const lines = text === "" ? [] : text.split("\n").slice(2); // without the names of the files
  if (lines.length === 0) return element("p.quiet", {}, WORDING.differenceNone);
  return element("pre.difference", { tabindex: 0, role: "region", "aria-label": label }, ...lines.map(lineOf));
}

function lineOf(line) {
  const hunk = HUNK.exec(line);
  if (hunk) return element("span.line", { "data-sign": "@" }, WORDING.hunk(hunk[1]));
  const sign = line[0] ?? " ";
  return element("span.line", { "data-sign": sign }, element("span.sign", {}, sign.replace("-", "\u2212")), line.slice(1) || " ");
}
