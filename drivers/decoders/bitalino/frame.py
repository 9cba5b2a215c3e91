"""The frames of a BITalino, and where they begin in the stream of bytes.

A frame has no header. From the last byte back, as its firmware sends it (``live.c`` and ``crc.c`` of
https://github.com/BITalinoWorld/firmware-bitalino) and the vendor's ``bitalino.py`` (``read`` of
https://github.com/BITalinoWorld/revolution-python-api) takes it apart:

    -1  sequence, 4 bits | CRC, 4 bits
    -2  I1 I2 I3 I4 (O1 O2 in place of the last two since version 2) | first channel, bits 9 to 6
    -3  first, 5 to 0 | second, 9 and 8
    -4  second, 7 to 0
    -5  third, 9 to 2
    -6  third, 1 and 0 | fourth, 9 to 4
    -7  fourth, 3 to 0 | fifth, 5 to 2
    -8  fifth, 1 and 0 | sixth, 5 to 0

The first four channels of a frame have 10 bits, a fifth and a sixth only the upper 6.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

SIZES: Final = (0, 3, 4, 6, 7, 8, 8)
"""Bytes of a frame by the number of its channels."""
MODULUS: Final = 16
SURE: Final = 3
"""So many frames in a row must fit before the first is believed: of random bytes, one in a million does."""
_CRC: Final = (0, 3, 6, 5, 12, 15, 10, 9, 11, 8, 13, 14, 7, 4, 1, 2)


@dataclass(frozen=True, slots=True)
class BitalinoFrame:
    """One sample.

    Attributes:
        number: 0 to 15.
        digital: the four digital lines, 0 or 1.
        analog: of each channel, as the converter gives it.
    """

    number: int
    digital: tuple[int, ...]
    analog: tuple[int, ...]


def bits(index: int) -> int:
    """Return how many bits the channel at this place of a frame has."""
    return 10 if index < 4 else 6


def crc4(data: bytes) -> int:
    """Return the checksum of a frame: polynomial x^4 + x + 1, over all but the checksum itself."""
    crc = 0
    for byte in data[:-1]:
        crc = _CRC[crc] ^ byte >> 4
        crc = _CRC[crc] ^ byte & 15
    return _CRC[_CRC[crc] ^ data[-1] >> 4]


def is_frame(data: bytes) -> bool:
    """Tell whether the checksum is right, which it is for one in 16 of any bytes."""
    return crc4(data) == data[-1] & 15


def parse(data: bytes, channels: int) -> BitalinoFrame:
    """Return what a frame says."""
    last = data[::-1] + bytes(8 - len(data))
    analog = (
        (last[1] & 15) << 6 | last[2] >> 2,
        (last[2] & 3) << 8 | last[3],
        last[4] << 2 | last[5] >> 6,
        (last[5] & 63) << 4 | last[6] >> 4,
        (last[6] & 15) << 2 | last[7] >> 6,
        last[7] & 63,
    )
    digital = tuple(last[1] >> bit & 1 for bit in (7, 6, 5, 4))
    return BitalinoFrame(last[0] >> 4, digital, analog[:channels])


class FrameFinder:
    """Cuts the stream into frames.

    One that continues the sequence is believed at once. Where one does not, or its checksum is wrong, the
    next ``SURE`` frames that follow on one another are looked for, from the next byte on.

    Args:
        channels: in a frame, 1 to 6.
    """

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._size = SIZES[channels]
        self._bytes = bytearray()
        self._next: int | None = None

    def reset(self) -> None:
        """Forget what was cut off."""
        self._bytes.clear()
        self._next = None

    def feed(self, data: bytes) -> Iterator[BitalinoFrame | int]:
        """Yield the frames, and as a number each byte that is of none."""
        self._bytes += data
        while len(self._bytes) >= self._size:
            if self._next is None:
                fits = self._fits_here()
                if fits is None:
                    return
                if not fits:
                    yield self._bytes.pop(0)
                    continue
                self._next = self._bytes[self._size - 1] >> 4
            frame = bytes(self._bytes[: self._size])
            if not is_frame(frame) or frame[-1] >> 4 != self._next:
                self._next = None
                continue
            self._next = (self._next + 1) % MODULUS
            del self._bytes[: self._size]
            yield parse(frame, self._channels)

    def _fits_here(self) -> bool | None:
        """Tell whether ``SURE`` frames begin here; None where more bytes are needed."""
        before: int | None = None
        for at in range(0, SURE * self._size, self._size):
            frame = bytes(self._bytes[at : at + self._size])
            if len(frame) < self._size:
                return None
            number = frame[-1] >> 4
            if not is_frame(frame) or (before is not None and number != (before + 1) % MODULUS):
                return False
            before = number
        return True
