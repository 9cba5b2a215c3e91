"use strict";

// The waveform overlay: the name, and the last six seconds of the ECG or PPG, a second behind.

class WaveformOverlay extends Overlay {
  constructor(settings) {
    super(settings, settings.quantity);
    this.scope = new Scope(document.getElementById("scope"));
  }

  makeReading() {
    return new WaveReading();
  }

  show(reading) {
    if (this.scope.reading !== reading) this.scope.take(reading, performance.now());
  }

  news(reading, kind, now) {
    if (kind === "wave") this.scope.take(reading, now);
  }

  leave() {
    this.scope.stop();
  }

  clear() {
    this.scope.clear();
  }
}

start(WaveformOverlay);
