// Models of the sensors on the I2C bus, register by register; they do what those of sensors_model.c do.
import { TRUTH_INFRARED, TRUTH_RED } from "./truth.mjs";

const MAX30102 = 0x57;
const TMP102 = 0x48;

// MAX30102 data sheet, register map.
const INTERRUPT_STATUS_1 = 0x00;
const INTERRUPT_ENABLE_1 = 0x02;
const FIFO_WR_PTR = 0x04;
const OVF_COUNTER = 0x05;
const FIFO_RD_PTR = 0x06;
const FIFO_DATA = 0x07;
const MODE_CONFIG = 0x09;
const REV_ID = 0xfe;
const PART_ID = 0xff;
const PPG_RDY = 0x40;
const MODE_RESET = 0x40;
const MODE_SPO2 = 0x03;
const FIFO_MASK = 31;

const SAMPLE_NS = 10_000_000;
const HEART_RATE_BPM = 72;

export class SensorsModel {
  attached = true;
  celsius = 36.5;
  /** When the next sample is ready; 0 while the MAX30102 stands still. */
  nextNs = 0;
  #record;
  #registers = new Uint8Array(256);
  #fifo = Array.from({ length: FIFO_MASK + 1 }, () => [0, 0]);
  #byte = 0;
  #selected = 0;
  #pointer = 0;
  #pointerNext = false;
  #temperaturePointer = 0;
  #temperatureByte = 0;

  /** record(timeNs, value, channel) takes every sample. */
  constructor(record) {
    this.#record = record;
    this.powerOn();
  }

  powerOn() {
    this.#resetMax30102();
    this.#selected = this.#temperaturePointer = 0;
  }

  /** Whether a sensor acknowledges its address. */
  select(address, reading, nowNs) {
    this.advance(nowNs);
    this.#selected = this.attached && (address === MAX30102 || address === TMP102) ? address : 0;
    if (!reading) {
      this.#pointerNext = true;
    }
    this.#temperatureByte = 0;
    return this.#selected !== 0;
  }

  write(byte, nowNs) {
    if (this.#pointerNext) {
      this.#pointerNext = false;
      if (this.#selected === MAX30102) {
        this.#pointer = byte;
      } else {
        this.#temperaturePointer = byte;
      }
    } else if (this.#selected === MAX30102) {
      this.#writeMax30102(byte, nowNs);
    }
  }

  read() {
    const where = this.#pointer;
    if (this.#selected === TMP102) {
      return this.#readTemperature();
    }
    if (where === FIFO_DATA) {
      return this.#readFifo();
    }
    this.#pointer = (where + 1) & 0xff;
    const value = this.#registers[where];
    if (where === INTERRUPT_STATUS_1) {
      this.#registers[where] = 0;
    }
    return value;
  }

  /** Take the samples that are due. */
  advance(nowNs) {
    while (this.nextNs !== 0 && this.nextNs <= nowNs) {
      this.#takeSample();
      this.nextNs += SAMPLE_NS;
    }
  }

  /** Whether the MAX30102 pulls its interrupt pin low. */
  get low() {
    return this.attached && (this.#registers[INTERRUPT_STATUS_1] & this.#registers[INTERRUPT_ENABLE_1]) !== 0;
  }

  #resetMax30102() {
    this.#registers.fill(0);
    this.#registers[REV_ID] = 3;
    this.#registers[PART_ID] = 0x15;
    this.nextNs = 0;
    this.#byte = 0;
  }

  #writeMax30102(byte, nowNs) {
    const where = this.#pointer;
    this.#pointer = (where + 1) & 0xff;
    if (where === MODE_CONFIG && byte & MODE_RESET) {
      this.#resetMax30102();
      return;
    }
    if (where < REV_ID) {
      this.#registers[where] = byte;
    }
    if (where === MODE_CONFIG) {
      this.nextNs = byte === MODE_SPO2 ? nowNs + SAMPLE_NS : 0;
    }
    this.#byte = 0;
  }

  #readFifo() {
    const at = this.#registers[FIFO_RD_PTR];
    const value = this.#fifo[at][Math.floor(this.#byte / 3)];
    const byte = (value >> (8 * (2 - (this.#byte % 3)))) & 0xff;
    this.#registers[INTERRUPT_STATUS_1] &= ~PPG_RDY;
    this.#registers[OVF_COUNTER] = 0;
    if (++this.#byte === 6) {
      this.#byte = 0;
      this.#registers[FIFO_RD_PTR] = (at + 1) & FIFO_MASK;
    }
    return byte;
  }

  #readTemperature() {
    const value = Math.round(this.celsius * 16) << 4;
    if (this.#temperaturePointer !== 0) {
      return 0;
    }
    return (this.#temperatureByte++ === 0 ? value >> 8 : value) & 0xff;
  }

  #takeSample() {
    const at = this.#registers[FIFO_WR_PTR];
    const wave = pulse(this.nextNs * 1e-9);
    this.#fifo[at] = [Math.trunc(90000 - 600 * wave), Math.trunc(110000 - 1400 * wave)];
    this.#record(this.nextNs, this.#fifo[at][0], TRUTH_RED);
    this.#record(this.nextNs, this.#fifo[at][1], TRUTH_INFRARED);
    this.#registers[FIFO_WR_PTR] = (at + 1) & FIFO_MASK;
    if (this.#registers[FIFO_WR_PTR] === this.#registers[FIFO_RD_PTR] && this.#registers[OVF_COUNTER] < 31) {
      this.#registers[OVF_COUNTER]++;
    }
    this.#registers[INTERRUPT_STATUS_1] |= PPG_RDY;
  }
}

/** A pulse: a quick rise, and a slower fall with a notch. */
function pulse(timeS) {
  const phase = ((timeS * HEART_RATE_BPM) / 60) % 1;
  return Math.exp(-(((phase - 0.2) / 0.09) ** 2)) + 0.35 * Math.exp(-(((phase - 0.5) / 0.1) ** 2));
}
