"""Sample times of a device that stamps its frames with a clock of its own.

Such a device tells the time of the last sample of each frame, in a clock that nobody has set and that runs
as it likes, at a rate that is only nearly the nominal one: 130.01 to 130.16 Hz where 130 is announced, or
50.9 Hz where 50 is. Two things are estimated from what has come so far, and from nothing later: the period
of the samples in device time (``SamplePeriod``), and what time of the node a device time is
(``DeviceClock``). ``SampleClock`` joins them for one stream.

Accuracy, as the tests measure it. Of a rate that wanders through 130.01 to 130.16 Hz in some minutes, with
stamps in ticks of 1/32768 s, the end of the next frame is predicted within 0.1 ms once two have come (after
one, by the nominal rate alone, within 1 ms). With receipt up to 40 ms late and clocks that differ by up to
100 ppm, sample times are within 10 ms of the truth after a minute, within 4 ms after three, half of them
within 1 ms, and intervals are true to 0.1 %. The shortest delay of all cannot be seen and stays in the times;
a first frame that came very late wears off at 1 % of the time.
"""

from collections import deque
from dataclasses import dataclass, field
from math import hypot
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from edged.model import NS_PER_MS, NS_PER_S
from edged.signals.device_clock import DeviceClock

STAMP_NOISE_NS: Final = 20_000.0
"""Standard deviation of a stamp: straps count ticks of 1/32768 s, 30.5 us."""
WANDER: Final = 3e-5
"""Standard deviation of the relative change of the period in one second (a random walk)."""
RATE_TOLERANCE: Final = 0.02
"""Standard deviation of the true rate about the nominal one."""
JUMP_NS: Final = 30 * NS_PER_S
"""A frame that much off its receipt is stamped by a clock that was set: no link holds frames so long."""
EARLY_NS: Final = NS_PER_S
"""So much before its time no frame comes behind a gap: the clock was set forward, and nothing is lost."""
NEAR_NS: Final = 100 * NS_PER_MS
"""A frame received so near to its time has followed on the one before, if nothing tells otherwise."""
OLDER_FRAMES: Final = 3
"""So many consecutive frames that are all too old are a clock that was set back."""
STEADY_LOSS: Final = 8
"""So many frames in a row, each with the same loss before it, are a wrong nominal rate."""

