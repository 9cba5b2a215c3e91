"""Packets whose flags say which fields follow: every combination of them, spelt out by its parts."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import pytest

from drivers.decoders.fault import MalformedPacket
from edged.model import Packet
from edged.sources.decoder import Decoder


@dataclass(frozen=True)
class Part:
    """A bit of the flags, the bytes that come with it, and what they are in the measurement."""

    bit: int
    hexadecimal: str = ""
    means: Mapping[str, object] = field(default_factory=dict)


def combinations(
    flag_bytes: int, always: str, parts: Sequence[Part], reserved: int = 0
) -> Iterator[tuple[bytes, dict[str, Any]]]:
    """Yield each packet with what it means, without the ``reserved`` bits and with them."""
    for *chosen, beside in product((False, True), repeat=len(parts) + 1):
        there = [part for part, is_there in zip(parts, chosen, strict=True) if is_there]
        flags = sum(1 << part.bit for part in there) | (reserved if beside else 0)
        data = flags.to_bytes(flag_bytes, "little") + bytes.fromhex(always)
        means: dict[str, Any] = {}
        for part in there:
            data += bytes.fromhex(part.hexadecimal)
            means |= part.means
        yield data, means


def refuses_every_beginning(
    parse: Callable[[bytes], object], make: Callable[[], Decoder], channel: str, data: bytes
) -> None:
    """Check that a packet cut anywhere is one fault that names it, and nothing else."""
    for size in range(len(data)):
        with pytest.raises(MalformedPacket):
            parse(data[:size])
        told = make().feed(Packet(channel, data[:size]))
        assert (told.chunks, told.events, told.commands) == ((), (), ())
        assert len(told.faults) == 1
        assert told.faults[0].startswith(f"'{channel}': ")
