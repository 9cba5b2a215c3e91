import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.decoders.cyton.decoder import CytonDecoder
from drivers.decoders.cyton.packet import CytonPacket, PacketFinder, parse
from edged.errors import DriverError
from edged.model import NS_PER_MS, NS_PER_S, Event, Packet, Quality
from edged.sources.decoder import Decoded, TimedDecoder, make_decoder
from tests.conformance.decoders import Told, feed
from tests.traces.instruments import BANNER, cyton_packet, cyton_samples

DONGLE = (
    "the dongle says: Failure: Communications timeout - Device failed to poll Host; is the board switched on?"
)
ZEROS = " 00 00 00" * 6
STOP, RESET, START = (Packet("serial", command) for command in (b"s", b"v", b"b"))


def bytes_of(*parts: bytes, step_ns: int = 4 * NS_PER_MS) -> list[Packet]:
    return [Packet("serial", part, (index + 1) * step_ns) for index, part in enumerate(parts)]


def streamed(first: int, count: int) -> list[bytes]:
    data = cyton_samples(first, count)
    return [data[at : at + 33] for at in range(0, len(data), 33)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"a0 07 7f ff ff 80 00 00{ZEROS} 00 10 ff f0 1f 40 c0", ((8388607, -8388608), (16, -16, 8000))),
        (f"a0 07 00 00 01 ff ff ff{ZEROS} 00 00 00 00 00 00 c0", ((1, -1), None)),
        (f"a0 07 00 00 01 ff ff ff{ZEROS} 58 01 00 00 03 e8 c3", ((1, -1), None)),
        (f"a0 07 12 34 56 ed cb aa{ZEROS} 01 02 03 04 05 06 c1", ((0x123456, -0x123456), None)),
    ],
)
def test_a_packet_is_what_its_footer_says(
    text: str, expected: tuple[tuple[int, int], tuple[int, int, int] | None]
) -> None:
    data = bytes.fromhex(text)
    assert len(data) == 33
    first_two, acceleration = expected
    assert parse(data) == CytonPacket(7, (*first_two, 0, 0, 0, 0, 0, 0), acceleration)


def test_counts_become_microvolts_at_a_gain_of_24() -> None:
    packets = bytes_of(*[cyton_packet(n, [n, 2**22, *[0] * 6], (16, 0, -8000)) for n in range(10)])
    eeg, acceleration = feed(CytonDecoder(channels="1,2"), packets).chunks
    assert eeg.info.channels == ("ch1", "ch2")
    assert eeg.values[3].tolist() == pytest.approx([3 * 4.5e6 / 24 / 8388607, 93750.0], rel=1e-6)
    assert acceleration.values[0].tolist() == [2.0, 0.0, -1000.0]
    assert eeg.times_ns.tolist() == [n * 4 * NS_PER_MS for n in range(1, 11)]


def test_only_channels_in_use_saturate_a_sample() -> None:
    packets = bytes_of(*[cyton_packet(n, [0, 2**23 - 1, *[0] * 6]) for n in range(10)])
    assert set(feed(CytonDecoder(), packets).chunks[0].quality.tolist()) == {int(Quality.SATURATED)}
    assert set(feed(CytonDecoder(channels="1,3"), packets).chunks[0].quality.tolist()) == {0}


def test_a_connection_forgets_what_was_cut_off() -> None:
    told = feed(
        CytonDecoder(), bytes_of(*streamed(0, 12), cyton_samples(12, 1)[:20], *streamed(90, 10)), [13]
    )
    eeg = told.by_stream()["eeg"]
    assert [(chunk.seq, len(chunk), int(chunk.quality[0])) for chunk in eeg] == [
        (0, 10, 0),
        (10, 10, Quality.GAP_BEFORE),
    ]
    assert told.faults == []


def test_lost_packets_are_numbers_left_out() -> None:
    told = feed(CytonDecoder(), bytes_of(*streamed(250, 12), *streamed(265, 10)))
    eeg = told.by_stream()["eeg"]
    assert [(chunk.seq, len(chunk)) for chunk in eeg] == [(0, 10), (10, 2), (15, 10)]
    assert eeg[2].quality[0] == Quality.GAP_BEFORE
    assert told.faults == ["samples missing before number 9: 3"]