Verdict = Literal["kept", "repeated", "older"]


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a frame belongs.

    Attributes:
        verdict: ``kept``; ``repeated``, the frame before once more; ``older``, one that came too late.
        times_ns: of its samples, node monotonic, int64, shape (n,), strictly increasing over all frames;
            empty for a frame that is not kept.
        missing: samples lost just before it.
        is_gap: whether it does not follow on the frame before; with nothing missing, how much is unknown,
            since the device's clock was set.
    """

    verdict: Verdict
    times_ns: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    missing: int = 0
    is_gap: bool = False


class SamplePeriod:
    """Follows the end of the frames and the period of the samples, in device time (a Kalman filter).

    The state is the time of the last sample and the period, which walks randomly (``WANDER``).

    Attributes:
        period_ns: of the samples now.
        is_proven: whether it was measured; until then it is the nominal one.
    """

    def __init__(self, rate_hz: float) -> None:
        self._nominal_ns = NS_PER_S / rate_hz
        self.period_ns = self._nominal_ns
        self.is_proven = False
        self._anchor_ns = 0
        self._end_ns = 0.0
        self._end_var = STAMP_NOISE_NS**2
        self._covar = 0.0
        self._period_var = (RATE_TOLERANCE * self._nominal_ns) ** 2

    def anchor(self, stamp_ns: int) -> None:
        """Take a stamp as the end, whatever came before; the period stays."""
        self._anchor_ns, self._end_ns = stamp_ns, 0.0
        self._end_var, self._covar = STAMP_NOISE_NS**2, 0.0

    def relearn(self, period_ns: float) -> None:
        """Believe another period, which many frames agree on."""
        self.period_ns = period_ns
        self._period_var = (1e-3 * period_ns) ** 2

    def end_ns(self) -> int:
        """Return the end of the last frame, smoothed."""
        return self._anchor_ns + round(self._end_ns)

    def predict_ns(self, count: int) -> int:
        """Return when the frame ends that follows with so many samples."""
        return self._anchor_ns + round(self._end_ns + count * self.period_ns)

    def excess(self, stamp_ns: int, count: int) -> float:
        """Return how many periods a frame ends later than it would without a loss."""
        return (stamp_ns - self._anchor_ns - self._end_ns) / self.period_ns - count

    def follow(self, stamp_ns: int, count: int) -> None:
        """Take the stamp of the sample ``count`` behind the last one."""
        wander = (WANDER * self.period_ns) ** 2 * count * self.period_ns / NS_PER_S
        self._end_var += count * (2 * self._covar + count * (self._period_var + wander / 3))
        self._covar += count * (self._period_var + wander / 2)
        self._period_var += wander
        self._end_ns += count * self.period_ns
        error_ns = stamp_ns - self._anchor_ns - self._end_ns
        if abs(error_ns) > 5 * hypot(self._end_var**0.5, STAMP_NOISE_NS):
            self.anchor(stamp_ns)  # sampling began anew, or its pace has changed: the next frame will tell
            self._period_var += (error_ns / count) ** 2
            return
        innovation_var = self._end_var + STAMP_NOISE_NS**2
        end_gain, period_gain = self._end_var / innovation_var, self._covar / innovation_var
        self._end_ns += end_gain * error_ns
        self._set_period(self.period_ns + period_gain * error_ns)
        self._period_var -= period_gain * self._covar
        self._covar *= 1 - end_gain
        self._end_var *= 1 - end_gain
        self.is_proven = True

    def _set_period(self, period_ns: float) -> None:
        self.period_ns = min(max(period_ns, self._nominal_ns / 10), 10 * self._nominal_ns)


class SampleClock:
    """Places the frames of one stream in the node's time.

    A frame that follows on the one before is spread from its last sample to the new one; behind a gap it
    is laid out with the period that is known, and nothing is stretched over what is missing. Until two
    frames have shown the period, only whole frames count as missing.

    Args:
        clock: of the device.
        rate_hz: nominal.
    """

    def __init__(self, clock: DeviceClock, rate_hz: float) -> None:
        self._clock = clock
        self._period = SamplePeriod(rate_hz)
        self._epoch = -1
        self._stamp_ns = 0
        self._last_ns: int | None = None
        self._older: tuple[int, int] = (0, 0)
        self._lossy: deque[float] = deque(maxlen=STEADY_LOSS)

    def set_rate(self, rate_hz: float) -> None:
        """Begin anew at another nominal rate; times go on."""
        self._period = SamplePeriod(rate_hz)
        self._epoch = -1

    def predict_ns(self, count: int) -> int:
        """Return the stamp that the next frame bears if it has so many samples and none is lost."""
        return self._period.predict_ns(count)

    def place(self, stamp_ns: int, count: int, receipt_ns: int) -> Placement:
        """Place a frame.

        Args:
            stamp_ns: of its last sample, in the device's clock.
            count: of its samples, 1 to 10,000.
            receipt_ns: node monotonic.
        """
        if self._epoch != self._clock.epoch:
            return self._begin(stamp_ns, count, receipt_ns)
        step_ns = stamp_ns - self._stamp_ns
        if step_ns == 0:
            return Placement("repeated")
        missing = self._missing(stamp_ns, count)
        lateness_ns = self._clock.lateness_ns(stamp_ns, receipt_ns)
        if abs(lateness_ns) > JUMP_NS or (missing and lateness_ns < -EARLY_NS):
            return self._jump(stamp_ns, count, receipt_ns)
        if step_ns < count * self._period.period_ns / 2:
            return self._set_back(stamp_ns, count, receipt_ns)
        self._older = (0, 0)
        if self._is_steady_loss(step_ns / count, missing):
            self._period.relearn(step_ns / count)
            missing = 0
        self._period.follow(stamp_ns, count + missing)
        return self._lay_out(stamp_ns, count, receipt_ns, missing, is_gap=missing > 0)

    def _missing(self, stamp_ns: int, count: int) -> int:
        excess = self._period.excess(stamp_ns, count)
        if self._period.is_proven:
            return max(round(excess), 0)
        return max(round(excess / count), 0) * count

    def _is_steady_loss(self, period_ns: float, missing: int) -> bool:
        if not missing:
            self._lossy.clear()
            return False
        self._lossy.append(period_ns)
        steady = len(self._lossy) == STEADY_LOSS and max(self._lossy) < 1.01 * min(self._lossy)
        if steady:
            self._lossy.clear()
        return steady

    def _set_back(self, stamp_ns: int, count: int, receipt_ns: int) -> Placement:
        """Drop a frame that is too old, unless those before it were too and it follows on them."""
        before_ns, frames = self._older
        follows = 0.5 < (stamp_ns - before_ns) / (count * self._period.period_ns) < 1.5
        frames = frames + 1 if frames and follows else 1
        self._older = (stamp_ns, frames)
        if frames < OLDER_FRAMES:
            return Placement("older")
        return self._jump(stamp_ns, count, receipt_ns)

    def _jump(self, stamp_ns: int, count: int, receipt_ns: int) -> Placement:
        """Begin anew, where the last frame ended if it may be that nothing was lost."""
        follows_ns = (self._last_ns or 0) + round(count * self._period.period_ns)
        is_near = abs(receipt_ns - follows_ns) < NEAR_NS
        self._clock.restart(stamp_ns, follows_ns if is_near else receipt_ns)
        return self._begin(stamp_ns, count, receipt_ns)

    def _begin(self, stamp_ns: int, count: int, receipt_ns: int) -> Placement:
        """Place the first frame, or the first since the device's clock was set."""
        if not self._clock.epoch or abs(self._clock.lateness_ns(stamp_ns, receipt_ns)) > JUMP_NS:
            self._clock.restart(stamp_ns, receipt_ns)
        self._epoch = self._clock.epoch
        self._older = (0, 0)
        self._lossy.clear()
        self._period.anchor(stamp_ns)
        return self._lay_out(stamp_ns, count, receipt_ns, 0, is_gap=self._last_ns is not None)

    def _lay_out(
        self, stamp_ns: int, count: int, receipt_ns: int, missing: int, *, is_gap: bool
    ) -> Placement:
        self._stamp_ns = stamp_ns
        self._clock.observe(stamp_ns, receipt_ns)
        end_ns = self._clock.to_node_ns(self._period.end_ns())
        length_ns = round(count * self._period.period_ns)
        origin_ns = end_ns - length_ns
        if self._last_ns is not None:
            follows = not is_gap and abs(origin_ns - self._last_ns) < length_ns
            origin_ns = self._last_ns if follows else max(origin_ns, self._last_ns)
            end_ns = max(end_ns, origin_ns + count)
        self._last_ns = end_ns
        times_ns = origin_ns + np.arange(1, count + 1, dtype=np.int64) * (end_ns - origin_ns) // count
        return Placement("kept", times_ns, missing, is_gap)
