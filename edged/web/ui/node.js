// What the page knows of the node: its last word, when that came, and the readings since.

import { Series } from "./series.js";

export class Node {
  constructor() {
    this.status = null;
    this.isLost = false;
    this.lostAtMs = null;
    this.isAbsolute = false; // times of day instead of "3 s ago"
    this.series = new Map();
    this.health = null; // the last report of the doctor, where somebody has asked for one
  }

  take({ status, readings }, isFirst) {
    this.status = status;
    this.isLost = false;
    this.heardAt = performance.now();
    this.utcMs = Date.parse(status.node.utc);
    if (isFirst) this.series.clear();
    for (const [subject, pairs] of Object.entries(readings)) this.seriesOf(subject).add(pairs);
  }

  lose() {
    if (this.isLost) return;
    this.isLost = true;
    this.lostAtMs = this.status === null ? null : this.nowMs();
  }

  // The node's time by now, ms of UTC.
  nowMs() {
    return this.utcMs + this.elapsedS() * 1000;
  }

  // How long ago the status was true, s: what is counted since then ticks on by this.
  elapsedS() {
    return (performance.now() - this.heardAt) / 1000;
  }

  seriesOf(subject) {
    if (!this.series.has(subject)) this.series.set(subject, new Series());
    return this.series.get(subject);
  }
}
