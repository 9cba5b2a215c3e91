// Ranges of a chart's y axis that keep still.

const HEADROOM = 0.1;
const LOOSE = 3; // a range wider than so many times what is drawn is taken anew

// Returns a range with room above and below. The old one stays while it holds everything and is not far
// too wide: a line that is scaled anew each second says nothing.
export function steady(range, extent, leastSpan) {
  if (extent === null) return range;
  const [low, high] = extent;
  const span = Math.max(high - low, leastSpan);
  if (range && low >= range[0] && high <= range[1] && range[1] - range[0] <= LOOSE * span) return range;
  const middle = (low + high) / 2;
  const half = span * (0.5 + HEADROOM);
  return [middle - half, middle + half];
}

// Lowest and highest of what is known, or null.
export function extentOf(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value === null || value === undefined) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : null;
}
