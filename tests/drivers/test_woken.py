"""Decoders that are woken: when that happens changes nothing of what they tell of samples."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edged.model import NS_PER_S, Event, Packet
from edged.sources.decoder import TimedDecoder, make_decoder
from tests.conformance.decoders import Told, feed
from tests.traces import instruments

TRACES = {
    "bitalino": instruments.bitalino(),
    "cyton": instruments.cyton(),
    "dgt_board": instruments.dgt_game(),
    "modbus": instruments.scd30(),
}


@pytest.mark.parametrize("name", TRACES)
@given(waking=st.lists(st.tuples(st.integers(0, 200), st.floats(0, 1)), max_size=30))
@settings(max_examples=30)
def test_when_it_is_woken_changes_no_sample_and_no_event(name: str, waking: list[tuple[int, float]]) -> None:
    packets = [Packet(channel, part, round(at_s * NS_PER_S)) for at_s, channel, part in TRACES[name]]
    asleep = feed(make_decoder(name), packets)
    decoder = make_decoder(name)
    assert isinstance(decoder, TimedDecoder)
    decoder.start()
    woken = Told()
    before_ns = 0
    for index, packet in enumerate(packets):
        for share in sorted(share for at, share in waking if at % len(packets) == index):
            told = decoder.wake(before_ns + round(share * (packet.mono_ns - before_ns)))
            woken.chunks += told.chunks
            woken.events += told.events
        told = decoder.feed(packet)
        woken.chunks += told.chunks
        woken.events += told.events
        before_ns = packet.mono_ns
    assert woken.chunks == asleep.chunks
    assert sorted(woken.events, key=order) == sorted(asleep.events, key=order)


def order(event: Event) -> tuple[int, str, str]:
    """Sort events of one time: one that was waited for may be told at another place."""
    return event.mono_ns, event.kind, str(event.detail)
