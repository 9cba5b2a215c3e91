"""Which time of the node a time of a device is, whose clock nobody has set and that runs as it likes."""

from collections import deque
from collections.abc import Sequence
from itertools import pairwise
from math import expm1
from typing import Final

from edged.model import NS_PER_MS, NS_PER_S

SLEW_TIME_S: Final = 10.0
SLEW_MAX: Final = 0.01
"""Greatest change of the offset per device time."""
SKEW_MAX: Final = 200e-6
"""Greatest difference in rate of two crystal clocks that is believed."""
SKEW_USUAL: Final = 40e-6
"""Standard deviation of that difference, as far as nothing is known of it."""
EDGE_NS: Final = 2 * NS_PER_MS
"""How well the lower edge of the delays is known: over a short span its slope says little."""
SKEW_SPAN_NS: Final = 20 * NS_PER_S
"""A shorter span says nothing."""
BUCKET_NS: Final = 4 * NS_PER_S
BUCKETS: Final = 60
OLDEST_NS: Final = 1800 * NS_PER_S


class DeviceClock:
    """Tells which time of the node a time of the device is; shared by all streams of a device.

    A frame is received after its last sample by a delay that is never negative and often near its least:
    the offset is the lower edge of what was observed in the last ``BUCKETS`` times 4 s. Its slope, the skew
    of the two clocks, is that of the lower convex hull over the middle of them, held back while they span
    little. The estimate never steps: it comes nearer with a time constant of ``SLEW_TIME_S``, by at most
    ``SLEW_MAX``.

    Attributes:
        epoch: counts the restarts; 0 before the first.
    """

    def __init__(self) -> None:
        self.epoch = 0
        self._device_ns = 0
        self._node_ns = 0
        self._at_ns = 0
        self._offset_ns = 0.0
        self._skew = 0.0
        self._lowest: deque[tuple[int, float]] = deque(maxlen=BUCKETS)

    def lateness_ns(self, device_ns: int, receipt_ns: int) -> int:
        """Return how long after its time a frame came, as far as is known."""
        return receipt_ns - self.to_node_ns(device_ns)

    def restart(self, device_ns: int, receipt_ns: int) -> None:
        """Begin anew: the clock was set, or this is the first that is heard of it."""
        self.epoch += 1
        self._device_ns, self._node_ns = device_ns, receipt_ns
        self._at_ns, self._offset_ns, self._skew = 0, 0.0, 0.0
        self._lowest.clear()

    def observe(self, device_ns: int, receipt_ns: int) -> None:
        """Take in when a frame was stamped and when it was received; the first one is for ``restart`` too."""
        at_ns = device_ns - self._device_ns
        delay_ns = float(receipt_ns - self._node_ns - at_ns)
        self._note(at_ns, delay_ns)
        passed_ns = max(at_ns - self._at_ns, 0)
        self._offset_ns += self._skew * passed_ns
        self._at_ns += passed_ns
        target_ns = min(delay + self._skew * (self._at_ns - at) for at, delay in self._lowest)
        step_ns = (self._offset_ns - target_ns) * expm1(-passed_ns / NS_PER_S / SLEW_TIME_S)
        most_ns = SLEW_MAX * passed_ns
        self._offset_ns += min(max(step_ns, -most_ns), most_ns)

    def to_node_ns(self, device_ns: int) -> int:
        """Return the time of the node, monotonic."""
        at_ns = device_ns - self._device_ns
        return self._node_ns + at_ns + round(self._offset_ns + self._skew * (at_ns - self._at_ns))

    def _note(self, at_ns: int, delay_ns: float) -> None:
        """Keep the least delay of each ``BUCKET_NS``."""
        lowest = self._lowest
        if lowest and lowest[-1][0] // BUCKET_NS >= at_ns // BUCKET_NS:
            if delay_ns < lowest[-1][1]:
                lowest[-1] = (max(at_ns, lowest[-1][0]), delay_ns)
            return
        while lowest and at_ns - lowest[0][0] > OLDEST_NS:
            lowest.popleft()
        if lowest:
            self._skew = _skew(lowest)
        lowest.append((at_ns, delay_ns))


def _skew(lowest: Sequence[tuple[int, float]]) -> float:
    """Return the slope of the lower hull over the middle of the points, nearer to 0 the less they span."""
    first, last = lowest[0][0], lowest[-1][0]
    if last - first < SKEW_SPAN_NS:
        return 0.0
    hull: list[tuple[int, float]] = []
    for point in lowest:
        while len(hull) > 1 and _slope(hull[-2], hull[-1]) >= _slope(hull[-1], point):
            hull.pop()
        hull.append(point)
    middle = (first + last) / 2
    edge = next(edge for edge in pairwise(hull) if edge[1][0] >= middle)
    held_back = SKEW_USUAL**2 / (SKEW_USUAL**2 + (EDGE_NS / (last - first)) ** 2)
    return held_back * min(max(_slope(*edge), -SKEW_MAX), SKEW_MAX)


def _slope(one: tuple[int, float], other: tuple[int, float]) -> float:
    return (other[1] - one[1]) / (other[0] - one[0])
