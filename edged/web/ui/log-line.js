// One line of the log: time, level, text; unfolded by a tap, all that is known of it.

import { element } from "./dom.js";
import { icon } from "./icons.js";
import { timeOfDay } from "./text.js";
import { WORDS } from "./words.js";

const { logs: LOGS } = WORDS;

export function lineOf(record, nowMs) {
  if (record.isBeginning) return element("p.beginning", {}, LOGS.began);
  const { word, icon: shape } = LOGS.levels[record.level];
  const level = element("span.state", { "data-level": record.level }, icon(shape), element("span", {}, word));
  const time = element("time", { datetime: record.at }, timeOfDay(Date.parse(record.at), nowMs));
  const summary = element("summary", {}, time, level, element("span.said", {}, record.text));
  const line = element("details.log-line", {}, summary);
  line.addEventListener("toggle", () => line.children.length === 1 && line.append(factsOf(record)), { once: true });
  return line;
}

function factsOf(record) {
  const known = [
    [LOGS.mend, record.mend],
    [LOGS.when, record.when],
    ...Object.entries(record.fields).map(([name, value]) => [name, value]),
    [LOGS.message, record.name || LOGS.noMessage],
    [LOGS.id, record.message_id],
    [LOGS.logger, record.logger],
    [LOGS.at, record.at],
  ];
  const pairs = known.filter(([, value]) => value).flatMap(([term, value]) => [element("dt", {}, term), element("dd", {}, value)]);
  return element("dl.facts", {}, ...pairs);
}

// The part of edged that a line is of: "publish" for edged.publish.mqtt; of others their own name.
export function partOf({ logger }) {
  const [first, second] = logger.split(".");
  return first === "edged" && second ? second : first;
}
