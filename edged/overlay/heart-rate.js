"use strict";

// The heart-rate overlay: a heart that beats, the number, the name, the last 45 seconds.

const CHANGE_MS = 200;

class HeartRateOverlay extends Overlay {
  constructor(settings) {
    super(settings, null);
    this.value = document.getElementById("value");
    this.heart = new Heart(document.getElementById("heart"));
    this.trace = new Trace(document.getElementById("line"));
  }

  makeReading() {
    return new Reading();
  }

  show(reading) {
    this.setValue(String(Math.round(reading.rate)));
  }

  news(reading, kind, now) {
    if (kind !== "live") return;
    this.heart.take(reading.rate, reading.rrMs, now);
    this.trace.add(reading.rate, now);
  }

  leave() {
    this.heart.stop();
    this.trace.interrupt(performance.now());
  }

  clear() {
    this.value.replaceChildren();
  }

  // The old number gives way to the new one; what lies between them was never measured.
  setValue(text) {
    if (this.isShown && this.value.lastElementChild?.textContent === text) return;
    const next = document.createElement("span");
    next.textContent = text;
    if (!this.isShown) {
      this.value.replaceChildren(next);
      return;
    }
    for (const each of this.value.children) {
      each.animate([{ opacity: 1 }, { opacity: 0 }], { duration: CHANGE_MS, fill: "forwards" }).finished.then(() => each.remove(), () => {});
    }
    this.value.append(next);
    next.animate([{ opacity: 0 }, { opacity: 1 }], { duration: CHANGE_MS });
  }
}

start(HeartRateOverlay);
