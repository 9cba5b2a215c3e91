// The RP2040 of a Pico in rp2040js, and what is soldered around it.
import { BasePeripheral, Simulator } from "rp2040js";

import { SensorsModel } from "./sensors_model.mjs";

export const RESET_POWER_ON = { chipReset: 1 << 8, reason: 0 };
export const RESET_PIN = { chipReset: 1 << 16, reason: 0 };

const ADC_BITS = 12;
const ADC_NS = 2000;
const VECTORS = 0x100; // behind the second stage of the boot
const WATCHDOG = 0x40058;
const PIN_PPG = 2;
const PIN_BUTTON = 3;
const PIN_LEAD_PLUS = 10;
const PIN_LEAD_MINUS = 11;

export class Board {
  /** Boots so far. */
  boots = 0;
  /** Of the crystal; 1.0005 is 500 ppm fast. */
  #speed = 1;
  #firmware;
  #uid;
  #waveform;
  #truth;
  #line;
  #originNs;
  /** The time that the chip's clock began, or its speed last changed, and what the clock said. */
  #thenNs;
  #clockThen = 0;
  #reset;
  #hung = false;
  #nextByteNs = 0;
  #sent = [];
  #low = false;
  #alarm;

  constructor({ firmware, uid, waveform, truth, line, speed, originNs, sensors }) {
    this.#firmware = firmware;
    this.#uid = uid;
    this.#waveform = waveform;
    this.#truth = truth;
    this.#line = line;
    this.#speed = speed;
    this.#originNs = this.#thenNs = originNs;
    this.sensors = new SensorsModel((timeNs, value, channel) => this.#truth.write(timeNs, value, channel, this.boots));
    this.sensors.attached = sensors;
    this.#boot(RESET_POWER_ON);
  }

  /** At the next instruction. */
  reset(cause) {
    this.#reset = cause;
  }

  /** The program hangs: no instruction is executed any more. */
  hang() {
    this.#hung = true;
  }

  setButton(pressed) {
    this.mcu.gpio[PIN_BUTTON].setInputValue(!pressed);
  }

  setLeads(plusOff, minusOff) {
    this.mcu.gpio[PIN_LEAD_PLUS].setInputValue(plusOff);
    this.mcu.gpio[PIN_LEAD_MINUS].setInputValue(minusOff);
  }

  setSpeed(speed) {
    this.#thenNs = this.#nowNs;
    this.#clockThen = this.clock.nanos;
    this.#speed = speed;
  }

  /** Run until a time of CLOCK_MONOTONIC. */
  run(untilNs) {
    while (this.#nowNs < untilNs) {
      if (this.#reset !== undefined) {
        this.#boot(this.#reset);
      }
      this.#feed();
      this.#step(untilNs);
    }
  }

  /** Hand over what was sent. */
  flush() {
    if (this.#sent.length > 0) {
      this.#line.send(this.#sent);
      this.#sent = [];
    }
  }

  get #nowNs() {
    return this.#thenNs + (this.clock.nanos - this.#clockThen) / this.#speed;
  }

