"""When a simulated sensor takes its samples, and when they arrive."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import floor, sin, tau
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edged.model import NS_PER_S
from edged.sim.device import radio_delay_ns
from edged.sim.physiology import chance
from edged.sim.pmd import UNSET_CLOCK_NS

REAL_RATE: Final = (130.01 / 130.0, 130.16 / 130.0)
"""What a sample rate really is, in units of the nominal one: as measured on H10s."""

_DRIFT: Final = 20e-6
"""Amplitude of a slow change of the rate, as temperature makes it."""
_DRIFT_PERIOD_S: Final = 2400.0
_CLOCK_ERROR: Final = 5e-6


@dataclass(frozen=True, slots=True)
class Sampler:
    """A converter that began at a moment and gathers its samples into frames.

    Attributes:
        seed: which device: its rate is a little higher than it says, and drifts.
        what: name of the stream, which has radio delays of its own.
        rate_hz: what it says.
        per_frame: samples in a frame.
        began_ns: when it began, in the device's time.
    """

    seed: int
    what: str
    rate_hz: float
    per_frame: int
    began_ns: int

    @property
    def real_rate_hz(self) -> float:
        """The mean rate, which is what the device's crystal makes of the nominal one."""
        low, high = REAL_RATE
        return self.rate_hz * (low + (high - low) * chance(self.seed, "sample rate"))

    def times(self, numbers: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return when samples are taken, in seconds of the device's time; they count from 0."""
        even = (numbers + 1) / self.real_rate_hz
        phase = tau * chance(self.seed, "drift")
        swing_s = _DRIFT * _DRIFT_PERIOD_S / tau
        wander = swing_s * (np.sin(tau * even / _DRIFT_PERIOD_S + phase) - sin(phase))
        return np.asarray(self.began_ns / NS_PER_S + even + wander, dtype=np.float64)

    def samples(self, number: int) -> NDArray[np.int64]:
        """Return the numbers of the samples in a frame."""
        return np.arange(number * self.per_frame, (number + 1) * self.per_frame, dtype=np.int64)

    def frames(self, start_ns: int, end_ns: int) -> Iterator[tuple[int, int, NDArray[np.float64]]]:
        """Yield the frames that arrive from ``start_ns`` to before ``end_ns``: number, arrival, times."""
        frame_s = self.per_frame / self.real_rate_hz
        # Two frames earlier is early enough for the drift and the radio's delay.
        number = max(0, floor((start_ns - self.began_ns) / NS_PER_S / frame_s) - 3)
        while True:
            times = self.times(self.samples(number))
            taken_ns = round(float(times[-1]) * NS_PER_S)
            if taken_ns >= end_ns:
                return
            arrival_ns = taken_ns + radio_delay_ns(self.seed, self.what, number)
            if start_ns <= arrival_ns < end_ns:
                yield number, arrival_ns, times
            number += 1


def device_clock_ns(seed: int, time_s: float) -> int:
    """Return what the device's own clock shows, which nobody set, in nanoseconds since 2000-01-01."""
    error = _CLOCK_ERROR * (2.0 * chance(seed, "clock") - 1.0)
    return UNSET_CLOCK_NS + round(time_s * (1.0 + error) * NS_PER_S)
