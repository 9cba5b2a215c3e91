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
  more: '<path d="M5 12h.01M12 12h.01M19 12h.01" stroke-width="4" stroke-linecap="round"/>',
  health: '<path d="M12 3 4 6v6c0 5 3.5 8 8 9 4.5-1 8-4 8-9V6Zm-3.5 9 2.5 2.5 4.5-5"/>',
  network: '<circle cx="12" cy="12" r="9"/><path d="M3 12h18M12 3c-6 6-6 12 0 18 6-6 6-12 0-18"/>',
  signals: '<path d="M2 8c2-6 4-6 5.5 0S11 14 13 8M2 18h4l2-4 3 7 2-5h9M17 8h5"/>',
  up: '<path d="M12 19V5m-6 6 6-6 6 6"/>',
  down: '<path d="M12 5v14m-6-6 6 6 6-6"/>',
  back: '<path d="m14 5-7 7 7 7"/>',
  configuration: '<path d="M4 6h6M16 6h4M4 12h10M20 12h0M4 18h3M13 18h7"/><circle cx="13" cy="6" r="2.5"/><circle cx="17" cy="12" r="2.5"/><circle cx="10" cy="18" r="2.5"/>',
  logs: '<path d="M4 6h2M10 6h10M4 12h2M10 12h10M4 18h2M10 18h6"/>',
  info: '<circle cx="12" cy="12" r="9"/><path d="M12 11v6M12 7.5h.01" stroke-width="2.5"/>',
  warning: '<path d="M12 3.5 22 20.5H2Z"/><path d="M12 10v5M12 17.8h.01"/>',
  error: '<circle cx="12" cy="12" r="9"/><path d="m8.5 8.5 7 7M15.5 8.5l-7 7"/>',
  critical: '<path d="M8 2.5h8L21.5 8v8L16 21.5H8L2.5 16V8Z"/><path d="M12 7v6M12 16.5h.01" stroke-width="3"/>',
  accounts: '<circle cx="12" cy="8" r="4"/><path d="M4 21c.6-4.3 3.6-6.5 8-6.5s7.4 2.2 8 6.5"/>',
  tokens: '<circle cx="8" cy="15" r="5"/><path d="m11.5 11.5 8.5-8.5M16 7l3.5 3.5"/>',
  audit: '<rect x="4" y="3" width="16" height="18" rx="2"/><path d="M8 8h8M8 12h8M8 16h5"/>',
  battery: '<rect x="3" y="8" width="16" height="9" rx="2"/><path d="M22 11v3"/>',
  "battery-low": '<rect x="3" y="8" width="16" height="9" rx="2"/><path d="M22 11v3M7 11v3" />',
  "signal-strong": '<path d="M4 20v-4M10 20v-8M16 20V8M22 20V4" stroke-width="3"/>',
  "signal-fair": '<path d="M4 20v-4M10 20v-8" stroke-width="3"/><path d="M16 20v-1M22 20v-1"/>',
  "signal-weak": '<path d="M4 20v-4" stroke-width="3"/><path d="M10 20v-1M16 20v-1M22 20v-1"/>',
};

export function icon(name) {
  return svg(PATHS[name] ?? PATHS.hollow);
}
