"use strict";

// Puts the overlay together. What is shown is decided in one place, update(), and goes by itself.

const CHANGE_MS = 200;
const FADE_MS = 300; // as in heart-rate.css

class HeartRateOverlay {
  constructor(settings) {
    this.settings = settings;
    this.plate = document.getElementById("plate");
    this.value = document.getElementById("value");
    this.name = document.getElementById("name");
    this.heart = new Heart(document.getElementById("heart"));
    this.trace = new Trace(document.getElementById("line"));
    this.readings = new Map(); // by node: a subject may be received by two
    this.shown = null;
    this.timer = null;
    this.plate.hidden = false;
    this.feed = new Feed(settings, (...told) => this.take(...told), () => this.lose());
  }

  take(node, kind, message) {
    if (!this.readings.has(node)) this.readings.set(node, new Reading());
    const reading = this.readings.get(node);
    const now = performance.now();
    if (kind === "state") reading.takeState(message);
    else if (!reading.takeLive(message, now, Date.now())) return;
    this.update(now);
    if (kind === "live" && reading === this.shown) {
      this.heart.take(reading.rate, reading.rrMs, now);
      this.trace.add(reading.rate, now);
    }
  }

  lose() {
    for (const reading of this.readings.values()) reading.withdraw();
    this.update(performance.now());
  }

  // Shows what may be shown now, and wakes when it may no longer. Stays with a node while it can.
  update(now) {
    const stays = this.shown?.isShowable(now);
    if (!stays) this.shown = [...this.readings.values()].find((reading) => reading.isShowable(now)) ?? null;
    clearTimeout(this.timer);
    if (this.shown === null) {
      this.hide();
      return;
    }
    this.timer = setTimeout(() => this.update(performance.now()), Math.ceil(this.shown.until - now));
    this.setName(this.settings.name || this.shown.name || this.settings.subject);
    this.setValue(String(Math.round(this.shown.rate)));
    this.plate.dataset.shown = "";
  }

  hide() {
    if (!this.isShown) return;
    delete this.plate.dataset.shown;
    this.heart.stop();
    this.trace.interrupt(performance.now());
    // Faded out, the number is also gone for good: the next one to come does not follow on it.
    this.timer = setTimeout(() => this.value.replaceChildren(), FADE_MS);
  }

  get isShown() {
    return "shown" in this.plate.dataset;
  }

  setName(text) {
    if (this.name.textContent !== text) this.name.textContent = text;
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

function explain(problems) {
  document.getElementById("problems").replaceChildren(
    ...problems.map((problem) => {
      const item = document.createElement("li");
      item.textContent = problem;
      return item;
    }),
  );
  document.getElementById("example").textContent = location.href.split(/[?#]/)[0] + EXAMPLE;
  document.getElementById("note").hidden = false;
}

const { settings, theme, problems } = readSettings(location.search);
if (problems.length > 0) {
  explain(problems);
} else {
  for (const [variable, value] of theme) document.documentElement.style.setProperty(variable, value);
  new HeartRateOverlay(settings);
}
