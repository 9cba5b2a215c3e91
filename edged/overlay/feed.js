"use strict";

// The broker: connects, connects again, and passes on what it understands.

const MAX_BYTES = 65536;

class Feed {
  // told(node, kind, message, quantity) for each message, with kind "live", "state" or, where a quantity (or +
  // for any) is wanted, "wave"; lost() when the connection ends.
  constructor({ broker, prefix, site, node, subject }, quantity, told, lost) {
    const topics = { live: { qos: 0 }, state: { qos: 1 } };
    if (quantity) topics[`wave/${quantity}`] = { qos: 0 };
    const nodeParts = prefix.split("/").length + 2;
    const base = `${prefix}/${site}/${node}/subject/${subject}`;
    this.client = mqtt.connect(broker, {
      protocolVersion: 4, // what every broker has, and all this needs
      clientId: `edged-overlay-${Math.random().toString(36).slice(2, 12)}`,
      keepalive: 5,
      connectTimeout: 5000,
      reconnectPeriod: 1000,
      timerVariant: "native", // the other is a worker made of a blob, which our content policy forbids
    });
    const patterns = Object.fromEntries(Object.entries(topics).map(([topic, options]) => [`${base}/${topic}`, options]));
    this.client.on("connect", () => this.client.subscribe(patterns, ignore));
    this.client.on("message", (topic, payload) => {
      const message = parse(payload);
      if (message === null) return;
      const parts = topic.split("/");
      told(parts.slice(0, nodeParts).join("/"), parts[nodeParts + 2], message, parts[nodeParts + 3]);
    });
    this.client.on("close", lost);
    this.client.on("error", ignore); // it tries again by itself, and on air there is nobody to tell
  }
}

// Returns a message of this contract's version, or null for anything else.
function parse(payload) {
  if (payload.length > MAX_BYTES) return null;
  try {
    const message = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
    return message?.v === 1 ? message : null;
  } catch {
    return null;
  }
}

function ignore() {}
