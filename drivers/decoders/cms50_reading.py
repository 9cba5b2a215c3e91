"""What a Contec pulse oximeter says sixty times a second, in either of its protocols.

5-byte protocol: "Communication protocol (V5.0A)" by Contec, section 1.2. 9-byte protocol, of firmware 4.6 and
later: "Communication protocol (V7.0)", as github.com/timegrid/CMS50Dplus7 has it; a capture is in
github.com/headrotor/contec_data.
"""

from dataclasses import dataclass
from enum import IntFlag
from typing import Final, Self

from drivers.decoders.wire.frame_buffer import NO_FRAME, WAIT

SYNC: Final = 0x80
"""Set in the first byte of a 5-byte frame, and in all but the first of the other protocol's."""
LIVE: Final = 0x01
"""First byte of a 9-byte frame of live data."""
DISCONNECTED: Final = 0x0D
"""First byte of the notice that the device ends the connection."""

FRAME_5_SIZE: Final = 5
FRAME_9_SIZE: Final = 9
NOTICE_SIZE: Final = 3


class OximeterStatus(IntFlag):
    """What the device notes against a reading."""

    SEARCHING_TOO_LONG = 1 << 0
    """The finger is out."""
    SPO2_DROPPING = 1 << 1
    BEEP = 1 << 2
    """A pulse beat just now."""
    PROBE_ERROR = 1 << 3
    SEARCHING = 1 << 4
    """For the pulse."""


@dataclass(frozen=True, slots=True)
class OximeterReading:
    """A frame of live data.

    Attributes:
        signal_strength: 0 to 8; 0 is no pulsation.
        status: what the device notes.
        pleth: the plethysmogram, 0 to 127.
        bar_graph: its height on the display, 0 to 15.
        pulse_rate: in 1/min; None for none.
        spo2: oxygen saturation in %; None for none.
    """

    signal_strength: int
    status: OximeterStatus
    pleth: int
    bar_graph: int
    pulse_rate: int | None
    spo2: int | None

    @classmethod
    def parse_5(cls, frame: bytes) -> Self:
        """Read a 5-byte frame that ``measure_5`` has measured."""
        status = OximeterStatus(frame[0] >> 4 & 0x07)
        if frame[2] & 0x10:
            status |= OximeterStatus.PROBE_ERROR
        if frame[2] & 0x20:
            status |= OximeterStatus.SEARCHING
        pulse_rate = (frame[2] & 0x40) << 1 | frame[3]
        return cls._of(frame[0], status, frame[1], frame[2], pulse_rate, frame[4])

    @classmethod
    def parse_9(cls, frame: bytes) -> Self:
        """Read a 9-byte frame of ``LIVE`` data that ``measure_9`` has measured."""
        data = unpacked(frame)
        status = OximeterStatus(data[0] >> 4)
        if data[1] & 0x80:
            status |= OximeterStatus.SEARCHING
        return cls._of(data[0], status, data[1] & 0x7F, data[2], data[3], data[4])

    @classmethod
    def _of(
        cls, strength: int, status: OximeterStatus, pleth: int, bar_graph: int, pulse_rate: int, spo2: int
    ) -> Self:
        return cls(
            strength & 0x0F,
            status,
            pleth,
            bar_graph & 0x0F,
            None if pulse_rate in {0, 0xFF} else pulse_rate,
            None if spo2 in {0, 0x7F} else spo2,
        )


def unpacked(frame: bytes) -> bytes:
    """Return the data of a 9-byte frame, whose second byte holds the high bits of those behind it."""
    high = frame[1]
    return bytes(byte & 0x7F | (high >> index & 1) << 7 for index, byte in enumerate(frame[2:]))


def command(code: int) -> bytes:
    """Return a command of the 9-byte protocol, whose high bit is set and whose other data are 0."""
    return bytes((0x7D, SYNC | 0x01, SYNC | code, *[SYNC] * 6))


def measure_5(data: bytearray) -> int:
    """Tell how long the frame is: 5 bytes, the first alone with its high bit set."""
    if not data[0] & SYNC or any(byte & SYNC for byte in data[1:FRAME_5_SIZE]):
        return NO_FRAME
    return WAIT if len(data) < FRAME_5_SIZE else FRAME_5_SIZE


def measure_9(data: bytearray) -> int:
    """Tell how long the frame is: 9 bytes for live data; other answers go on to the next first byte."""
    if data[0] & SYNC:
        return NO_FRAME
    size = next((at for at, byte in enumerate(data[1 : FRAME_9_SIZE + 1], 1) if not byte & SYNC), len(data))
    if data[0] == LIVE:
        if size < min(len(data), FRAME_9_SIZE):
            return NO_FRAME
        return WAIT if size < FRAME_9_SIZE else FRAME_9_SIZE
    is_notice = data[0] == DISCONNECTED
    if is_notice and size >= NOTICE_SIZE:
        return NOTICE_SIZE
    if size == len(data) <= FRAME_9_SIZE:
        return WAIT
    return size if 2 <= size <= FRAME_9_SIZE and not is_notice else NO_FRAME
