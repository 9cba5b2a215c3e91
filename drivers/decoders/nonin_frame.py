"""Frames and packets of Nonin's serial data format 2.

OEM III Module Specification and Technical Information (Nonin Medical), "Serial Data Format #2": 75 frames a
second of five bytes, 25 frames a packet. Bit positions as in the driver that quotes it,
github.com/pez-globo/pufferfish-software (``Driver/Serial/Nonin``).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntFlag
from typing import Final, Self

from drivers.decoders.wire.frame_buffer import NO_FRAME, WAIT

FRAME_SIZE: Final = 5
FRAMES_A_PACKET: Final = 25
START: Final = 0x01
NO_SPO2: Final = 127
NO_HEART_RATE: Final = 511


class FrameStatus(IntFlag):
    """The second byte of a frame."""

    SYNC = 1 << 0
    """The first frame of a packet."""
    GREEN_PERFUSION = 1 << 1
    RED_PERFUSION = 1 << 2
    """With ``GREEN_PERFUSION`` yellow: a medium amplitude; alone a low one. During a pulse only."""
    SENSOR_ALARM = 1 << 3
    """The sensor gives nothing that could be analysed."""
    OUT_OF_TRACK = 1 << 4
    """No consecutive good pulses."""
    ARTIFACT = 1 << 5
    """A pulse that does not match the interval of those before."""
    SENSOR_DISCONNECT = 1 << 6
    ALWAYS = 1 << 7


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame.

    Attributes:
        status: its flags.
        pleth: the plethysmogram, 0 to 255.
        data: a part of the numbers of its packet.
    """

    status: FrameStatus
    pleth: int
    data: int

    @classmethod
    def parse(cls, frame: bytes) -> Self:
        """Read a frame that ``measure`` has measured."""
        return cls(FrameStatus(frame[1]), frame[2], frame[3])


@dataclass(frozen=True, slots=True)
class NoninNumbers:
    """What the 25 frames of a packet say together; None where the device has none.

    Attributes:
        heart_rate: in 1/min, the average of 4 beats.
        spo2: oxygen saturation in %, the average of 4 beats.
        spo2_fast: the same without a limit to its slew.
        extended_heart_rate: the average of 8 beats.
        extended_spo2: the average of 8 beats.
        revision: of the firmware.
    """

    heart_rate: int | None
    spo2: int | None
    spo2_fast: int | None
    extended_heart_rate: int | None
    extended_spo2: int | None
    revision: int

    @classmethod
    def parse(cls, data: Sequence[int]) -> Self:
        """Read the fourth bytes of 25 frames."""
        return cls(
            _heart_rate(data[0], data[1]),
            _spo2(data[2]),
            _spo2(data[9]),
            _heart_rate(data[13], data[14]),
            _spo2(data[15]),
            data[3],
        )


def measure(data: bytearray) -> int:
    """Tell how long the frame is: 5 bytes, 1, a status with its high bit, and the sum of four as the last."""
    if data[0] != START or (len(data) > 1 and not data[1] & FrameStatus.ALWAYS):
        return NO_FRAME
    if len(data) < FRAME_SIZE:
        return WAIT
    return FRAME_SIZE if sum(data[:4]) & 0xFF == data[4] else NO_FRAME


def _heart_rate(high: int, low: int) -> int | None:
    """Two bits and seven bits; 511 is none."""
    rate = (high & 0x03) << 7 | low & 0x7F
    return None if rate == NO_HEART_RATE else rate


def _spo2(data: int) -> int | None:
    """Seven bits; 127 is none."""
    spo2 = data & 0x7F
    return None if spo2 == NO_SPO2 else spo2
