// An emulated Pico: a serial port that behaves like one with the board behind it. For tests only. See README.md.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { Line } from "./line.mjs";
import { Board, RESET_PIN, RESET_POWER_ON } from "./rp2040.mjs";
import { Truth } from "./truth.mjs";
import { Waveform } from "./waveform.mjs";

const SLICE_MS = 1;
const SLICE_MAX_MS = 20; // at once, so that commands are heard however late it is

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    waveform: { type: "string" },
    rate: { type: "string", default: "1000" },
    channels: { type: "string", default: "1" },
    truth: { type: "string" },
    speed: { type: "string", default: process.env.SPEED ?? "1" },
    noise: { type: "string", default: "0" },
    uid: { type: "string", default: "e660583883123456" },
    "no-sensors": { type: "boolean", default: false },
  },
});
if (positionals.length !== 2) {
  console.error("node pico.mjs [--waveform FILE --channels N --rate HZ] [--truth FILE] [--speed 1.0] [--noise 0.0]");
  console.error("    [--uid HEX] [--no-sensors] FIRMWARE.bin PORT");
  process.exit(2);
}
const [firmware, port] = positionals;
const program = path.join(path.dirname(fileURLToPath(import.meta.url)), "line");

const truth = new Truth(options.truth);
const waveform = new Waveform(options.waveform, Number(options.channels), Number(options.rate));
const line = new Line(program, port, () => process.exit(1));
line.setNoise(options.noise);
const originNs = clockNs();
const board = new Board({
  firmware: fs.readFileSync(firmware),
  uid: Buffer.from(options.uid, "hex"),
  waveform,
  truth,
  line,
  speed: Number(options.speed),
  originNs,
  sensors: !options["no-sensors"],
});
let latestNs = 0;

const commands = {
  noise: (share) => line.setNoise(share),
  speed: (speed) => board.setSpeed(Number(speed)),
  button: (pressed) => board.setButton(pressed === "1"),
  lead_off: (plus, minus) => board.setLeads(plus === "1", minus === "1"),
  temperature: (celsius) => (board.sensors.celsius = Number(celsius)),
  sensors: (attached) => {
    board.sensors.attached = attached === "1";
    board.sensors.powerOn();
  },
  power_cycle: () => board.reset(RESET_POWER_ON),
  brown_out: () => board.reset(RESET_POWER_ON),
  reset: () => board.reset(RESET_PIN),
  hang: () => board.hang(),
  unplug: () => line.unplug(),
  plug: async () => {
    board.reset(RESET_POWER_ON); // it has its power from the plug
    await line.plug();
  },
};

async function obey(text) {
  const [name, ...values] = text.split(" ");
  if (name === "report") {
    return report();
  }
  if (commands[name] === undefined) {
    return `unknown: ${text}`;
  }
  await commands[name](...values);
  return "ok";
}

async function report() {
  const { user, system } = process.cpuUsage();
  return JSON.stringify({
    origin_ns: originNs,
    seconds: (clockNs() - originNs) / 1e9,
    cpu_s: (user + system) / 1e6,
    late_s: latestNs / 1e9,
    boots: board.boots,
    ...(await line.counters()),
  });
}

function clockNs() {
  return Number(process.hrtime.bigint());
}

/** Late, it catches up; the board's time goes on as a real one's does. */
function slice() {
  const nowNs = clockNs();
  latestNs = Math.max(latestNs, nowNs - ranToNs - SLICE_MS * 1e6);
  ranToNs = Math.min(nowNs, ranToNs + SLICE_MAX_MS * 1e6);
  board.run(ranToNs);
  board.flush();
  truth.flush();
}

let ranToNs = originNs;
let pending = "";
let answering = Promise.resolve();

process.stdin.on("data", (data) => {
  const lines = (pending + data).split("\n");
  pending = lines.pop();
  for (const text of lines) {
    answering = answering.then(() => obey(text)).then((answer) => console.log(answer));
  }
});
process.stdin.on("end", () => answering.then(end));
process.on("SIGTERM", () => process.stdin.destroy() && end());

async function end() {
  console.log(await report());
  line.close();
  process.exit(0);
}

await line.plug();
console.log(`ready ${port}`);
setInterval(slice, SLICE_MS);
