import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.decoders.bitalino.decoder import BitalinoDecoder
from drivers.decoders.bitalino.frame import SIZES, BitalinoFrame, FrameFinder, crc4, is_frame, parse
from edged.errors import DriverError
from edged.model import NS_PER_MS, NS_PER_S, Event, Packet, Quality
from edged.sources.decoder import Decoded, make_decoder
from tests.conformance.decoders import Told, feed
from tests.traces.instruments import bitalino_frame, bitalino_samples


def numbers(data: bytes, channels: int = 6) -> list[int]:
    return [part.number for part in FrameFinder(channels).feed(data) if isinstance(part, BitalinoFrame)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # one channel: 1100 | 10 bits 1111000011
        ("0c cf 5", BitalinoFrame(5, (1, 1, 0, 0), (0b1111000011,))),
        ("34 0c cf 0", BitalinoFrame(0, (1, 1, 0, 0), (0b1111000011, 0x034))),
        ("00 ff 34 0c cf f", BitalinoFrame(15, (1, 1, 0, 0), (0b1111000011, 0x034, 0x3FC))),
        ("f0 7f ff 34 0c cf f", BitalinoFrame(15, (1, 1, 0, 0), (0b1111000011, 0x034, 0x3FD, 0x3FF))),
        ("40 fa 7f ff 34 0c cf 1", BitalinoFrame(1, (1, 1, 0, 0), (963, 52, 1021, 1023, 0b101001))),
        ("7e fa 7f ff 34 0c cf 1", BitalinoFrame(1, (1, 1, 0, 0), (963, 52, 1021, 1023, 0b101001, 0x3E))),
    ],
)
def test_a_frame_is_read_from_its_end(text: str, expected: BitalinoFrame) -> None:
    data = bytes.fromhex(f"{text}0")
    data = data[:-1] + bytes((data[-1] | crc4(data),))
    assert len(data) == SIZES[len(expected.analog)]
    assert is_frame(data)
    assert parse(data, len(expected.analog)) == expected


@given(
    number=st.integers(0, 15),
    digital=st.integers(0, 15),
    analog=st.lists(st.integers(0, 63), min_size=1, max_size=6),
)
def test_what_the_firmware_sends_is_what_is_read(number: int, digital: int, analog: list[int]) -> None:
    analog = [count * 16 + 5 if index < 4 else count for index, count in enumerate(analog)]
    data = bitalino_frame(number, digital, analog)
    assert is_frame(data)
    bits = tuple(digital >> bit & 1 for bit in (3, 2, 1, 0))
    assert parse(data, len(analog)) == BitalinoFrame(number, bits, tuple(analog))


