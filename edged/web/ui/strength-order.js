// The strongest first, without jumping rows: what comes and goes by a few dB stays where it is, and nothing moves while
// somebody is about to tap it.

const NOTICED_DB = 8; // a body that turns round takes more; noise is less
const SETTLE_MS = 4000;
const UNKNOWN_DBM = -200; // ports, and what is connected

export class StrengthOrder {
  constructor() {
    this.known = new Map(); // by link: the strength that its place goes by, dBm
    this.order = [];
    this.sortedAt = -Infinity;
  }

  // Returns the devices in order. isHeld: a finger or pointer is on them.
  sort(devices, nowMs, isHeld) {
    const byLink = new Map(devices.map((device) => [device.link, device]));
    this.order = this.order.filter((link) => byLink.has(link));
    const added = devices.filter(({ link }) => !this.order.includes(link));
    const isFirst = this.order.length === 0;
    this.order.push(...added.map(({ link }) => link));
    for (const { link, rssi_dbm: dbm } of devices) {
      const now = dbm ?? UNKNOWN_DBM;
      const before = this.known.get(link);
      if (before === undefined || Math.abs(now - before) >= NOTICED_DB) this.known.set(link, now);
    }
    if (!isHeld && (isFirst || nowMs - this.sortedAt >= SETTLE_MS)) {
      this.sortedAt = nowMs;
      this.order.sort((a, b) => this.known.get(b) - this.known.get(a)); // stable: equals keep their order
    }
    return this.order.map((link) => byLink.get(link));
  }
}