  /** One instruction, or sleep until something happens. */
  #step(untilNs) {
    const { clock, mcu } = this;
    if (!mcu.core.waiting && !this.#hung) {
      clock.tick(mcu.core.executeInstruction() * (1e9 / mcu.clkSys));
      return;
    }
    const untilEnd = Math.max(1, (untilNs - this.#nowNs) * this.#speed);
    const untilAlarm = clock.nextAlarm === null ? untilEnd : Math.max(1, clock.nanosToNextAlarm);
    const untilByte = this.#line.received.length > 0 ? Math.max(1, this.#untilByte()) : untilEnd;
    clock.tick(Math.min(untilEnd, untilAlarm, untilByte));
  }

  /** A byte from the host takes as long as it does on a wire; the board runs behind, and hears none before it was sent. */
  #untilByte() {
    const sentNs = (this.#line.received[0].atNs - this.#nowNs) * this.#speed;
    return Math.max(this.#nextByteNs - this.clock.nanos, sentNs);
  }

  #feed() {
    const { clock, mcu } = this;
    if (this.#line.received.length > 0 && this.#untilByte() <= 0) {
      mcu.uart[0].feedByte(this.#line.received.shift().byte);
      this.#nextByteNs = clock.nanos + 10e9 / mcu.uart[0].baudRate;
    }
  }

  #boot(cause) {
    const simulator = new Simulator();
    this.#reset = undefined;
    this.#hung = false;
    this.#thenNs = this.clock === undefined ? this.#originNs : this.#nowNs;
    this.#clockThen = this.#nextByteNs = 0;
    this.boots++;
    this.clock = simulator.clock;
    this.mcu = simulator.rp2040;
    this.mcu.logger = { debug() {}, info() {}, warn() {}, error() {} };
    this.mcu.flash.set(this.#firmware);
    if (cause === RESET_POWER_ON) {
      this.sensors.powerOn();
    }
    this.#wire(cause);
    this.mcu.core.SP = this.mcu.flashView.getUint32(VECTORS, true);
    this.mcu.core.PC = this.mcu.flashView.getUint32(VECTORS + 4, true) & ~1;
  }

  #wire(cause) {
    const { mcu } = this;
    mcu.uart[0].onByte = (byte) => this.#sent.push(byte);
    mcu.uart[0].onBaudRateChange = (baud) => {
      this.flush(); // at the rate that it was sent with
      this.#line.setBaud(baud);
    };
    mcu.adc.onADCRead = (channel) => this.#convert(channel);
    this.#wireBus(mcu.i2c[0]);
    mcu.peripherals[0x18000] = new Flash(mcu, "SSI", this.#uid);
    mcu.peripherals[0x40060] = new Register(mcu, "ROSC", () => Math.floor(Math.random() * 2));
    mcu.peripherals[0x40064] = new Register(mcu, "CHIP_RESET", () => cause.chipReset);
    const watchdog = mcu.peripherals[WATCHDOG];
    watchdog.reason = cause.reason;
    watchdog.onWatchdogTrigger = () => {
      watchdog.timer.enable = false; // rp2040js 1.4 would fire it for ever
      this.reset({ chipReset: 0, reason: watchdog.reason });
    };
    this.setButton(false);
    this.setLeads(false, false);
    this.#low = false;
    mcu.gpio[PIN_PPG].setInputValue(true);
    this.#alarm = this.clock.createAlarm(() => this.#watchSensors());
    this.#watchSensors();
  }

  /** A conversion begins: this is when the input is sampled. */
  #convert(channel) {
    const nowNs = this.#nowNs;
    const code = this.#waveform.code(channel, (nowNs - this.#originNs) * 1e-9, ADC_BITS);
    this.#truth.write(nowNs, code, channel, this.boots);
    this.clock.createAlarm(() => this.mcu.adc.completeADCRead(code, false)).schedule(ADC_NS);
  }

  #wireBus(bus) {
    bus.onStart = () => bus.completeStart();
    bus.onConnect = (address, mode) => bus.completeConnect(this.sensors.select(address, mode === 1, this.#nowNs));
    bus.onWriteByte = (byte) => {
      this.sensors.write(byte, this.#nowNs);
      this.#watchSensors();
      bus.completeWrite(true);
    };
    bus.onReadByte = () => {
      const byte = this.sensors.read();
      this.#watchSensors();
      bus.completeRead(byte);
    };
    bus.onStop = () => bus.completeStop();
  }

  /** Their pin follows; come back for the next sample. An edge is only one when the level changes. */
  #watchSensors() {
    this.sensors.advance(this.#nowNs);
    if (this.sensors.low !== this.#low) {
      this.#low = this.sensors.low;
      this.mcu.gpio[PIN_PPG].setInputValue(!this.#low);
    }
    if (this.sensors.nextNs !== 0) {
      this.#alarm.schedule(Math.max(1, (this.sensors.nextNs - this.#nowNs) * this.#speed));
    }
  }
}

/** A peripheral with one register that matters. */
class Register extends BasePeripheral {
  #read;

  constructor(mcu, name, read) {
    super(mcu, name);
    this.#read = read;
  }

  readUint32() {
    return this.#read();
  }

  writeUint32() {}
}

/** The flash chip on its SPI controller, which answers the one command that it is sent: 4Bh, read unique ID. */
class Flash extends BasePeripheral {
  #uid;
  #sent = 0;
  #answers = [];

  constructor(mcu, name, uid) {
    super(mcu, name);
    this.#uid = uid;
  }

  readUint32(offset) {
    const [status, data, unread] = [0x28, 0x60, this.#answers.length > 0 ? 8 : 0];
    return offset === data ? (this.#answers.shift() ?? 0) : offset === status ? 2 | unread : 0;
  }

  writeUint32(offset) {
    if (offset === 0x08) {
      this.#sent = 0;
    } else if (offset === 0x60) {
      this.#answers.push(this.#uid[this.#sent++ - 5] ?? 0);
    }
  }
}
