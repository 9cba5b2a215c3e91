"""Frames of the board protocol on the wire: ``COBS(type, stream, sequence, payload, CRC-32) 0x00``."""

import struct
import zlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from drivers.decoders.board import cobs
from drivers.decoders.fault import MalformedPacket

FRAME_MAX: Final = 250
"""Bytes of a frame with its CRC, so that COBS adds one code and the delimiter."""
BOARD_STREAM: Final = 0xFF
"""The stream of every frame that is not data: the board itself."""
DELIMITER: Final = b"\0"

_HEADER: Final = struct.Struct("<BBH")
_CRC_SIZE: Final = 4
PAYLOAD_MAX: Final = FRAME_MAX - _HEADER.size - _CRC_SIZE


@dataclass(frozen=True, slots=True)
class Frame:
    """A frame whose CRC was right.

    Attributes:
        kind: a ``MessageType``, or one of a later version.
        stream: ``BOARD_STREAM`` but for data.
        sequence: 0 to 65535, counted per direction and stream; of a command, the request id.
        payload: at most ``PAYLOAD_MAX`` bytes.
    """

    kind: int
    stream: int
    sequence: int
    payload: bytes = b""

    def pack(self) -> bytes:
        """Return its bytes on the wire, the delimiter last."""
        if len(self.payload) > PAYLOAD_MAX:
            raise ValueError(f"a payload of {len(self.payload)} bytes, where {PAYLOAD_MAX} fit")
        body = _HEADER.pack(self.kind, self.stream, self.sequence) + self.payload
        return cobs.encode(body + zlib.crc32(body).to_bytes(_CRC_SIZE, "little")) + DELIMITER


class DamageReason(StrEnum):
    """What is wrong with a frame, the first that applies."""

    TOO_LONG = "longer than a frame can be"
    CUT = "cut off"
    TOO_SHORT = "shorter than a frame can be"
    BAD_CRC = "the CRC is wrong"


@dataclass(frozen=True, slots=True)
class Damage:
    """What came between two delimiters and is no frame.

    Attributes:
        reason: why not.
        size: its bytes on the wire, without the delimiter.
    """

    reason: DamageReason
    size: int


class Framer:
    """Cuts a byte stream into frames.

    The same bytes give the same frames however they were cut, and after any junk and one delimiter the next
    good frame is found. Never holds more than a frame.
    """

    def __init__(self) -> None:
        self._partial = bytearray()
        self._dropped = 0

    def reset(self) -> None:
        """Forget what was begun: the rest of it will not come."""
        self._partial.clear()
        self._dropped = 0

    def feed(self, data: bytes) -> list[Frame | Damage]:
        """Return every frame that ends in these bytes, and what was none; delimiters in a row are idle."""
        *ended, rest = data.split(DELIMITER)
        found: list[Frame | Damage] = []
        for part in ended:
            self._add(part)
            if self._partial or self._dropped:
                found.append(self._end())
        self._add(rest)
        return found

    def _add(self, part: bytes) -> None:
        if not self._dropped and len(self._partial) + len(part) <= FRAME_MAX + 1:
            self._partial += part
            return
        self._dropped += len(self._partial) + len(part)
        self._partial.clear()

    def _end(self) -> Frame | Damage:
        encoded, dropped = bytes(self._partial), self._dropped
        self.reset()
        if dropped:
            return Damage(DamageReason.TOO_LONG, dropped)
        try:
            frame = cobs.decode(encoded)
        except MalformedPacket:
            return Damage(DamageReason.CUT, len(encoded))
        if len(frame) < _HEADER.size + _CRC_SIZE:
            return Damage(DamageReason.TOO_SHORT, len(encoded))
        body, crc = frame[:-_CRC_SIZE], frame[-_CRC_SIZE:]
        if zlib.crc32(body) != int.from_bytes(crc, "little"):
            return Damage(DamageReason.BAD_CRC, len(encoded))
        kind, stream, sequence = _HEADER.unpack_from(body)
        return Frame(kind, stream, sequence, body[_HEADER.size :])