def test_any_turned_bit_is_noticed() -> None:
    data = bitalino_samples(3, 1)
    for bit in range(8 * len(data)):
        damaged = bytearray(data)
        damaged[bit // 8] ^= 1 << bit % 8
        assert not is_frame(bytes(damaged))


def test_a_frame_is_believed_once_two_follow_it() -> None:
    data = bitalino_samples(0, 3)
    assert numbers(data[:-1]) == []
    assert numbers(data) == [0, 1, 2]
    assert numbers(data + bitalino_samples(3, 1)) == [0, 1, 2, 3]
    assert numbers(bytes(400)) == []  # nothing but zeros has the right checksum, and does not count


@given(junk=st.binary(max_size=60))
def test_behind_any_junk_the_stream_is_found_again(junk: bytes) -> None:
    told = numbers(bitalino_samples(0, 5) + junk + bitalino_samples(0, 14))
    assert told[:5] == [0, 1, 2, 3, 4]
    assert told[-6:] == [8, 9, 10, 11, 12, 13]


@given(cut=st.integers(0, 7), bit=st.integers(0, 63))
def test_one_bad_frame_takes_no_other_with_it(cut: int, bit: int) -> None:
    bad = bytearray(bitalino_samples(5, 1))
    bad[bit // 8] ^= 1 << bit % 8
    for damaged in (bytes(bad), bitalino_samples(5, 1)[:cut]):
        told = numbers(bitalino_samples(0, 5) + damaged + bitalino_samples(6, 8))
        assert told[:5] == [0, 1, 2, 3, 4]
        assert told[-6:] == [8, 9, 10, 11, 12, 13]


@given(sizes=st.lists(st.integers(1, 90), min_size=1, max_size=60))
def test_how_it_is_cut_changes_nothing(sizes: list[int]) -> None:
    data = b"BITalino_v5.2\n" + bitalino_samples(0, 100) + b"\x55" + bitalino_samples(103, 50)

    def told(cuts: list[int]) -> Told:
        packets, at = [], 0
        for size in cuts:
            packets.append(Packet("serial", data[at : at + size], 5))
            at += size
        return feed(BitalinoDecoder(), [*packets, Packet("serial", data[at:], 5)])

    assert told(sizes) == told([])


def test_sensors_have_streams_of_their_own() -> None:
    decoder = make_decoder("bitalino?rate=10&channels=2,3,4&ecg=3&emg=2")
    assert [(info.quantity, info.unit, info.rate_hz, info.channels) for info in decoder.streams()] == [
        ("ecg", "uV", 10, ("value",)),
        ("emg", "uV", 10, ("value",)),
        ("analog", "{count}", 10, ("a4",)),
        ("digital", "1", 0, ("i1", "i2", "i3_o1", "i4_o2")),
    ]
    data = b"".join(bitalino_frame(n, 0b1000, [1023, 512, 77]) for n in range(3))
    ecg, emg, analog, digital = decoder.feed(Packet("serial", data, NS_PER_S)).chunks[:4]
    assert ecg.values[0, 0] == 0
    assert emg.values[0, 0] == pytest.approx((1023 / 1024 - 0.5) * 3.3e6 / 1009)
    assert (ecg.quality[0], emg.quality[0]) == (0, Quality.SATURATED)
    assert analog.values.tolist() == [[77]]
    assert digital.values.tolist() == [[1, 0, 0, 0]]


def test_lost_frames_are_numbers_left_out() -> None:
    decoder = BitalinoDecoder(rate="100")
    packets = [
        Packet("serial", bitalino_samples(n, 1), n * 10 * NS_PER_MS) for n in (*range(8), *range(11, 19))
    ]
    told = feed(decoder, packets)
    analog = told.by_stream()["analog"]
    assert [chunk.seq for chunk in analog] == [0, 4, 11, 15]
    assert analog[2].quality[0] == Quality.GAP_BEFORE
    assert told.faults == ["samples missing, by the last 4 bits of their number: 3"]


def test_it_is_started_step_by_step_and_again_until_a_frame_comes() -> None:
    decoder = BitalinoDecoder(channels="1,3", rate="100", battery_low="3.8")
    assert decoder.start() == [Packet("serial", b"\x00")]
    sent: list[tuple[float, str]] = []
    now_ns = NS_PER_S
    while now_ns < 6.5 * NS_PER_S:
        due_ns = decoder.due_ns()
        assert due_ns is not None
        now_ns = max(now_ns, due_ns) + NS_PER_MS
        sent += [(round(now_ns / NS_PER_S, 1), each.data.hex()) for each in decoder.wake(now_ns).commands]
    once = ["00", "07", "fc", "83", "15"]
    assert [command for _, command in sent][:8] == [*once, *once[:3]]
    assert [at_s for at_s, _ in sent][:5] == [1.1, 1.2, 1.3, 1.4, 1.5]
    assert sent[5][0] == pytest.approx(5.6, abs=0.11)
    decoder.feed(Packet("serial", b"".join(bitalino_frame(n, 0, [1, 2]) for n in range(3))))
    assert decoder.due_ns() is None


def test_its_name_is_told() -> None:
    told = BitalinoDecoder().feed(Packet("serial", b"BITalino_v5.2\n" + bitalino_samples(0, 3), 9))
    identity = {"manufacturer": "PLUX", "model": "BITalino", "firmware": "5.2"}
    assert told == Decoded(events=(Event("device_identified", 9, detail=identity),))


@pytest.mark.parametrize(
    "text", ["rate=50", "channels=7", "ecg=7", "channels=1&ecg=2", "ecg=2&emg=2", "battery_low=5"]
)
def test_an_option_that_cannot_be_used_is_refused(text: str) -> None:
    with pytest.raises(DriverError):
        make_decoder(f"bitalino?{text}")
