"""Which time of the node a time of the board is: from TIME exchanges, before the first from receipts."""

from collections import deque
from dataclasses import dataclass
from math import expm1
from typing import Final

import numpy as np

from edged.model import NS_PER_MS, NS_PER_S
from edged.signals.device_clock import DeviceClock

NS_PER_US: Final = 1000
SKEW_MAX: Final = 0.01
"""Greatest difference in rate that is believed: a ceramic resonator, as an Uno has, is off by up to 0.5 %."""
SKEW_USUAL: Final = 1e-3
"""Standard deviation of that difference, as far as nothing is known of it."""
EDGE_NS: Final = NS_PER_MS / 2
"""How well the edges of the delays are known: over a short span their slope says little."""
SLEW_TIME_S: Final = 4.0
SLEW_MAX: Final = 0.01
"""Greatest change of the offset per time of the board."""
EXCHANGES: Final = 64
"""So many are kept: ten minutes, at one each 10 s."""
MISFITS: Final = 5
"""So many exchanges in a row that do not go with those before are right."""
STALE_NS: Final = 120 * NS_PER_S
"""So long after the last exchange, receipts are the better witness again."""
ROUND_TRIP_MAX_NS: Final = 250 * NS_PER_MS
BACK_NS: Final = 2 * NS_PER_S
"""Streams are not sent in the order of their times, but nothing is that much older than the newest."""
JUMP_NS: Final = 30 * NS_PER_S
"""A frame that much off its receipt: one of the clocks was stopped, or set."""
_SAME_S: Final = 0.25
_BISECTIONS: Final = 30
_ROLLOVER_US: Final = 1 << 32


@dataclass(frozen=True, slots=True)
class Exchange:
    """A TIME command and its acknowledgement.

    Attributes:
        sent_ns: when the command was sent, node monotonic; or some time before that.
        received_us: when it came, on the board's counter.
        answered_us: when it was answered, on the board's counter.
        receipt_ns: when the answer came, node monotonic.
        rollovers: of the counter at ``received_us``, modulo 65,536.
    """

    sent_ns: int
    received_us: int
    answered_us: int
    receipt_ns: int
    rollovers: int


