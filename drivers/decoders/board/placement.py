"""Where a data frame belongs: what was lost before it, and when its samples were taken."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.decoders.board.clock import DisciplinedClock
from edged.model import NS_PER_S
from edged.signals.timebase import OLDER_FRAMES, Placement, SamplePeriod

SLIP: Final = 2.0
"""A frame this many samples late may just be late, where neither sequence nor status speak of a loss."""
LONG_NS: Final = 10 * NS_PER_S
LONG_FRAMES: Final = 100
"""After so long the sequence may have gone around: time alone says what is missing."""
_SEQUENCES: Final = 1 << 16


class FramePlacer:
    """Places the frames of one stream, each stamped with the time of its first sample.

    The sequence says that frames are missing, and their usual size how many samples that is; the board's
    clock says so too, and where they differ it is right: a frame may be shorter than usual. What is lost
    without a frame (an overrun of the board) only the clock knows.

    Args:
        clock: of the board.
        rate_hz: nominal; 0 for an irregular stream, of which time tells nothing.
    """

    def __init__(self, clock: DisciplinedClock, rate_hz: float) -> None:
        self._clock = clock
        self._rate_hz = rate_hz
        self._period = SamplePeriod(rate_hz or 1.0)
        self._is_begun = False
        self._epoch = clock.epoch
        self._sequence = 0
        self._stamp_ns = 0
        self._count = self._usual_count = 0
        self._older = 0
        self._last_ns: int | None = None

    def set_rate(self, rate_hz: float) -> None:
        """Begin anew at another rate; times go on."""
        self._rate_hz = rate_hz
        self._period = SamplePeriod(rate_hz or 1.0)
        self.begin_anew()

    def begin_anew(self) -> None:
        """Expect nothing of the next frame: it need not follow on the one before."""
        self._is_begun = False

    def length_ns(self, count: int) -> int:
        """Return how long it is from the first of so many samples to the last."""
        return round((count - 1) * self._period.period_ns) if self._rate_hz else 0

    def place(self, sequence: int, t_us: int, count: int, *, overrun: bool, receipt_ns: int) -> Placement:
        """Place a frame.

        Args:
            sequence: of the frame, 0 to 65535.
            t_us: on the board's counter.
            count: of its samples, at least 1.
            overrun: whether the board says that it lost some before it.
            receipt_ns: node monotonic.
        """
        step = (sequence - self._sequence) % _SEQUENCES
        stamp_ns = self._clock.stamp_ns(t_us, receipt_ns, self.length_ns(count))
        passed_ns = stamp_ns - self._stamp_ns
        is_long = passed_ns > max(LONG_NS, LONG_FRAMES * self._usual_count * self._period.period_ns)
        if not self._is_begun or self._epoch != self._clock.epoch:
            return self._begin(sequence, stamp_ns, count)
        if (step == 0 or step >= _SEQUENCES // 2) and not is_long:
            self._older += 1
            if self._older < OLDER_FRAMES:
                return Placement("older" if step else "repeated")
            return self._begin(sequence, stamp_ns, count)
        if passed_ns <= 0:
            return self._begin(sequence, stamp_ns, count)
        missing = self._missing(stamp_ns, step - 1, is_long=is_long, overrun=overrun)
        is_gap = missing > 0 or overrun or step > 1 or is_long
        self._older = 0
        self._period.follow(stamp_ns, self._count + missing)
        return self._lay_out(sequence, stamp_ns, count, missing, is_gap=is_gap)

    def _begin(self, sequence: int, stamp_ns: int, count: int) -> Placement:
        """Place a frame that follows on none."""
        self._is_begun, self._epoch = True, self._clock.epoch
        self._older = self._usual_count = 0
        self._period.anchor(stamp_ns)
        return self._lay_out(sequence, stamp_ns, count, 0, is_gap=self._last_ns is not None)

    def _missing(self, stamp_ns: int, frames: int, *, is_long: bool, overrun: bool) -> int:
        told = frames * max(self._usual_count, self._count)
        if not self._rate_hz:
            return told
        excess = self._period.excess(stamp_ns, self._count)
        if is_long:
            return max(round(excess), 0)
        if frames:
            doubt = 1.0 if self._period.is_proven else 1 + 0.05 * told
            return told if abs(excess - told) <= doubt or excess < 0 else round(excess)
        if not self._period.is_proven or (not overrun and excess < SLIP):
            return 0
        return max(round(excess), 0)

    def _lay_out(self, sequence: int, stamp_ns: int, count: int, missing: int, *, is_gap: bool) -> Placement:
        self._sequence, self._stamp_ns, self._count = sequence, stamp_ns, count
        self._usual_count = max(self._usual_count, count)
        first_ns = self._period.end_ns() if self._rate_hz else stamp_ns
        times_ns = self._times_ns(first_ns, count, is_gap=is_gap)
        self._last_ns = int(times_ns[-1])
        return Placement("kept", times_ns, missing, is_gap)

    def _times_ns(self, first_ns: int, count: int, *, is_gap: bool) -> NDArray[np.int64]:
        """Return when the samples were taken; what follows is spread from the sample before."""
        length_ns = self.length_ns(count)
        start_ns = self._clock.to_node_ns(first_ns)
        end_ns = self._clock.to_node_ns(first_ns + length_ns)
        steps = np.arange(1, count + 1, dtype=np.int64)
        last_ns = self._last_ns
        if last_ns is not None and not is_gap and self._rate_hz:
            stretch = (end_ns - last_ns) / (count * self._period.period_ns)
            if 0.5 < stretch < 1.5:
                return last_ns + steps * (end_ns - last_ns) // count
        if last_ns is not None:
            start_ns = max(start_ns, last_ns + 1)
        end_ns = max(end_ns, start_ns + count)
        return start_ns + (steps - 1) * (end_ns - start_ns) // max(count - 1, 1)
