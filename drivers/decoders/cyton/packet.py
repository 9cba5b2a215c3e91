"""The packets of an OpenBCI Cyton, and where they begin in the stream of bytes.

From "Cyton Data Format" (https://docs.openbci.com/Cyton/CytonDataFormat/), sections "Binary Format",
"24-Bit Signed Data Values" and "Interpreting the EEG Data". Bytes: 1 header 0xA0; 2 sample number; 3 to 26
eight values of 24 bits, signed, the most significant byte first; 27 to 32 auxiliary; 33 footer 0xC0 to 0xCF,
which says what the auxiliary bytes are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

HEADER: Final = 0xA0
FOOTER: Final = 0xC0
SIZE: Final = 33
CHANNELS: Final = 8
MODULUS: Final = 256
RATE_HZ: Final = 250.0
MICROVOLTS: Final = 4.5e6 / 24 / (2**23 - 1)
"""A count in uV at a gain of 24, which a reset sets."""
MILLI_G: Final = 2 / 2**4
"""A count of the acceleration in thousandths of g."""
COUNT_MAX: Final = 2**23 - 1
COUNT_MIN: Final = -(2**23)


@dataclass(frozen=True, slots=True)
class CytonPacket:
    """One sample.

    Attributes:
        number: 0 to 255.
        counts: of the eight channels, 24 bits, signed.
        acceleration: counts of x, y and z; None where there is none: it is sampled at 25 Hz, and zeros stand
            in between. The auxiliary bytes of other footers than 0xC0 are not read.
    """

    number: int
    counts: tuple[int, ...]
    acceleration: tuple[int, int, int] | None = None


def parse(data: bytes) -> CytonPacket:
    """Return what 33 bytes with the right header and footer say."""
    counts = tuple(
        int.from_bytes(data[at : at + 3], "big", signed=True) for at in range(2, 2 + 3 * CHANNELS, 3)
    )
    x, y, z = (int.from_bytes(data[at : at + 2], "big", signed=True) for at in (26, 28, 30))
    is_there = data[32] == FOOTER and (x or y or z)
    return CytonPacket(data[1], counts, (x, y, z) if is_there else None)


class PacketFinder:
    """Cuts the stream into packets and what lies between them.

    Packets have no checksum. Where it does not stand right behind a packet, one is believed only if another
    begins where it ends.
    """

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._is_found = False

    def reset(self) -> None:
        """Forget what was cut off."""
        self._bytes.clear()
        self._is_found = False

    def feed(self, data: bytes) -> Iterator[CytonPacket | int]:
        """Yield the packets, and as a number each byte that is of none."""
        self._bytes += data
        while self._bytes:
            is_begun = self._bytes[0] == HEADER
            if is_begun and len(self._bytes) < SIZE + (not self._is_found):
                return
            is_packet = (
                is_begun
                and self._bytes[SIZE - 1] & 0xF0 == FOOTER
                and (self._is_found or self._bytes[SIZE] == HEADER)
            )
            self._is_found = is_packet
            yield parse(bytes(self._bytes[:SIZE])) if is_packet else self._bytes[0]
            del self._bytes[: SIZE if is_packet else 1]
