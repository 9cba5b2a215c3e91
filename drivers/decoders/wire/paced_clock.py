"""Which time of the node a device means that counts, but whose clock is poor.

A small board counts microseconds by a ceramic resonator, half a percent off, and an oximeter only the
samples that it sends. ``edged.signals.device_clock`` follows crystals, a hundred times better; here the pace
is a part of what is estimated.
"""

from math import exp
from typing import Final

from edged.model import NS_PER_MS, NS_PER_S

BANDWIDTH: Final = 0.2
"""Of the loop, rad/s: jitter of the receipt is averaged over some 10 s."""
PACE_MAX: Final = 0.05
"""Greatest difference in rate that is believed."""
ERROR_MAX_NS: Final = 50 * NS_PER_MS
"""So much of an error counts: what was held up on its way says little."""
JUMP_NS: Final = NS_PER_S
"""An error beyond this is another beginning: a pause, a reset, a clock that was set."""


class PacedClock:
    """A critically damped phase-locked loop of second order: it follows receipt, and is smooth.

    Times include the mean delay of the receipt. The first samples weigh more, so that one that was held up is
    soon forgotten.
    """

    def __init__(self) -> None:
        self._count = 0
        self._device_ns = 0
        self._node_ns = 0
        self._pace = 0.0

    def restart(self) -> None:
        """Begin anew at the next sample; the pace stays."""
        self._count = 0

    def late_ns(self, device_ns: int, receipt_ns: int) -> int:
        """Return how much later than expected something was received; 0 of the first."""
        return receipt_ns - self._due_ns(device_ns) if self._count else 0

    def place(self, device_ns: int, receipt_ns: int) -> tuple[int, bool]:
        """Return when a sample was taken, monotonic, and whether it is another beginning.

        Args:
            device_ns: when it was, in the device's count.
            receipt_ns: node monotonic.
        """
        step_ns = device_ns - self._device_ns
        error_ns = self.late_ns(device_ns, receipt_ns)
        is_beginning = not self._count or step_ns <= 0 or abs(error_ns) > JUMP_NS
        if is_beginning:
            self._count, self._node_ns = 1, receipt_ns
        else:
            self._count += 1
            self._node_ns = self._due_ns(device_ns) + self._correction_ns(step_ns, error_ns)
        self._device_ns = device_ns
        return self._node_ns, is_beginning

    def _due_ns(self, device_ns: int) -> int:
        step_ns = device_ns - self._device_ns
        return self._node_ns + step_ns + round(step_ns * self._pace)

    def _correction_ns(self, step_ns: int, error_ns: int) -> int:
        step_s = step_ns / NS_PER_S
        error = min(max(error_ns, -ERROR_MAX_NS), ERROR_MAX_NS)
        gain = 1 - exp(-2 * BANDWIDTH * step_s)
        pace = self._pace + gain * gain / 4 / step_s * error / NS_PER_S
        self._pace = min(max(pace, -PACE_MAX), PACE_MAX)
        return round(max(gain, 1 / self._count) * error)
