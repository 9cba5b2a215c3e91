// Asks the API again and again for what the live feed does not tell, as long as somebody looks.

import { get } from "./api.js";

export class Poll {
  // changed() is called when there is something else to show.
  constructor(path, everyMs, changed) {
    this.path = path;
    this.everyMs = everyMs;
    this.changed = changed;
    this.body = null; // the last answer
    this.detail = ""; // why there is none
    this.askedAt = -Infinity;
    this.isAsking = false;
  }

  // To be called whenever the view is shown.
  tend(node) {
    if (!node.isLost && !this.isAsking && performance.now() - this.askedAt >= this.everyMs) this.ask();
  }

  async ask() {
    this.isAsking = true;
    this.askedAt = performance.now();
    const beforeMs = Date.now();
    const answer = await get(this.path);
    this.answeredAt = performance.now();
    // Where the answer tells the time, it was that between these two.
    this.took = { beforeMs, afterMs: Date.now() };
    this.body = answer.ok ? answer.body : null;
    this.detail = answer.ok ? "" : answer.body.detail;
    this.isAsking = false;
    this.changed();
  }

  // How long ago the answer was true, s.
  elapsedS() {
    return (performance.now() - this.answeredAt) / 1000;
  }
}
