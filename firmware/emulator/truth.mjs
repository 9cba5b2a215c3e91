// What was really measured, and when; the records are those of truth.h.
import fs from "node:fs";

export const TRUTH_RED = 16;
export const TRUTH_INFRARED = 17;

export class Truth {
  #file;
  #records = [];

  /** Without a path nothing is written. */
  constructor(path) {
    this.#file = path === undefined ? undefined : fs.openSync(path, "w");
  }

  write(timeNs, value, channel, boot) {
    if (this.#file === undefined) {
      return;
    }
    const record = Buffer.alloc(16);
    record.writeBigInt64LE(BigInt(Math.round(timeNs)), 0);
    record.writeUInt32LE(value, 8);
    record.writeUInt8(channel, 12);
    record.writeUInt16LE(boot, 14);
    this.#records.push(record);
  }

  flush() {
    if (this.#records.length > 0) {
      fs.writeSync(this.#file, Buffer.concat(this.#records));
      this.#records = [];
    }
  }
}
