// What is known of a source, as facts: on its card, and where its details are.

import { batteryFact, signalFact } from "./condition.js";
import { when } from "./state.js";
import { count } from "./text.js";
import { WORDS } from "./words.js";

const { facts: FACTS } = WORDS;
const IS_RECEIVED = new Set(["subscribing", "streaming", "silent"]);

// What one wants to know of it beside twenty others.
export function sourceFacts(source, node) {
  const packet = source.last_packet_s;
  const last = packet === null ? WORDS.never : when(node, packet + node.elapsedS());
  const title = node.status.subjects.find((subject) => subject.name === source.subject)?.title;
  return [
    [FACTS.subject, title ?? source.subject ?? FACTS.nobody],
    [FACTS.battery, node.isLost ? null : batteryFact(source.battery_pct)],
    [FACTS.signal, node.isLost || !IS_RECEIVED.has(source.state) ? null : signalFact(source.rssi_dbm)],
    [FACTS.link, source.link],
    [FACTS.lastPacket, node.isLost ? WORDS.noNumber : last],
    [FACTS.lastFault, source.last_fault || null],
  ];
}

// All there is.
export function allFacts(source, node) {
  const number = (value) => (node.isLost ? WORDS.noNumber : count(value));
  return [
    ...sourceFacts(source, node),
    [FACTS.decoder, source.decoder],
    [FACTS.packets, number(source.packets)],
    [FACTS.samples, number(source.samples)],
    [FACTS.faults, number(source.faults)],
    [FACTS.restarts, number(source.restarts)],
  ];
}

// Since when it is as it is, s; null where that is of no interest.
export function sinceOf(source) {
  return source.words.icon === "dot" ? null : source.since_s;
}
