// What is on the analog inputs; does what waveform.c does.
import fs from "node:fs";

export class Waveform {
  /** Without a path channel n is a sine of n + 1 Hz. */
  constructor(path, channels, rateHz) {
    this.channels = channels;
    this.rateHz = rateHz;
    this.values = path === undefined ? [] : path.endsWith(".csv") ? readCsv(path) : readInt16(path);
    this.rows = Math.floor(this.values.length / channels);
    if (path !== undefined && this.rows === 0) {
      throw new Error(`${path}: no waveform of ${channels} channels`);
    }
  }

  /** What a converter of so many bits makes of a channel, at a time since the start of the recording. */
  code(channel, timeS, bits) {
    return Math.trunc(this.#level(channel, timeS) + 32768) >> (16 - bits);
  }

  #level(channel, timeS) {
    if (this.rows === 0) {
      return 24000 * Math.sin(2 * Math.PI * (channel + 1) * timeS);
    }
    if (channel >= this.channels) {
      return 0;
    }
    const row = (timeS * this.rateHz) % this.rows;
    const before = Math.floor(row);
    const after = (before + 1) % this.rows;
    const part = row - before;
    const at = (place) => this.values[place * this.channels + channel];
    return (1 - part) * at(before) + part * at(after);
  }
}

function readCsv(path) {
  const texts = fs.readFileSync(path, "utf8").split(/[\s,]+/);
  return texts.filter((text) => text !== "").map((text) => Math.round(Number(text)));
}

function readInt16(path) {
  const bytes = fs.readFileSync(path);
  return Array.from({ length: bytes.length >> 1 }, (_, index) => bytes.readInt16LE(2 * index));
}
