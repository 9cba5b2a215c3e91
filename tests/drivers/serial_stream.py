"""Feeds decoders of a byte stream, and asks them to find their way behind junk."""

from collections.abc import Callable, Iterable

from edged.model import NS_PER_MS, NS_PER_S, Packet
from edged.sources.decoder import Decoded, Decoder

T = 10 * NS_PER_S


def feed(decoder: Decoder, *pieces: bytes, from_ns: int = T, step_ns: int = 0) -> Decoded:
    """Return all that some pieces mean, received a step apart."""
    return joined(
        decoder.feed(Packet("serial", piece, from_ns + index * step_ns)) for index, piece in enumerate(pieces)
    )


def joined(told: Iterable[Decoded]) -> Decoded:
    """Return what several packets mean, as if they were one."""
    parts = list(told)
    return Decoded(
        tuple(chunk for part in parts for chunk in part.chunks),
        tuple(event for part in parts for event in part.events),
        tuple(command for part in parts for command in part.commands),
        tuple(fault for part in parts for fault in part.faults),
    )


def values(told: Decoded, quantity: str) -> list[list[float]]:
    """Return the samples of one stream."""
    return [row for chunk in told.chunks if chunk.info.quantity == quantity for row in chunk.values.tolist()]


def quality(told: Decoded, quantity: str) -> list[int]:
    """Return the quality of the samples of one stream."""
    return [q for chunk in told.chunks if chunk.info.quantity == quantity for q in chunk.quality.tolist()]


def finds_its_way(make: Callable[[], Decoder], junk: bytes, good: bytes, quantity: str, times: int) -> None:
    """Check that behind junk a decoder understands the same again, but for what the junk may have swallowed.

    Args:
        make: makes the decoder.
        junk: any bytes.
        good: something whole, told ``times`` times.
        quantity: a stream of which each of them has at least a sample.
    """
    decoder = make()
    decoder.start()
    before = len(values(feed(decoder, good * times, step_ns=NS_PER_MS), quantity))
    assert before
    behind = feed(decoder, junk, good * times, good * times, from_ns=T + NS_PER_S, step_ns=NS_PER_S)
    assert len(values(behind, quantity)) >= before
