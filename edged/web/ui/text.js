// Numbers, spans and times of day as they are read.

const WHOLE = new Intl.NumberFormat("en");
const TENTHS = new Intl.NumberFormat("en", { minimumFractionDigits: 1, maximumFractionDigits: 1 });

export function count(number) {
  return WHOLE.format(number);
}

// With one digit behind the point.
export function rate(number) {
  return TENTHS.format(number);
}

// A span in its largest unit, as one glances at it.
export function span(seconds) {
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86400)} d`;
}

export function bytes(number) {
  if (number < 1e6) return `${Math.round(number / 1e3)} kB`;
  if (number < 1e9) return `${(number / 1e6).toFixed(1)} MB`;
  return `${(number / 1e9).toFixed(1)} GB`;
}

// The time of day where the reader is; with the date where it is another day.
export function timeOfDay(ms, nowMs = ms) {
  const time = new Date(ms);
  const two = (number) => String(number).padStart(2, "0");
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  if (time.toDateString() === new Date(nowMs).toDateString()) return clock;
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())} ${clock}`;
}

// A moment that the node has told, RFC 3339, as a time of day.
export function momentOf(text, node) {
  return timeOfDay(Date.parse(text), node.nowMs());
}