class DisciplinedClock:
    """Disciplines a map from the board's counter to the time of the node.

    A command comes after it was sent, and an answer after it was given: each exchange bounds the offset
    from both sides, whatever held either of the two up. The line of offset and skew is the one farthest from
    all bounds (the least delay of each direction counts, not of the round trip, of which there are fewer).
    What remains is half the difference of the least delays in the two directions.

    The estimate is causal and never steps: it comes nearer with a time constant of ``SLEW_TIME_S``, by at
    most ``SLEW_MAX``. Before the first exchange it follows the receipt of frames, and so is late by the
    shortest delay (``DeviceClock``).

    Attributes:
        epoch: counts the restarts; 0 before the first.
    """

    def __init__(self) -> None:
        self.epoch = 0
        self._receipts = DeviceClock()
        self._newest: tuple[int, int] | None = None  # the counter unrolled, us, and its receipt
        self._rollovers: int | None = None
        self._device_ns = self._node_ns = 0
        self._at_ns = 0
        self._offset_ns = self._skew = 0.0
        self._bounds: deque[tuple[float, float, float, float]] = deque(maxlen=EXCHANGES)
        self._line: tuple[float, float] | None = None
        self._misfits = 0

    def forget(self) -> None:
        """Begin anew with the next frame: the board has started anew."""
        self._newest = None

    def stamp_ns(self, t_us: int, receipt_ns: int, lasts_ns: int = 0) -> int:
        """Return the board's time in ns of a frame just received, its counter unrolled.

        The counter rolls over every 71 min 35 s; how often it did is told by the time since the frame before.

        Args:
            t_us: on the counter, 0 to 2^32 - 1.
            receipt_ns: node monotonic.
            lasts_ns: how long after that the last sample was taken, before which nothing can be sent.
        """
        if self._newest is None or self._is_wrong(t_us, receipt_ns):
            self._restart(t_us, receipt_ns, lasts_ns)
        at_us = self._unrolled(t_us, receipt_ns)
        if self._newest is None or at_us >= self._newest[0]:
            self._newest = (at_us, receipt_ns)
        self._advance(at_us * NS_PER_US + lasts_ns, receipt_ns)
        return at_us * NS_PER_US

    def exchange(self, told: Exchange) -> bool:
        """Take in an exchange; return whether it can be one."""
        answered_ns = self.stamp_ns(told.answered_us, told.receipt_ns)
        held_ns = (told.answered_us - told.received_us) % _ROLLOVER_US * NS_PER_US
        round_trip_ns = told.receipt_ns - told.sent_ns - held_ns
        if not 0 <= round_trip_ns <= ROUND_TRIP_MAX_NS or held_ns > ROUND_TRIP_MAX_NS:
            return False
        received_ns = answered_ns - held_ns
        if not self._counts_rollovers(received_ns, told.rollovers):
            self._restart(told.answered_us, told.receipt_ns)
            return True
        received_s = (received_ns - self._device_ns) / NS_PER_S
        answered_s = (answered_ns - self._device_ns) / NS_PER_S
        earliest_ns = float(told.sent_ns - self._node_ns - (received_ns - self._device_ns))
        latest_ns = float(told.receipt_ns - self._node_ns - (answered_ns - self._device_ns))
        self._bounds.append((received_s, earliest_ns, answered_s, latest_ns))
        self._fit()
        return True

    def to_node_ns(self, device_ns: int) -> int:
        """Return the time of the node, monotonic."""
        at_ns = device_ns - self._device_ns
        return self._node_ns + at_ns + round(self._offset_ns + self._skew * (at_ns - self._at_ns))

    def _restart(self, t_us: int, receipt_ns: int, lasts_ns: int = 0) -> None:
        self.epoch += 1
        self._newest = (t_us, receipt_ns)
        self._rollovers = None
        self._device_ns, self._node_ns = t_us * NS_PER_US + lasts_ns, receipt_ns
        self._at_ns, self._offset_ns, self._skew = 0, 0.0, 0.0
        self._bounds.clear()
        self._line = None
        self._misfits = 0
        self._receipts.restart(self._device_ns, receipt_ns)

    def _unrolled(self, t_us: int, receipt_ns: int) -> int:
        newest_us, newest_receipt_ns = self._newest or (t_us, receipt_ns)
        expected_us = newest_us + (receipt_ns - newest_receipt_ns) // NS_PER_US
        half_us = _ROLLOVER_US // 2
        return expected_us + (t_us - expected_us + half_us) % _ROLLOVER_US - half_us

    def _is_wrong(self, t_us: int, receipt_ns: int) -> bool:
        """Return whether this is another clock than before: it went back, or is nowhere near its receipt."""
        at_ns = self._unrolled(t_us, receipt_ns) * NS_PER_US
        newest_us = self._newest[0] if self._newest else 0
        return at_ns < newest_us * NS_PER_US - BACK_NS or abs(receipt_ns - self.to_node_ns(at_ns)) > JUMP_NS

    def _counts_rollovers(self, received_ns: int, rollovers: int) -> bool:
        """Return whether the board counts the same roll-overs; not where the node slept through some."""
        before = self._rollovers
        self._rollovers = (received_ns // NS_PER_US // _ROLLOVER_US - rollovers) % 65_536
        return before in {None, self._rollovers}

    def _advance(self, device_ns: int, receipt_ns: int) -> None:
        """Go on to a time of the board, and come nearer to what the offset should be there."""
        self._receipts.observe(device_ns, receipt_ns)
        at_ns = max(device_ns - self._device_ns, self._at_ns)
        passed_ns = at_ns - self._at_ns
        self._offset_ns += self._skew * passed_ns
        self._at_ns = at_ns
        error_ns = self._target_ns() - self._offset_ns
        if self._line is None:
            self._offset_ns += error_ns  # already slewed
            return
        most_ns = SLEW_MAX * passed_ns
        step_ns = -error_ns * expm1(-passed_ns / NS_PER_S / SLEW_TIME_S)
        self._offset_ns += min(max(step_ns, -most_ns), most_ns)

    def _target_ns(self) -> float:
        at_s = self._at_ns / NS_PER_S
        if self._line is not None and at_s - self._bounds[-1][2] < STALE_NS / NS_PER_S:
            offset_ns, skew = self._line
            return offset_ns + skew * self._at_ns
        now_ns = self._device_ns + self._at_ns
        return float(self._receipts.to_node_ns(now_ns) - self._node_ns - self._at_ns)

    def _fit(self) -> None:
        """Lay the line through the middle of the bounds.

        Where none fits them all the newest is left out: an overloaded node may be wrong in a time. Where
        that goes on, the pace of the board has changed, and the oldest give way.
        """
        line = _line(self._bounds)
        if line[2] < 0 and self._misfits < MISFITS:
            self._misfits += 1
            self._bounds.pop()
            return
        self._misfits = 0
        while line[2] < 0 and len(self._bounds) > 1:
            self._bounds.popleft()
            line = _line(self._bounds)
        offset_ns, self._skew, _ = line
        self._line = (offset_ns, self._skew)


def _line(bounds: "deque[tuple[float, float, float, float]]") -> tuple[float, float, float]:
    """Return offset in ns at 0, skew, and how far apart the nearest bounds of the two sides are, in ns."""
    received_s, earliest_ns, answered_s, latest_ns = np.array(bounds).T

    def lean(skew: float) -> float:
        """Return where the lower bound touches, less where the upper one does: it falls with the skew."""
        lower = int(np.argmax(earliest_ns - skew * NS_PER_S * received_s))
        upper = int(np.argmin(latest_ns - skew * NS_PER_S * answered_s))
        return float(received_s[lower] - answered_s[upper])

    def last_above(least_s: float) -> float:
        low, high = -SKEW_MAX, SKEW_MAX
        for _ in range(_BISECTIONS):
            middle = (low + high) / 2
            low, high = (middle, high) if lean(middle) > least_s else (low, middle)
        return low

    flattest, steepest = last_above(_SAME_S), last_above(-_SAME_S)  # in between, one exchange is both
    span_s = float(answered_s[-1] - received_s[0])
    doubt = (EDGE_NS / NS_PER_S / span_s if span_s else 1.0) + (steepest - flattest) / 2
    farthest = (flattest + steepest) / 2
    for skew in (farthest * SKEW_USUAL**2 / (SKEW_USUAL**2 + doubt**2), farthest):
        lowest_ns = float(np.max(earliest_ns - skew * NS_PER_S * received_s))
        highest_ns = float(np.min(latest_ns - skew * NS_PER_S * answered_s))
        if lowest_ns <= highest_ns:  # no bound is beyond what is usual
            break
    return (lowest_ns + highest_ns) / 2, skew, highest_ns - lowest_ns
