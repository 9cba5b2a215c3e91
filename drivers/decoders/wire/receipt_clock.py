"""Sample times of a device that counts its samples and has no clock: from when they were received."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edged.model import NS_PER_MS, NS_PER_S

DELAY_S: Final = 0.008
"""Standard deviation of the delay of a block: adapters hold bytes back for up to 16 ms."""
RATE_USUAL: Final = 0.01
"""Standard deviation of the true rate about the nominal one, relative."""
WANDER: Final = 1.3e-4
"""Standard deviation of the relative change of the rate in one second: the filter settles at some 0.02 Hz."""
RATE_TOLERANCE: Final = 0.03
"""Greatest difference of the true rate from the nominal one: converters run on RC oscillators."""
ERROR_MAX_NS: Final = 40 * NS_PER_MS
"""A block that much before its time shows that the beginning came late; one behind it was held up, or there
was a loss: the times do not follow it."""
LATE_FOR_NS: Final = NS_PER_S
"""What has been late for so long was not held up."""
LOST_NS: Final = 100 * NS_PER_MS
"""So late, and at least half a turn of the counter: there was a loss that it could not show. Less is a delay
of the link that has grown."""


@dataclass(frozen=True, slots=True)
class Block:
    """Where consecutive samples belong.

    Attributes:
        times_ns: node monotonic, int64, shape (n,), strictly increasing over all blocks.
        missing: samples lost just before it that the counter did not show.
        is_gap: whether it does not follow on the block before.
    """

    times_ns: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    missing: int = 0
    is_gap: bool = False


class ReceiptClock:
    """Follows the end of the blocks and the rate of the samples (a Kalman filter).

    Times are late by the mean delay of the link, which cannot be seen. ``edged.signals.timebase`` is for
    devices that stamp their frames: ``DeviceClock`` believes a skew of 200 ppm, and a converter without a
    crystal is off by 5000.

    Args:
        rate_hz: nominal.
        modulus: of the device's counter: of a longer loss only the rest is counted, and time tells the whole.
    """

    def __init__(self, rate_hz: float, modulus: int) -> None:
        self._nominal_ns = self._period_ns = NS_PER_S / rate_hz
        self._modulus_ns = modulus * self._nominal_ns
        self._modulus = modulus
        self._lost_ns = max(float(LOST_NS), self._modulus_ns / 2)
        self._anchor_ns = 0
        self._end_ns = 0.0
        self._end_var = DELAY_S**2
        self._covar = 0.0
        self._rate_var = RATE_USUAL**2
        self._last_ns: int | None = None
        self._is_begun = False
        self._late_since_ns: int | None = None
        self._least_late_ns = 0.0

    def begin(self) -> None:
        """Begin a connection: when the next block ends, its receipt tells; the rate stays."""
        self._is_begun = False

    def place(self, count: int, missing: int, receipt_ns: int) -> Block:
        """Place a block.

        Args:
            count: of its samples, at least 1.
            missing: samples lost before it, by the counter.
            receipt_ns: of its last sample.
        """
        if not self._is_begun:
            is_gap = self._last_ns is not None
            self._begin(receipt_ns)
            return self._laid_out(count, is_gap=is_gap)
        self._pass((count + missing) * self._period_ns)
        error_ns = receipt_ns - self._anchor_ns - self._end_ns
        late_ns = self._lasting_lateness_ns(error_ns, receipt_ns)
        more = 0
        if late_ns >= self._lost_ns:
            more = max(round(late_ns / self._modulus_ns), 1) * self._modulus
            self._pass(more * self._period_ns)
        elif late_ns:
            self._end_ns += late_ns
        elif error_ns < -ERROR_MAX_NS:
            self._begin(receipt_ns)
        elif error_ns <= ERROR_MAX_NS:
            self._follow(error_ns)
        return self._laid_out(count, more, is_gap=missing + more > 0)

    def _begin(self, receipt_ns: int) -> None:
        self._is_begun = True
        self._anchor_ns, self._end_ns = receipt_ns, 0.0
        self._end_var, self._covar = DELAY_S**2, 0.0
        self._late_since_ns = None

    def _pass(self, passed_ns: float) -> None:
        """Let time pass: what is known of the end and the rate fades."""
        passed_s = passed_ns / NS_PER_S
        self._end_ns += passed_ns
        self._end_var += passed_s * (2 * self._covar + passed_s * self._rate_var)
        self._covar += passed_s * self._rate_var
        self._rate_var += WANDER**2 * passed_s

    def _follow(self, error_ns: float) -> None:
        innovation_var = self._end_var + DELAY_S**2
        end_gain, rate_gain = self._end_var / innovation_var, self._covar / innovation_var
        self._end_ns += end_gain * error_ns
        period_ns = self._period_ns + self._nominal_ns * rate_gain * error_ns / NS_PER_S
        least, most = self._nominal_ns * (1 - RATE_TOLERANCE), self._nominal_ns * (1 + RATE_TOLERANCE)
        self._period_ns = min(max(period_ns, least), most)
        self._rate_var -= rate_gain * self._covar
        self._covar *= 1 - end_gain
        self._end_var *= 1 - end_gain

    def _lasting_lateness_ns(self, error_ns: float, receipt_ns: int) -> float:
        """Return by how much all blocks were late for ``LATE_FOR_NS``; 0 where they were not."""
        if error_ns <= ERROR_MAX_NS:
            self._late_since_ns = None
            return 0.0
        if self._late_since_ns is None:
            self._late_since_ns, self._least_late_ns = receipt_ns, error_ns
        self._least_late_ns = min(self._least_late_ns, error_ns)
        if receipt_ns - self._late_since_ns < LATE_FOR_NS:
            return 0.0
        self._late_since_ns = None
        return self._least_late_ns

    def _laid_out(self, count: int, missing: int = 0, *, is_gap: bool) -> Block:
        end_ns = self._anchor_ns + round(self._end_ns)
        origin_ns = end_ns - round(count * self._period_ns)
        if self._last_ns is not None:
            origin_ns = max(origin_ns, self._last_ns)
            end_ns = max(end_ns, origin_ns + count)
        self._last_ns = end_ns
        times_ns = origin_ns + np.arange(1, count + 1, dtype=np.int64) * (end_ns - origin_ns) // count
        return Block(times_ns, missing, is_gap)
