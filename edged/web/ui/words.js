// Every word the page says by itself. The words for states come from the node, and are the same everywhere.

export const WORDS = {
  views: { now: "Now", devices: "Devices", delivery: "Delivery" },
  navigation: "Views",
  problems: (count) => `${count} ${count === 1 ? "problem" : "problems"}`,

  connecting: "Connecting to the node…",
  noAnswer: "The node does not answer. Trying again by itself.",
  lost: (since) => `No connection to the node since ${since}. What it last said is withdrawn; trying again by itself.`,
  unknown: { word: "Unknown", icon: "bar", sentence: "" },

  noNumber: "–",
  justNow: "just now",
  ago: (span) => `${span} ago`,
  since: (time) => `since ${time}`,
  never: "never yet",
  readOut: (rate, time) => `${rate} bpm at ${time}`,

  bpm: "bpm",
  zone: (zone) => `zone ${zone}`,
  contact: { true: "On skin", false: "Off skin" },
  battery: (percent) => `${percent} %`,
  batteryOf: (percent) => `Battery ${percent} %`,
  source: (name) => `Source ${name}`,
  traceOf: (title, low, high) => `Heart rate of ${title} over the last minute: ${low} to ${high} bpm`,
  traceEmpty: (title) => `Heart rate of ${title}: nothing in the last minute`,

  backlog: (count) => `${count} to deliver`,
  broker: "Broker:",
  journal: "Journal:",
  clockUnsynced: "Clock not set",

  noSubjects: {
    title: "Nobody is measured yet",
    text: "Name a subject and give it a source: add this to the configuration file, check it with edged check, and start edged again.",
  },
  noSources: {
    title: "No device yet",
    text: "Add one to the configuration file, check it with edged check, and start edged again. This one is simulated, so that you can see everything work.",
  },
  example: {
    copy: "Copy this example",
    copied: "Copied",
    notCopied: "Please copy it by hand",
    subject: '[[subject]]\nname = "player-white"\ntitle = "Ada Lovelace"\n',
    source: '[[source]]\nname = "strap-1"\nlink = "sim:resting?seed=1"\nsubject = "player-white"\n',
  },

  facts: {
    subject: "Subject",
    nobody: "none: recorded, not on air",
    link: "Link",
    decoder: "Decoder",
    lastPacket: "Last packet",
    packets: "Packets",
    samples: "Samples",
    faults: "Faults",
    restarts: "Restarts",
    lastFault: "Last fault",

    broker: "Broker",
    url: "Address",
    protocol: "MQTT",
    notConnected: "not connected",
    backlog: "To deliver",
    published: "Sent",
    acknowledged: "Taken up to",
    connects: "Connects",
    failures: "Failures",

    journal: "Journal",
    size: "Size",
    sizeOf: (used, cap, percent) => `${used} of ${cap} (${percent} %)`,
    head: "Records",
    waiting: "Waiting to be written",
    dropped: "Lost samples",
    commits: "Commits",
    epoch: "Epoch",

    node: "This node",
    software: "edged",
    up: "Running for",
    clock: "Clock",
    clocks: { synced: "Set", unsynced: "Not set: times are corrected once it is" },
    boot: "Boot",
  },
};
