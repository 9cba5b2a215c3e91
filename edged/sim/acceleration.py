"""The acceleration of a simulated sensor, as frames."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from edged.model import Packet
from edged.sim.physiology import Heart
from edged.sim.pmd import DATA, DELTA, MeasurementType, Setting, Settings, Started, encode_deltas, frame
from edged.sim.sampling import Sampler, device_clock_ns
from edged.sim.waveforms import acceleration_mg, noise

SAMPLES: Final = 36
"""In a frame."""

_16_BIT: Final = 1
_NOISE_MG: Final = 3.0
_G_MG: Final = 1000


@dataclass(frozen=True, slots=True)
class AccMeasurement:
    """Three axes of 16 bits each, in mG.

    Attributes:
        heart: whose chest or arm.
        rates_hz: what may be chosen.
        ranges_g: what may be chosen.
        packed: whether samples are sent as differences.
        channels: whether the number of axes is among the settings.
    """

    heart: Heart
    rates_hz: tuple[int, ...]
    ranges_g: tuple[int, ...]
    packed: bool = False
    channels: bool = False

    @property
    def kind(self) -> MeasurementType:
        """The acceleration."""
        return MeasurementType.ACC

    @property
    def settings(self) -> Settings:
        """Rate and range."""
        return {
            Setting.SAMPLE_RATE: self.rates_hz,
            Setting.RESOLUTION: (16,),
            Setting.RANGE: self.ranges_g,
        } | ({Setting.CHANNELS: (3,)} if self.channels else {})

    @property
    def factor(self) -> float | None:
        """A sample is in mG as it is."""
        return None

    def frames(self, started: Started, start_ns: int, end_ns: int) -> Iterator[Packet]:
        """Yield the frames that arrive."""
        rate_hz = started.chosen[Setting.SAMPLE_RATE]
        limit_mg = started.chosen[Setting.RANGE] * _G_MG
        sampler = Sampler(self.heart.seed, "acc", rate_hz, SAMPLES, started.at_ns)
        for number, arrival_ns, times in sampler.frames(start_ns, end_ns):
            values = acceleration_mg(self.heart, times)
            for axis in range(3):
                what = f"acc {axis} {started.at_ns}"
                values[:, axis] += _NOISE_MG * noise(self.heart.seed, what, sampler.samples(number))
            whole = np.clip(np.rint(values), -limit_mg, limit_mg - 1).astype("<i2")
            timestamp_ns = device_clock_ns(self.heart.seed, float(times[-1]))
            if self.packed:
                data = frame(self.kind, timestamp_ns, DELTA | _16_BIT, encode_deltas(whole.tolist(), 2))
            else:
                data = frame(self.kind, timestamp_ns, _16_BIT, whole.tobytes())
            yield Packet(DATA, data, arrival_ns)
