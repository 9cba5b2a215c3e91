"""What a host asks of a board. Each command carries a request id and is acknowledged with it.

A board executes an id once: the same command sent again needs the same id, another one needs another.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from drivers.decoders.board.frame import BOARD_STREAM, Frame
from drivers.decoders.board.vocabulary import MessageType, TestPattern
from drivers.decoders.fault import MalformedPacket

_SET_RATE: Final = struct.Struct("<BBI")
_MASK: Final = struct.Struct("<H")
_TIME: Final = struct.Struct("<Q")
_BAUD: Final = struct.Struct("<I")
_TEST: Final = struct.Struct("<B")


@dataclass(frozen=True, slots=True)
class Identify:
    """Send HELLO and the descriptors of the channels."""

    def pack(self) -> bytes:
        """Return the arguments."""
        return b""


@dataclass(frozen=True, slots=True)
class SetRate:
    """Sample a stream at another rate; the acknowledgement tells the one achieved.

    Attributes:
        stream: which.
        rate_mhz: samples in 1000 s.
    """

    stream: int
    rate_mhz: int

    @classmethod
    def parse(cls, arguments: bytes) -> Self:
        """Read it; ``MalformedPacket`` where it ends too early."""
        stream, _, rate_mhz = _unpack(_SET_RATE, arguments)
        return cls(stream, rate_mhz)

    def pack(self) -> bytes:
        """Return the arguments."""
        return _SET_RATE.pack(self.stream, 0, self.rate_mhz)


@dataclass(frozen=True, slots=True)
class Start:
    """Start streams; those that run go on.

    Attributes:
        mask: bit n for stream n.
    """

    mask: int

    @classmethod
    def parse(cls, arguments: bytes) -> Self:
        """Read it; ``MalformedPacket`` where it ends too early."""
        return cls(*_unpack(_MASK, arguments))

    def pack(self) -> bytes:
        """Return the arguments."""
        return _MASK.pack(self.mask)


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop streams.

    Attributes:
        mask: bit n for stream n.
    """

    mask: int

    @classmethod
    def parse(cls, arguments: bytes) -> Self:
        """Read it; ``MalformedPacket`` where it ends too early."""
        return cls(*_unpack(_MASK, arguments))

    def pack(self) -> bytes:
        """Return the arguments."""
        return _MASK.pack(self.mask)


@dataclass(frozen=True, slots=True)
class Time:
    """Tell the board's clock; see ``BoardClock``. Never send one twice under the same id.

    Attributes:
        host_us: the host's clock, for those who read the line.
    """

    host_us: int

    @classmethod
    def parse(cls, arguments: bytes) -> Self:
        """Read it; ``MalformedPacket`` where it ends too early."""
        return cls(*_unpack(_TIME, arguments))

    def pack(self) -> bytes:
        """Return the arguments."""
        return _TIME.pack(self.host_us)


@dataclass(frozen=True, slots=True)
class SetBaud:
    """Change the rate of the line, after the acknowledgement.

    Attributes:
        baud: bits per second.
    """

    baud: int

    @classmethod
    def parse(cls, arguments: bytes) -> Self:
        """Read it; ``MalformedPacket`` where it ends too early."""
        return cls(*_unpack(_BAUD, arguments))

    def pack(self) -> bytes:
        """Return the arguments."""
        return _BAUD.pack(self.baud)


@dataclass(frozen=True, slots=True)
class Test:
    """Send a pattern in place of the samples of every stream.

    Attributes:
        pattern: a ``TestPattern``.
    """

    __test__ = False  # not a test of pytest's

    pattern: int = TestPattern.RAMP

    @classmethod
    def parse(cls, arguments: bytes) -> Self:
        """Read it; ``MalformedPacket`` where it ends too early."""
        return cls(*_unpack(_TEST, arguments))

    def pack(self) -> bytes:
        """Return the arguments."""
        return _TEST.pack(self.pattern)


@dataclass(frozen=True, slots=True)
class SendStats:
    """Send STATS now, too."""

    def pack(self) -> bytes:
        """Return the arguments."""
        return b""


@dataclass(frozen=True, slots=True)
class Reboot:
    """Start anew, after the acknowledgement."""

    def pack(self) -> bytes:
        """Return the arguments."""
        return b""


Command = Identify | SetRate | Start | Stop | Time | SetBaud | Test | SendStats | Reboot

TYPES: Final[Mapping[type[Command], MessageType]] = {
    Identify: MessageType.IDENTIFY,
    SetRate: MessageType.SET_RATE,
    Start: MessageType.START,
    Stop: MessageType.STOP,
    Time: MessageType.TIME,
    SetBaud: MessageType.SET_BAUD,
    Test: MessageType.TEST,
    SendStats: MessageType.SEND_STATS,
    Reboot: MessageType.REBOOT,
}

_PARSERS: Final[Mapping[int, Callable[[bytes], Command]]] = {
    MessageType.IDENTIFY: lambda _: Identify(),
    MessageType.SET_RATE: SetRate.parse,
    MessageType.START: Start.parse,
    MessageType.STOP: Stop.parse,
    MessageType.TIME: Time.parse,
    MessageType.SET_BAUD: SetBaud.parse,
    MessageType.TEST: Test.parse,
    MessageType.SEND_STATS: lambda _: SendStats(),
    MessageType.REBOOT: lambda _: Reboot(),
}


def frame(command: Command, request: int) -> Frame:
    """Return the frame of a command; request is its id, 0 to 65535."""
    return Frame(TYPES[type(command)], BOARD_STREAM, request, command.pack())


def parse(frame: Frame) -> Command | None:
    """Return the command that a frame is, as a board reads it; None for a type not known.

    Raises:
        MalformedPacket: its arguments end too early.
    """
    parser = _PARSERS.get(frame.kind)
    return None if parser is None else parser(frame.payload)


def _unpack(layout: struct.Struct, arguments: bytes) -> tuple[Any, ...]:
    if len(arguments) < layout.size:
        raise MalformedPacket(f"{len(arguments)} bytes of arguments where it has {layout.size}")
    return layout.unpack_from(arguments)
