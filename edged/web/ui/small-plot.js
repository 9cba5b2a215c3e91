// A small plot of the last minute: no axes, no legend, a cursor that goes along.

import uPlot from "uplot";

import { WINDOW_MS } from "./series.js";

// nowMs() is where it ends, rangeY() what it spans; read(plot) is called when the cursor moves.
export function smallPlot(place, data, { nowMs, rangeY, series, read }) {
  const options = {
    width: place.clientWidth,
    height: place.clientHeight,
    ms: 1,
    padding: [2, 4, 2, 0],
    legend: { show: false },
    axes: [{ show: false }, { show: false }],
    cursor: { y: false, drag: { x: false, y: false }, points: { size: 8 } },
    scales: {
      x: { time: false, range: () => [nowMs() - WINDOW_MS, nowMs()] },
      y: { range: rangeY },
    },
    series: [{}, ...series.map((each) => ({ width: 2, points: { show: false }, ...each }))],
    hooks: { setCursor: [read] },
  };
  return new uPlot(options, data, place);
}

// A colour of ours, as it is now: the scheme may change under the plot.
export function colourOf(name) {
  return () => getComputedStyle(document.documentElement).getPropertyValue(name);
}
