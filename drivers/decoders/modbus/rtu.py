"""Requests and answers of Modbus RTU.

"MODBUS Application Protocol Specification" V1.1b3, sections 6.1 to 6.4, 6.6 and 7, and "MODBUS over Serial
Line" V1.02, section 2.5.1 and appendix B: address, function, data, CRC-16 with the low byte first.

Frames are told by what they say rather than by the silence of 3.5 characters that should lie between them:
USB adapters and operating systems keep none of it. Only those are looked for that can answer what is asked.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

EXCEPTION: Final = 0x80
EXCEPTIONS: Final = {
    1: "illegal function",
    2: "illegal data address",
    3: "illegal data value",
    4: "server device failure",
    5: "acknowledged, not yet done",
    6: "server device busy",
    8: "memory parity error",
    10: "gateway path unavailable",
    11: "gateway target device failed to respond",
}
LASTING: Final = frozenset({1, 2, 3})
"""Exceptions that asking again does not mend."""
JUNK_MAX: Final = 1024


class Function(IntEnum):
    """Functions that are used."""

    READ_COILS = 1
    READ_DISCRETE_INPUTS = 2
    READ_HOLDING_REGISTERS = 3
    READ_INPUT_REGISTERS = 4
    WRITE_SINGLE_REGISTER = 6

    @property
    def is_of_bits(self) -> bool:
        """True where a register is a single bit."""
        return self in (Function.READ_COILS, Function.READ_DISCRETE_INPUTS)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of a device.

    Attributes:
        device: its address, 1 to 247.
        function: to do.
        register: the first one, from 0.
        value: how many are read, or what is written.
    """

    device: int
    function: Function
    register: int
    value: int

    def encode(self) -> bytes:
        """Return the frame."""
        return with_crc(struct.pack(">BBHH", self.device, self.function, self.register, self.value))

    @property
    def answer_begins(self) -> bytes:
        """The bytes that its answer begins with: of a write, it is the request itself."""
        if self.function is Function.WRITE_SINGLE_REGISTER:
            return self.encode()[:6]
        size = (self.value + 7) // 8 if self.function.is_of_bits else 2 * self.value
        return bytes((self.device, self.function, size))

    @property
    def answer_size(self) -> int:
        """Bytes of its answer."""
        if self.function is Function.WRITE_SINGLE_REGISTER:
            return 8
        return 5 + self.answer_begins[2]


@dataclass(frozen=True, slots=True)
class Answer:
    """A frame of a device.

    Attributes:
        begins: its first bytes, as in ``Request.answer_begins``; for an exception address and function.
        data: the registers or bits; for an exception its code.
        is_exception: whether it refuses.
    """

    begins: bytes
    data: bytes
    is_exception: bool = False

    def is_to(self, request: Request) -> bool:
        """Tell whether it may answer this."""
        if self.is_exception:
            return self.begins == bytes((request.device, request.function | EXCEPTION))
        return self.begins == request.answer_begins


@dataclass(frozen=True, slots=True)
class Junk:
    """Bytes that are no answer.

    Attributes:
        size: how many.
        is_damaged: whether they look like an answer but for their checksum.
    """

    size: int
    is_damaged: bool = False


class AnswerFinder:
    """Finds in the stream of bytes the frames that can answer some requests.

    Args:
        requests: all that are ever asked.
    """

    def __init__(self, requests: Sequence[Request]) -> None:
        self._bytes = bytearray()
        self._answers = {request.answer_begins: request.answer_size for request in requests}
        self._exceptions = {bytes((each.device, each.function | EXCEPTION)) for each in requests}
        writes = {Function.WRITE_SINGLE_REGISTER}
        self._echoes = {each.encode() for each in requests if each.function not in writes}
        self._junk = 0
        self._is_damaged = False

    def reset(self) -> None:
        """Forget what was cut off."""
        self._bytes.clear()
        self._junk, self._is_damaged = 0, False

    def break_off(self) -> Iterator[Junk]:
        """Take it that nothing more comes of what has begun, and yield that."""
        self._junk += len(self._bytes)
        self._bytes.clear()
        yield from self._told_junk()

    @property
    def is_disturbed(self) -> bool:
        """Whether there was something since the last answer that is none, or not yet."""
        return bool(self._bytes or self._junk)

    def feed(self, data: bytes) -> Iterator[Answer | Junk]:
        """Yield the answers, and before them the bytes that are none.

        What an adapter echoes of the requests is left out.
        """
        self._bytes += data
        while self._bytes:
            size = self._size_here()
            if size is None:
                return
            frame = bytes(self._bytes[:size])
            if not size or (frame not in self._echoes and not is_whole(frame)):
                del self._bytes[0]
                self._junk += 1
                self._is_damaged |= size > 0
                if self._junk >= JUNK_MAX:
                    yield from self._told_junk()
                continue
            del self._bytes[:size]
            if frame in self._echoes:
                continue
            yield from self._told_junk()
            yield self._answer(frame)

    def _size_here(self) -> int | None:
        """Return the size of the frame that begins here; 0 for none, None where more bytes are needed."""
        head = bytes(self._bytes)
        sizes = [
            *((begins, size) for begins, size in self._answers.items()),
            *((begins, 5) for begins in self._exceptions),
            *((echo, len(echo)) for echo in self._echoes),
        ]
        is_begun = False
        for begins, size in sizes:
            if head.startswith(begins) and len(head) >= size:
                return size
            is_begun |= begins.startswith(head) or head.startswith(begins)
        return None if is_begun else 0

    def _answer(self, frame: bytes) -> Answer:
        if frame[:2] in self._exceptions:
            return Answer(frame[:2], frame[2:3], is_exception=True)
        begins = frame[:6] if frame[:6] in self._answers else frame[:3]
        return Answer(begins, frame[len(begins) : -2])

    def _told_junk(self) -> Iterator[Junk]:
        if self._junk:
            yield Junk(self._junk, self._is_damaged)
        self._junk, self._is_damaged = 0, False


def crc16(data: bytes) -> int:
    """Return the CRC-16/MODBUS."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc


def with_crc(data: bytes) -> bytes:
    """Return a frame."""
    return data + crc16(data).to_bytes(2, "little")


def is_whole(frame: bytes) -> bool:
    """Tell whether the checksum of a frame is right."""
    return crc16(frame[:-2]) == int.from_bytes(frame[-2:], "little")
