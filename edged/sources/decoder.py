"""The Decoder contract, and the registry of decoders by name."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol, cast

from edged.model import Chunk, Event, Packet, StreamInfo
from edged.sources import registry

DECODERS: Final[Mapping[str, str]] = {
    "heart_rate": "drivers.decoders.heart_rate:HeartRateDecoder",
    "json_lines": "drivers.decoders.json_lines:JsonLinesDecoder",
}
"""Name to factory; packages add theirs by the entry-point group ``edged.decoders``."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """What one packet meant.

    Attributes:
        chunks: samples, in order of time within each stream.
        events: what happened, their source left empty.
        commands: to be sent to the device, in order.
        faults: a sentence for each part that could not be understood; the rest stands.
    """

    chunks: tuple[Chunk, ...] = ()
    events: tuple[Event, ...] = ()
    commands: tuple[Packet, ...] = ()
    faults: tuple[str, ...] = ()


class Decoder(Protocol):
    """Turns packets into chunks, and does nothing else: no I/O and no clock of its own.

    The same packets give the same result, and of a byte stream the same bytes do, however they were
    cut into packets. One decoder serves a source over all its connections, so that sample numbers
    and beat times go on; nothing it is fed makes it raise.
    """

    def start(self) -> list[Packet]:
        """Begin a connection: forget what was cut off; return commands to send."""

    def feed(self, packet: Packet) -> Decoded:
        """Take one packet."""

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return the streams known so far."""


class DecoderFactory(Protocol):
    """What a registry entry names: a class or function that makes a decoder."""

    def __call__(self) -> Decoder:
        """Make a decoder for one source."""


def known_decoders() -> list[str]:
    """Return every name there is a decoder for."""
    return registry.names(DECODERS, "edged.decoders")


def make_decoder(name: str) -> Decoder:
    """Make the decoder of that name.

    Raises:
        DriverError: there is none.
    """
    factory = registry.load(name, table=DECODERS, group="edged.decoders", kind="decoder")
    return cast("DecoderFactory", factory)()
