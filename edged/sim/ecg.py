"""The electrocardiogram of a simulated H10, as frames."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from edged.model import NS_PER_S, Packet
from edged.sim.physiology import Heart, Profile
from edged.sim.pmd import DATA, MeasurementType, Setting, Settings, Started, frame
from edged.sim.sampling import Sampler, device_clock_ns
from edged.sim.spell import NEVER, Stretch
from edged.sim.waveforms import Times, Values, ecg_uv, noise, settling_uv, wander_uv

SAMPLES: Final = 73
"""In a frame: as many as fit."""

_RATE_HZ: Final = 130
_RAW_24_BIT: Final = 0
_LIMIT_UV: Final = (1 << 23) - 1
_NOISE_UV: Final = {Profile.RESTING: 6.0, Profile.STRESS: 8.0, Profile.RECOVERY: 12.0, Profile.EXERCISE: 25.0}
_HUM_UV: Final = 1500.0
"""What electrodes in the air pick up from the mains."""


@dataclass(frozen=True, slots=True)
class EcgMeasurement:
    """130 Hz, raw, 3 bytes a sample, in uV.

    Attributes:
        heart: whose.
        contact_lost: while the electrodes do not touch the skin.
    """

    heart: Heart
    contact_lost: Stretch = NEVER

    @property
    def kind(self) -> MeasurementType:
        """The electrocardiogram."""
        return MeasurementType.ECG

    @property
    def settings(self) -> Settings:
        """There is no choice."""
        return {Setting.SAMPLE_RATE: (_RATE_HZ,), Setting.RESOLUTION: (14,)}

    @property
    def factor(self) -> float | None:
        """A sample is in uV as it is."""
        return None

    def frames(self, started: Started, start_ns: int, end_ns: int) -> Iterator[Packet]:
        """Yield the frames that arrive."""
        sampler = Sampler(self.heart.seed, "ecg", _RATE_HZ, SAMPLES, started.at_ns)
        for number, arrival_ns, times in sampler.frames(start_ns, end_ns):
            values = self._shown_uv(times) + settling_uv(times - started.at_ns / NS_PER_S)
            values += _NOISE_UV[self.heart.profile] * noise(
                self.heart.seed, f"ecg {started.at_ns}", sampler.samples(number)
            )
            whole = np.clip(np.rint(values), -_LIMIT_UV, _LIMIT_UV).astype("<i4")
            content = whole.view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
            timestamp_ns = device_clock_ns(self.heart.seed, float(times[-1]))
            yield Packet(DATA, frame(self.kind, timestamp_ns, _RAW_24_BIT, content), arrival_ns)

    def _shown_uv(self, times: Times) -> Values:
        if self.contact_lost.covers(float(times[-1])):
            return np.asarray(_HUM_UV * np.sin(2.0 * np.pi * 50.0 * times), dtype=np.float64)
        return ecg_uv(self.heart, times) + wander_uv(self.heart, times)
