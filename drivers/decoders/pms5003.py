"""The decoder of Plantower's particle counters PMS5003, PMS7003 and PMSA003 (9600 baud, 8N1).

PMS5003 series data manual V2.3 (Plantower, 2016), appendix I: transport protocol, active mode.
"""

import struct
from dataclasses import dataclass
from typing import Final, Self

from drivers.decoders.options import one_of
from drivers.decoders.stream_cursor import StreamCursor
from drivers.decoders.wire.frame_buffer import NO_FRAME, WAIT, FrameBuffer
from drivers.decoders.wire.serial_decoder import SerialDecoder, Told
from edged.model import StreamInfo

PM1: Final = StreamInfo("pm1", "ug/m3")
PM2_5: Final = StreamInfo("pm2_5", "ug/m3")
PM10: Final = StreamInfo("pm10", "ug/m3")
PARTICLE_COUNT: Final = StreamInfo(
    "particle_count", "/dL", channels=("0.3um", "0.5um", "1um", "2.5um", "5um", "10um")
)
"""Particles of more than so much in diameter, in 0.1 L of air."""

_HEAD: Final = bytes.fromhex("42 4d 00 1c")
"""Two start characters, and the length of what follows: 13 words of data and the check code."""
_FRAME: Final = struct.Struct(">4x13HH")


@dataclass(frozen=True, slots=True)
class ParticleMeasurement:
    """A frame of the active mode, big-endian.

    Attributes:
        standard: PM1.0, PM2.5 and PM10 in ug/m3 as for standard particles (CF=1).
        atmospheric: the same under atmospheric environment.
        counts: particles of more than 0.3, 0.5, 1, 2.5, 5 and 10 um in 0.1 L of air.
    """

    standard: tuple[int, int, int]
    atmospheric: tuple[int, int, int]
    counts: tuple[int, ...]

    @classmethod
    def parse(cls, frame: bytes) -> Self:
        """Read a frame that ``measure`` has measured."""
        words = _FRAME.unpack(frame)
        return cls(words[0:3], words[3:6], words[6:12])


def measure(data: bytearray) -> int:
    """Tell how long the frame is: 32 bytes, the last two the sum of all before them."""
    if not data.startswith(_HEAD):
        return WAIT if _HEAD.startswith(data) else NO_FRAME
    if len(data) < _FRAME.size:
        return WAIT
    is_whole = int.from_bytes(data[30:32]) == sum(data[:30])
    return _FRAME.size if is_whole else NO_FRAME


class Pms5003Decoder(SerialDecoder):
    """Mass concentrations and particle counts; the sensor sends them on its own each 0.2 to 2.3 s.

    Args:
        particles: ``atmospheric`` or ``standard``, of which the mass concentrations are (CF=1 in the manual,
            for "the factory environment").

    Raises:
        DriverError: neither of them.
    """

    def __init__(self, *, particles: str = "atmospheric") -> None:
        super().__init__()
        self._is_standard = one_of("particles", particles, ("atmospheric", "standard")) == "standard"
        self._frames = FrameBuffer(measure, _FRAME.size)
        self._mass = [StreamCursor(info) for info in (PM1, PM2_5, PM10)]
        self._counts = StreamCursor(PARTICLE_COUNT)

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return all of them."""
        return (PM1, PM2_5, PM10, PARTICLE_COUNT)

    def _reset(self) -> None:
        self._frames.reset()

    def _take(self, data: bytes, told: Told) -> None:
        for frame in self._frames.feed(data):
            if isinstance(frame, int):
                self._junk(told, frame)
                continue
            self._understood()
            measurement = ParticleMeasurement.parse(frame)
            masses = measurement.standard if self._is_standard else measurement.atmospheric
            for cursor, mass in zip(self._mass, masses, strict=True):
                told.chunks.append(cursor.chunk(told.mono_ns, [mass]))
            told.chunks.append(self._counts.chunk(told.mono_ns, [measurement.counts]))