def test_a_header_within_a_packet_is_no_beginning() -> None:
    full = cyton_packet(0xA0, [-0x5F5F60] * 8, (-0x5F60,) * 3)  # nothing but a0
    told = feed(CytonDecoder(channels="1"), bytes_of(*streamed(155, 5), full, *streamed(161, 4)))
    assert [len(chunk) for chunk in told.by_stream()["eeg"]] == [10]
    assert told.faults == []


@given(junk=st.binary(max_size=80))
def test_behind_any_junk_the_stream_is_found_again(junk: bytes) -> None:
    finder = PacketFinder()
    told = [part for part in finder.feed(junk + cyton_samples(0, 8)) if isinstance(part, CytonPacket)]
    assert [packet.number for packet in told][-4:] == [4, 5, 6, 7]


@given(cut=st.integers(1, 32), junk=st.binary(max_size=20))
def test_a_packet_that_lost_bytes_takes_no_other_with_it(cut: int, junk: bytes) -> None:
    data = cyton_samples(0, 1)[:cut] + junk + cyton_samples(1, 4)
    numbers = [part.number for part in PacketFinder().feed(data) if isinstance(part, CytonPacket)]
    assert numbers[-2:] == [3, 4]


@given(sizes=st.lists(st.integers(1, 70), min_size=1, max_size=60))
def test_how_it_is_cut_changes_nothing(sizes: list[int]) -> None:
    data = BANNER + b"$$$" + cyton_samples(0, 40) + b"\x00\xa0" + cyton_samples(43, 20)

    def told(cuts: list[int]) -> Told:
        packets, at = [], 0
        for size in cuts:
            packets.append(Packet("serial", data[at : at + size], 5))
            at += size
        return feed(CytonDecoder(), [*packets, Packet("serial", data[at:], 5)])

    assert told(sizes) == told([])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            BANNER + b"Firmware: v3.1.2\r\n$$$",
            Decoded(
                events=(
                    Event(
                        "device_identified",
                        9,
                        detail={"manufacturer": "OpenBCI", "model": "Cyton", "firmware": "v3.1.2"},
                    ),
                ),
                commands=(START,),
            ),
        ),
        (
            BANNER + b"On Daisy ADS1299 Device ID: 0x3E\n$$$",
            Decoded(
                events=(
                    Event(
                        "device_identified",
                        9,
                        detail={"manufacturer": "OpenBCI", "model": "Cyton with Daisy"},
                    ),
                ),
                commands=(Packet("serial", b"c"),),
            ),
        ),
        (b"daisy removed\r\n$$$", Decoded(commands=(START,))),
        (b"Stream stopped$$$", Decoded()),
        (
            b"Failure: Communications timeout - Device failed to poll Host$$$",
            Decoded(
                faults=(DONGLE,),
            ),
        ),
    ],
)
def test_what_it_says_before_it_streams(text: bytes, expected: Decoded) -> None:
    decoder = CytonDecoder()
    assert decoder.start() == [STOP, RESET]
    assert decoder.feed(Packet("serial", text[:7], 3)) == Decoded()
    assert decoder.feed(Packet("serial", text[7:], 9)) == expected


def test_it_is_asked_again_until_a_packet_comes() -> None:
    decoder = CytonDecoder()
    assert isinstance(decoder, TimedDecoder)
    decoder.start()
    sent: list[tuple[float, bytes]] = []
    now_ns = NS_PER_S
    while now_ns < 9 * NS_PER_S:
        due_ns = decoder.due_ns()
        assert due_ns is not None
        now_ns = max(now_ns, due_ns) + NS_PER_MS
        sent += [(round(now_ns / NS_PER_S, 1), packet.data) for packet in decoder.wake(now_ns).commands]
    assert sent == [(5.0, b"s"), (5.1, b"v")]
    feed_packets = bytes_of(*streamed(0, 2))
    for packet in feed_packets:
        decoder.feed(packet)
    assert decoder.due_ns() is None


@pytest.mark.parametrize("text", ["channels=0", "channels=9", "channels=1,1", "channels=", "quantity=ppg"])
def test_an_option_that_cannot_be_used_is_refused(text: str) -> None:
    with pytest.raises(DriverError):
        make_decoder(f"cyton?{text}")


def test_ecg_is_named_so() -> None:
    info = make_decoder("cyton?quantity=ecg&channels=3,1").streams()[0]
    assert (info.quantity, info.unit, info.channels) == ("ecg", "uV", ("ch1", "ch3"))
