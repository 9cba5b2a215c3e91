"""What the decoders of a byte stream share."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from drivers.decoders.once import Once
from drivers.decoders.wire.line_buffer import LineBuffer
from edged.model import Channel, Chunk, Event, Packet
from edged.sources.decoder import Decoded

CHANNEL: Final = "serial"
NEXT_BAUD: Final = Packet("line", b"next baud")
"""Asks a serial port to go on to the next rate of its list; no other link knows it."""
PATIENCE_BYTES: Final = 2048
"""So much, and nothing in it that is understood: the rate is wrong."""


@dataclass(slots=True)
class Told:
    """What a packet has meant so far.

    Attributes:
        mono_ns: its receipt.
    """

    mono_ns: int
    chunks: list[Chunk] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    commands: list[Packet] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def decoded(self) -> Decoded:
        """Return all of it."""
        return Decoded(tuple(self.chunks), tuple(self.events), tuple(self.commands), tuple(self.faults))


class SerialDecoder(ABC):
    """A decoder of the channel ``serial``, the only one it knows.

    A subclass takes frames from a ``FrameBuffer``, and tells of their ``_junk``, or lines from ``_split``; it
    says when it has ``_understood`` one. Where it never does, the link is told to try another rate.
    """

    def __init__(self) -> None:
        self._unknown = Once()
        self._in_vain = 0

    def start(self) -> list[Packet]:
        """Begin a connection: forget what was cut off with the last one; return commands to send."""
        self._in_vain = 0
        self._reset()
        return self._commands()

    def feed(self, packet: Packet) -> Decoded:
        """Take some bytes."""
        told = Told(packet.mono_ns)
        if packet.channel == CHANNEL:
            self._take(packet.data, told)
        elif self._unknown.is_new(packet.channel):
            told.faults.append(f"channel {packet.channel[:40]!r} is not {CHANNEL!r}; left out from here on")
        return told.decoded()

    def channels(self) -> tuple[Channel, ...]:
        """Return none: it is a byte stream."""
        return ()

    def _commands(self) -> list[Packet]:
        """Return what to send at the start of a connection."""
        return []

    @abstractmethod
    def _reset(self) -> None:
        """Forget what was cut off."""

    @abstractmethod
    def _take(self, data: bytes, told: Told) -> None:
        """Take some bytes."""

    def _understood(self) -> None:
        self._in_vain = 0

    def _split(self, lines: LineBuffer, data: bytes, told: Told) -> Iterator[bytes | None]:
        """Yield the lines that end in these bytes, None for one too long."""
        *ended, rest = data.split(b"\n")
        for part in [*(line + b"\n" for line in ended), rest]:
            self._heard(len(part), told)
            yield from lines.feed(part)

    def _junk(self, told: Told, size: int) -> None:
        """Tell so many bytes between two frames."""
        told.faults.append(f"{size} bytes that belong to no frame")
        self._heard(size, told)

    def _bad_line(self, told: Told, line: bytes | None, most: int, why: str) -> None:
        """Tell a line that is not understood, or None for one of more than ``most`` bytes."""
        size = f"more than {most}" if line is None else f"{len(line)}"
        told.faults.append(f"{why}: a line of {size} bytes")

    def _heard(self, size: int, told: Told) -> None:
        """Count what came, and ask for another rate where it is too much."""
        self._in_vain += size
        while self._in_vain >= PATIENCE_BYTES:
            self._in_vain -= PATIENCE_BYTES
            told.commands.append(NEXT_BAUD)
