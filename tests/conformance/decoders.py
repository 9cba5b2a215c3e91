"""What every decoder must do. Subclass ``DecoderConformance`` and give it packets of the device."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edged.model import NS_PER_S, Chunk, Event, Packet, Quality, StreamInfo
from edged.sources.decoder import Decoder, make_decoder

examples = settings(
    max_examples=80,
    suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow],
)


class DecoderConformance:
    """The contract of ``edged.sources.decoder.Decoder``.

    Attributes:
        name: of the decoder.
        good: packets that it understands, in order.
        byte_stream: whether packets may be cut anywhere.
    """

    name: ClassVar[str]
    good: ClassVar[Sequence[Packet]]
    byte_stream: ClassVar[bool] = False

    def make(self) -> Decoder:
        """Make the decoder under test."""
        return make_decoder(self.name)

    def test_it_understands_what_is_good(self) -> None:
        told = feed(self.make(), self.good)
        assert told.chunks
        assert told.faults == []

    def test_what_it_says_of_a_stream_before_the_first_packet_holds(self) -> None:
        said = {info.quantity: info for info in self.make().streams()}
        for info in feed(self.make(), self.good).infos():
            expected = said.get(info.quantity, info)
            assert info.rate_hz == pytest.approx(expected.rate_hz, rel=0.1), "the device decides, nearly so"
            assert replace(info, rate_hz=expected.rate_hz) == expected

    @given(data=st.data())
    @examples
    def test_whatever_comes_it_never_raises_and_keeps_its_promises(self, data: st.DataObject) -> None:
        packets = data.draw(messy(self.good), label="packets")
        starts = data.draw(st.sets(st.integers(0, len(packets))), label="starts")
        decoder, twin = self.make(), self.make()
        told, same = feed(decoder, packets, starts), feed(twin, packets, starts)
        assert told == same
        assert set(told.infos()) <= set(decoder.streams())
        assert all(0 < len(fault) < 500 for fault in told.faults)
        assert all(fault.isprintable() for fault in told.faults)
        for chunks in told.by_stream().values():
            times = [int(t) for chunk in chunks for t in chunk.times_ns]
            assert all(before < after for before, after in pairwise(times))
            for chunk, after in pairwise(chunks):
                assert after.seq >= chunk.seq + len(chunk)
                if after.seq > chunk.seq + len(chunk):
                    assert after.quality[0] & Quality.GAP_BEFORE

    @given(data=st.data())
    @examples
    def test_how_a_stream_of_bytes_is_cut_changes_nothing(self, data: st.DataObject) -> None:
        if not self.byte_stream:
            return
        packets = [packet for packet in data.draw(messy(self.good), label="packets") if packet.data]
        single = [replace(p, data=bytes((byte,))) for p in packets for byte in p.data]
        assert feed(self.make(), single) == feed(self.make(), packets)


class Told:
    """All that a decoder told, in order within each kind."""

    def __init__(self) -> None:
        self.chunks: list[Chunk] = []
        self.events: list[Event] = []
        self.commands: list[Packet] = []
        self.faults: list[str] = []

    def by_stream(self) -> dict[str, list[Chunk]]:
        """Return the chunks of each quantity."""
        streams = defaultdict[str, list[Chunk]](list)
        for chunk in self.chunks:
            streams[chunk.info.quantity].append(chunk)
        return streams

    def infos(self) -> Iterable[StreamInfo]:
        """Return the stream of each chunk."""
        return (chunk.info for chunk in self.chunks)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Told) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]  # compared by value and changed: it can be no key


def feed(decoder: Decoder, packets: Iterable[Packet], starts: Iterable[int] = ()) -> Told:
    """Feed packets; begin a connection before the first, and before those whose index is in ``starts``."""
    told = Told()
    told.commands += decoder.start()
    for index, packet in enumerate(packets):
        if index in starts:
            told.commands += decoder.start()
        decoded = decoder.feed(packet)
        told.chunks += decoded.chunks
        told.events += decoded.events
        told.commands += decoded.commands
        told.faults += decoded.faults
    return told


@st.composite
def messy(draw: st.DrawFn, good: Sequence[Packet]) -> list[Packet]:
    """Good packets, repeated, left out, cut, with bits turned, and garbage; any time of receipt."""
    channels = sorted({packet.channel for packet in good})
    garbage = st.builds(
        Packet, st.sampled_from([*channels, "2a00", ""]) | st.text(max_size=8), st.binary(max_size=40)
    )
    damaged = st.builds(
        damage, st.sampled_from(good), st.integers(0, 200), st.integers(0, 200), st.binary(max_size=2)
    )
    packets = draw(st.lists(st.sampled_from(good) | damaged | garbage, max_size=12))
    times = st.integers(0, 10 * NS_PER_S) | st.integers(-(2**60), 2**60)
    return [replace(packet, mono_ns=draw(times)) for packet in packets]


def damage(packet: Packet, keep: int, at: int, bits: bytes) -> Packet:
    """Cut a packet and overwrite a part of it."""
    data = packet.data[:keep]
    return replace(packet, data=data[:at] + bits + data[at + len(bits) :])
