"use strict";

// What all overlays have in common. What is shown is decided in one place, update(), and goes by itself.

const FADE_MS = 300; // as in overlay.css

// A page adds makeReading(), what it keeps of a node; show(reading) and news(reading, kind, now), what it does with
// it; leave(), when it begins to fade out, and clear(), when it has.
class Overlay {
  constructor(settings, quantity) {
    this.settings = settings;
    this.plate = document.getElementById("plate");
    this.name = document.getElementById("name");
    this.readings = new Map(); // by node: a subject may be received by two
    this.shown = null;
    this.timer = null;
    this.fading = null;
    this.plate.hidden = false;
    this.feed = new Feed(settings, quantity, (...told) => this.take(...told), () => this.lose());
  }

  take(node, kind, message, quantity) {
    if (!this.readings.has(node)) this.readings.set(node, this.makeReading());
    const reading = this.readings.get(node);
    const now = performance.now();
    if (kind === "state") reading.takeState(message);
    else if (kind === "live" && !reading.takeLive(message, now, Date.now())) return;
    else if (kind === "wave" && !reading.takeWave(message, quantity, now, Date.now())) return;
    this.update(now);
    if (reading === this.shown) this.news(reading, kind, now);
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
    this.timer = setTimeout(() => this.update(performance.now()), Math.ceil(this.shown.ends - now));
    this.setName(this.settings.name || this.shown.name || this.settings.subject);
    clearTimeout(this.fading);
    this.show(this.shown);
    this.plate.dataset.shown = "";
  }

  hide() {
    if (!this.isShown) return;
    delete this.plate.dataset.shown;
    this.leave();
    // Faded out, what was shown is also gone for good: what comes next does not follow on it.
    this.fading = setTimeout(() => this.clear(), FADE_MS);
  }

  get isShown() {
    return "shown" in this.plate.dataset;
  }

  setName(text) {
    if (this.name.textContent !== text) this.name.textContent = text;
  }
}

// Starts an overlay as the address says, or says what is wrong with the address.
function start(Kind) {
  const { settings, theme, problems } = readSettings(location.search);
  if (problems.length > 0) {
    explain(problems);
    return;
  }
  for (const [variable, value] of theme) document.documentElement.style.setProperty(variable, value);
  new Kind(settings);
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
