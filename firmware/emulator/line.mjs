// The serial line: the program of line_main.c, and the messages that it exchanges.
import { spawn } from "node:child_process";

const HEADER = 3;

export class Line {
  #child;
  #input = Buffer.alloc(0);
  #answers = { R: [], S: [] };
  received = [];

  /** ended is called when the program is. */
  constructor(program, port, ended) {
    this.#child = spawn(program, [port], { stdio: ["pipe", "pipe", "inherit"] });
    this.#child.on("exit", ended);
    this.#child.stdin.on("error", ended);
    this.#child.stdout.on("data", (data) => this.#take(data));
  }

  send(bytes) {
    this.#tell("D", bytes);
  }

  setBaud(baud) {
    this.#tell("B", String(baud));
  }

  setNoise(share) {
    this.#tell("N", String(share));
  }

  /** Resolves when the port is gone. */
  unplug() {
    return this.#ask("U", "R");
  }

  /** Resolves when the port is there. */
  plug() {
    return this.#ask("P", "R");
  }

  /** Resolves with what was sent, damaged and lost. */
  async counters() {
    return JSON.parse(await this.#ask("S", "S"));
  }

  close() {
    this.#child.stdin.end();
  }

  #tell(kind, payload) {
    const bytes = Buffer.from(payload);
    const header = Buffer.from([kind.charCodeAt(0), bytes.length & 0xff, bytes.length >> 8]);
    this.#child.stdin.write(Buffer.concat([header, bytes]));
  }

  #ask(kind, answer) {
    return new Promise((resolve) => {
      this.#answers[answer].push(resolve);
      this.#tell(kind, "");
    });
  }

  #take(data) {
    this.#input = Buffer.concat([this.#input, data]);
    while (this.#input.length >= HEADER && this.#input.length >= HEADER + this.#input.readUInt16LE(1)) {
      const end = HEADER + this.#input.readUInt16LE(1);
      const kind = String.fromCharCode(this.#input[0]);
      const payload = this.#input.subarray(HEADER, end);
      this.#input = this.#input.subarray(end);
      if (kind === "D") {
        const atNs = Number(process.hrtime.bigint());
        this.received.push(...Array.from(payload, (byte) => ({ byte, atNs })));
      } else {
        this.#answers[kind].shift()(payload.toString());
      }
    }
  }
}
