"use strict";

// Draws a waveform on a canvas: it scrolls to the left as time goes by, whatever the frame rate.

// Of what is drawn in these units, less than so much is noise, and is not blown up to the full height.
const LEAST_SPANS = { uV: 500, mV: 0.5, V: 0.0005 };
// An electrode that settles leaves much height behind; beats differ by less than this.
const SLACK = 1.4;
const LINE_EM = 0.1875;
const EASE_MS = 100;

class Scope {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.still = matchMedia("(prefers-reduced-motion: reduce)");
    this.reading = null;
    this.frame = null;
  }

  // Takes what a reading has to show now, and goes on by itself; where motion is not wanted, until the next message.
  take(reading, nowMs) {
    if (this.reading !== reading || this.unit !== reading.unit) {
      this.reading = reading;
      this.unit = reading.unit;
      this.range = new Range(LEAST_SPANS[reading.unit] ?? 0, SLACK);
      this.shown = null;
      this.drawnMs = nowMs;
    }
    this.fitRange();
    if (this.still.matches) {
      this.shown = null;
      this.draw(reading.lastT, nowMs);
    } else this.frame ??= requestAnimationFrame(() => this.step());
  }

  // Holds still, for it fades out.
  stop() {
    cancelAnimationFrame(this.frame);
    this.frame = null;
    this.reading = null;
  }

  clear() {
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
  }

  step() {
    this.frame = null;
    if (this.still.matches) return; // the next message draws
    const now = performance.now();
    this.draw(now - this.reading.delay - BEHIND_MS, now);
    this.frame = requestAnimationFrame(() => this.step());
  }

  fitRange() {
    const values = this.reading.points.map(({ value }) => value).filter((value) => value !== null);
    if (values.length > 0) this.range.fit(Math.min(...values), Math.max(...values));
  }

  // Draws the window that ends at a time of the node's clock. Lines join what was measured one after the other.
  draw(endMs, nowMs) {
    const { context, canvas } = this;
    const style = getComputedStyle(canvas);
    this.fitSize();
    this.ease(nowMs);
    const line = Math.max(2, parseFloat(style.fontSize) * LINE_EM) * devicePixelRatio;
    const height = canvas.height - 2 * line;
    this.clear();
    context.lineWidth = line;
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = style.color;
    context.beginPath();
    let isDown = false;
    for (const { t, value, follows } of this.reading.points) {
      if (value === null) {
        isDown = false;
        continue;
      }
      const x = canvas.width * (1 - (endMs - t) / WINDOW_MS);
      const y = line + height * (1 - this.shown.share(value));
      if (isDown && follows) context.lineTo(x, y);
      else context.moveTo(x, y);
      isDown = true;
    }
    context.stroke();
  }

  fitSize() {
    const width = Math.round(this.canvas.clientWidth * devicePixelRatio);
    const height = Math.round(this.canvas.clientHeight * devicePixelRatio);
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
  }

  // Brings the range that is drawn to the one that fits, so that nothing jumps.
  ease(nowMs) {
    if (this.shown === null) {
      this.shown = new Range(0);
      [this.shown.low, this.shown.high] = [this.range.low, this.range.high];
    }
    const share = 1 - Math.exp(-Math.max(nowMs - this.drawnMs, 0) / EASE_MS);
    this.shown.low += share * (this.range.low - this.shown.low);
    this.shown.high += share * (this.range.high - this.shown.high);
    this.drawnMs = nowMs;
  }
}
