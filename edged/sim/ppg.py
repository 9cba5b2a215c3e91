"""The light that a simulated optical sensor sees, and the pulse intervals that it tells, as frames."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from edged.model import NS_PER_S, Packet
from edged.sim.device import radio_delay_ns
from edged.sim.physiology import Beat, Heart, Profile, chance
from edged.sim.pmd import DATA, DELTA, MeasurementType, Setting, Settings, Started, encode_deltas, frame
from edged.sim.sampling import Sampler, device_clock_ns
from edged.sim.spell import NEVER, Stretch
from edged.sim.waveforms import breath, noise, pulse

SAMPLES: Final = 28
"""In a frame of light: as many as surely fit, packed."""

PPI_BEGINS_S: Final = 25
"""It takes so long until the first intervals are told, and then"""
PPI_EVERY_S: Final = 5

_RATE_HZ: Final = 55
_CHANNELS: Final = 4
_24_BIT: Final = 0
_GREEN: Final = ((310_000, 6000.0), (284_000, 5200.0), (331_000, 6600.0))
"""Light, and how much of it the pulse takes, of each of three diodes."""
_AMBIENT: Final = 12_000
_NOISE: Final = 25.0

_PPI: Final = 0
_BLOCKER, _SKIN_CONTACT, _SKIN_CONTACT_SUPPORTED = 0x01, 0x02, 0x04
_BLOCKED: Final = {Profile.RESTING: 0.0, Profile.STRESS: 0.01, Profile.RECOVERY: 0.02, Profile.EXERCISE: 0.2}
"""How many intervals are told to be spoilt by movement."""


@dataclass(frozen=True, slots=True)
class PpgMeasurement:
    """Three green channels and ambient light at 55 Hz, 22 bits, as differences.

    Attributes:
        heart: whose pulse.
        contact_lost: while the sensor is off the skin.
    """

    heart: Heart
    contact_lost: Stretch = NEVER

    @property
    def kind(self) -> MeasurementType:
        """The photoplethysmogram."""
        return MeasurementType.PPG

    @property
    def settings(self) -> Settings:
        """There is no choice."""
        return {Setting.SAMPLE_RATE: (_RATE_HZ,), Setting.RESOLUTION: (22,), Setting.CHANNELS: (_CHANNELS,)}

    @property
    def factor(self) -> float | None:
        """The sensor says that samples are to be taken as they are."""
        return 1.0

    def frames(self, started: Started, start_ns: int, end_ns: int) -> Iterator[Packet]:
        """Yield the frames that arrive."""
        sampler = Sampler(self.heart.seed, "ppg", _RATE_HZ, SAMPLES, started.at_ns)
        for number, arrival_ns, times in sampler.frames(start_ns, end_ns):
            off = self.contact_lost.covers(float(times[-1]))
            wave = pulse(self.heart, times) + 0.3 * breath(self.heart, times)
            values = np.empty((SAMPLES, _CHANNELS))
            for channel, (light, depth) in enumerate(_GREEN):
                values[:, channel] = _AMBIENT if off else light + depth * wave
            values[:, -1] = _AMBIENT
            for channel in range(_CHANNELS):
                what = f"ppg {channel} {started.at_ns}"
                values[:, channel] += _NOISE * noise(self.heart.seed, what, sampler.samples(number))
            content = encode_deltas(np.rint(values).astype(np.int64).tolist(), 3)
            timestamp_ns = device_clock_ns(self.heart.seed, float(times[-1]))
            yield Packet(DATA, frame(self.kind, timestamp_ns, DELTA | _24_BIT, content), arrival_ns)


@dataclass(frozen=True, slots=True)
class PpiMeasurement:
    """Pulse intervals in ms, some at a time, without the times of the pulses.

    Attributes:
        heart: whose pulse.
        contact_lost: while the sensor is off the skin: it tells intervals still, and that they are spoilt.
    """

    heart: Heart
    contact_lost: Stretch = NEVER

    @property
    def kind(self) -> MeasurementType:
        """The intervals from pulse to pulse."""
        return MeasurementType.PPI

    @property
    def settings(self) -> Settings:
        """There are none."""
        return {}

    @property
    def factor(self) -> float | None:
        """An interval is in ms as it is."""
        return None

    def frames(self, started: Started, start_ns: int, end_ns: int) -> Iterator[Packet]:
        """Yield the frames that arrive, each with the pulses since the one before it."""
        since_s = (start_ns - started.at_ns) / NS_PER_S - PPI_BEGINS_S
        number = max(0, int(since_s // PPI_EVERY_S) - 1)
        while True:
            told_s = started.at_ns / NS_PER_S + PPI_BEGINS_S + number * PPI_EVERY_S
            if told_s * NS_PER_S >= end_ns:
                return
            arrival_ns = round(told_s * NS_PER_S) + radio_delay_ns(self.heart.seed, "ppi", number)
            if start_ns <= arrival_ns < end_ns:
                beats = self.heart.beats(told_s - PPI_EVERY_S, told_s)
                content = b"".join(self._interval(beat) for beat in beats)
                # Its timestamp is 0: the time of a pulse is not known to the sensor.
                yield Packet(DATA, frame(self.kind, 0, _PPI, content), arrival_ns)
            number += 1

    def _interval(self, beat: Beat) -> bytes:
        """Encode one: rate, interval in ms, its likely error in ms, flags."""
        seed = self.heart.seed
        off = self.contact_lost.covers(beat.time_s)
        spoilt = off or chance(seed, "ppi blocked", beat.number) < _BLOCKED[self.heart.profile]
        error_ms = 4 + int(8 * chance(seed, "ppi error", beat.number)) + (100 if spoilt else 0)
        jitter_ms = 4.0 * (
            chance(seed, "ppi jitter", beat.number) - chance(seed, "ppi jitter", beat.number - 1)
        )
        interval_ms = min(0xFFFF, round(beat.interval_s * 1000 + jitter_ms))
        rate = min(0xFF, round(self.heart.rate_at(beat.time_s)))
        flags = _SKIN_CONTACT_SUPPORTED | (0 if off else _SKIN_CONTACT) | (_BLOCKER if spoilt else 0)
        return struct.pack("<BHHB", rate, interval_ms, error_ms, flags)
