// Our icons, drawn on 24 x 24. The first six are those of states; each is told apart by its shape alone.

import { svg } from "./dom.js";

const PATHS = {
  dot: '<circle cx="12" cy="12" r="7" fill="currentColor"/>',
  wave: '<path d="M2 13c2.5-8 5-8 6.7-1s4.2 7 6.6 0 4.2-7 6.7 1"/>',
  hollow: '<circle cx="12" cy="12" r="7"/>',
  cross: '<path d="m6 6 12 12M18 6 6 18" stroke-width="3"/>',
  bar: '<path d="M5 12h14" stroke-width="4"/>',
  plus: '<path d="M12 5v14M5 12h14"/>',

  now: '<path d="M2 13h5l3-8 4.5 14 3-8 1.5 2h3"/>',
  devices: '<rect x="7" y="6" width="10" height="12" rx="3"/><path d="M9 6V2h6v4M9 18v4h6v-4M12 10v4"/>',
  delivery: '<path d="M12 20V9m-5 4.5L12 8l5 5.5M4 4h16"/>',
  battery: '<rect x="3" y="8" width="16" height="9" rx="2"/><path d="M22 11v3"/>',
  "battery-low": '<rect x="3" y="8" width="16" height="9" rx="2"/><path d="M22 11v3M7 11v3" />',
  "signal-strong": '<path d="M4 20v-4M10 20v-8M16 20V8M22 20V4" stroke-width="3"/>',
  "signal-fair": '<path d="M4 20v-4M10 20v-8" stroke-width="3"/><path d="M16 20v-1M22 20v-1"/>',
  "signal-weak": '<path d="M4 20v-4" stroke-width="3"/><path d="M10 20v-1M16 20v-1M22 20v-1"/>',
};

export function icon(name) {
  return svg(PATHS[name] ?? PATHS.hollow);
}
