from math import isnan, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.decoders.nonin import PPG, PULSE_RATE, SPO2, NoninDecoder
from drivers.decoders.nonin_frame import Frame, FrameStatus, NoninNumbers, measure
from edged.errors import DriverError
from edged.model import NS_PER_S, Chunk, Event, Quality
from edged.sources.decoder import make_decoder
from tests.drivers.serial_stream import T, feed, finds_its_way, quality, values

PERIOD_NS = round(NS_PER_S / 75)
UNKNOWN = Quality.CONTACT_UNKNOWN
NUMBERS = (
    *(0x00, 0x48, 0x61, 0x1E, 0x00, 0x03, 0x15, 0x00, 0x61, 0x60, 0x5F, 0x00, 0x00),
    *(0x01, 0x02, 0x62, 0x62, 0x00, 0x00, 0x00, 0x48, 0x01, 0x02, 0x00, 0x00),
)


def frame(status: int, pleth: int, data: int) -> bytes:
    """Return a frame with its checksum."""
    body = bytes((0x01, 0x80 | status, pleth, data))
    return body + bytes((sum(body) & 0xFF,))


def packet(numbers: tuple[int, ...] = NUMBERS, status: int = 0) -> list[bytes]:
    """Return the 25 frames of a packet; the plethysmogram counts them."""
    return [frame(status | (n == 0), n, data) for n, data in enumerate(numbers)]


@pytest.mark.parametrize(
    ("hexadecimal", "expected"),
    [
        ("01 81 01 00 83", Frame(FrameStatus.ALWAYS | FrameStatus.SYNC, 1, 0)),
        ("01 80 01 48 ca", Frame(FrameStatus.ALWAYS, 1, 72)),
        ("01 f8 ff 7f 77", Frame(FrameStatus(0xF8), 255, 127)),
    ],
)
def test_a_frame(hexadecimal: str, expected: Frame) -> None:
    data = bytes.fromhex(hexadecimal)
    assert measure(bytearray(data)) == 5
    assert Frame.parse(data) == expected


def test_the_numbers_of_a_packet() -> None:
    assert NoninNumbers.parse(NUMBERS) == NoninNumbers(72, 97, 96, 130, 98, 30)
    none = [0x7F] * 25
    none[0] = none[13] = 0x03
    assert NoninNumbers.parse(none) == NoninNumbers(None, None, None, None, None, 127)


def test_two_packets_are_two_thirds_of_a_second() -> None:
    told = feed(NoninDecoder(), *packet(), *packet(), step_ns=PERIOD_NS)
    assert told.faults == ()
    assert values(told, "ppg") == [[n] for n in range(25)] * 2
    assert [len(chunk) for chunk in told.chunks if chunk.info == PPG] == [5] * 10
    spo2 = [chunk for chunk in told.chunks if chunk.info == SPO2]
    assert spo2 == [Chunk.of(SPO2, n, [T + (25 * n + 24) * PERIOD_NS], [97]) for n in range(2)]
    told_of = {"pulse_rate": 72, "spo2_fast": 96, "spo2_slow": 98, "pulse_rate_slow": 130}
    for quantity, value in told_of.items():
        assert values(told, quantity) == [[value]] * 2
    detail = {"manufacturer": "Nonin", "firmware": "30"}
    assert told.events == (Event("device_identified", T + 24 * PERIOD_NS, detail=detail),)


def test_what_is_not_there_is_no_reading() -> None:
    numbers = (3, 127, 127, 30, *[0] * 5, 127, 0, 0, 0, 3, 127, 127, *[0] * 9)
    told = feed(NoninDecoder(), *packet(numbers, FrameStatus.SENSOR_DISCONNECT), step_ns=PERIOD_NS)
    for quantity in ("spo2", "pulse_rate", "spo2_fast", "spo2_slow", "pulse_rate_slow"):
        ((value,),) = values(told, quantity)
        assert isnan(value)
        assert quality(told, quantity) == [Quality.NO_READING | Quality.NO_CONTACT]
    assert told.events[0] == Event("contact_lost", T)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (0, Quality.GOOD),
        (FrameStatus.GREEN_PERFUSION, Quality.GOOD),
        (FrameStatus.RED_PERFUSION, Quality.GOOD),
        (FrameStatus.SENSOR_ALARM, Quality.NO_CONTACT),
        (FrameStatus.OUT_OF_TRACK, Quality.HELD),
        (FrameStatus.ARTIFACT, Quality.ARTEFACT),
        (FrameStatus.SENSOR_DISCONNECT, Quality.NO_CONTACT),
        (FrameStatus.ARTIFACT | FrameStatus.OUT_OF_TRACK, Quality.ARTEFACT | Quality.HELD),
    ],
)
def test_the_status_is_quality(status: int, expected: Quality) -> None:
    told = feed(NoninDecoder(), *packet(status=status), step_ns=PERIOD_NS)
    assert quality(told, "ppg") == [expected] * 25
    assert quality(told, "spo2") == [expected]


def test_the_numbers_of_a_packet_are_as_good_as_its_worst_frame() -> None:
    frames = packet()
    frames[7] = frame(FrameStatus.ARTIFACT, 7, 0)
    told = feed(NoninDecoder(), *frames, step_ns=PERIOD_NS)
    assert quality(told, "spo2") == [Quality.ARTEFACT]
    assert sum(quality(told, "ppg")) == Quality.ARTEFACT


@pytest.mark.parametrize("bit", range(40))
def test_a_turned_bit_costs_the_numbers_of_its_packet(bit: int) -> None:
    frames = packet() * 3
    broken = bytearray(frames[30])
    broken[bit // 8] ^= 1 << bit % 8
    frames[30] = bytes(broken)
    told = feed(NoninDecoder(), *frames, step_ns=PERIOD_NS)
    assert told.faults == ("5 bytes that belong to no frame",)
    assert len(values(told, "spo2")) == 2
    assert [chunk.seq for chunk in told.chunks if chunk.info == PPG][5:8] == [25, 31, 36]
    assert quality(told, "ppg")[30] == Quality.GAP_BEFORE


@pytest.mark.parametrize("lost", [0, 12, 24])
def test_a_packet_that_lacks_a_frame_has_no_numbers(lost: int) -> None:
    frames = packet()
    del frames[lost]
    told = feed(NoninDecoder(), *packet(), *frames, *packet(), step_ns=PERIOD_NS)
    assert values(told, "spo2") == [[97]] * 2
    assert told.faults == (("a packet of 24 frames; its numbers are left out",) if lost else ())


@pytest.mark.parametrize(
    ("line", "spo2", "rate"),
    [
        (b"SPO2=097 HR=123", 97, 123),
        (b"SPO2=100 HR=072 F", 100, 72),
        (b"SPO2=097 HR=123*", 97, 123),
        (b"12:34:56 SPO2=097  HR=123 B", 97, 123),
        (b"SPO2=--- HR=---", None, None),
        (b"SPO2=098 HR=---", 98, None),
    ],
)
def test_a_line_of_text(line: bytes, spo2: int | None, rate: int | None) -> None:
    told = feed(NoninDecoder(), b"NONIN 8500 12:30:00\r\n" + line + b"\r\n")
    assert told.faults == ()
    for info, value in ((SPO2, spo2), (PULSE_RATE, rate)):
        (chunk,) = [chunk for chunk in told.chunks if chunk.info == info]
        none = value is None
        assert chunk == Chunk.of(info, 0, [T], [nan if value is None else value], UNKNOWN | 64 * none)


@pytest.mark.parametrize(
    "line", [b"SPO2=97x HR=123", b"SPO2=097HR=123", b"HR=123", b"SPO2=1000 HR=1", b"\xff"]
)
def test_a_line_that_is_none_is_told(line: bytes) -> None:
    told = feed(NoninDecoder(), b"SPO2=097 HR=123\n" + line + b"\n")
    assert told.faults == (f"not a reading: a line of {len(line)} bytes",)
    assert values(told, "spo2") == [[97]]
    told = feed(NoninDecoder(), b"SPO2=097 HR=123\n" + b"x" * 81)
    assert told.faults == ("not a reading: a line of more than 80 bytes",)


def test_the_header_of_a_device_is_no_fault() -> None:
    header = b"Nonin 2500 02-Jan-26\r\n"
    decoder = make_decoder("nonin?format=text")
    assert feed(decoder, header).faults == ()
    assert feed(decoder, b"SPO2=097 HR=123\n" + header).faults == ("not a reading: a line of 20 bytes",)
    decoder.start()
    assert feed(decoder, b"Non\xeen\n").faults == ("not a reading: a line of 5 bytes",)


def test_what_is_neither_is_told_and_another_rate_asked_for() -> None:
    told = feed(NoninDecoder(), b"\xfe" * 2048)
    assert len(told.faults) == 8
    assert len(told.commands) == 1


def test_the_format_may_be_said() -> None:
    text, binary = b"SPO2=097 HR=123\n", b"".join(packet())
    assert values(feed(make_decoder("nonin?format=binary"), text), "spo2") == []
    assert values(feed(make_decoder("nonin?format=text"), binary), "ppg") == []
    assert values(feed(make_decoder("nonin?format=text"), text), "spo2") == [[97]]
    assert values(feed(make_decoder("nonin?format=binary"), binary), "spo2") == [[97]]
    with pytest.raises(DriverError, match="format=8 is not known"):
        make_decoder("nonin?format=8")


def test_another_connection_may_be_of_the_other_format() -> None:
    decoder = NoninDecoder()
    feed(decoder, b"SPO2=097 HR=123\n")
    decoder.start()
    assert len(values(feed(decoder, b"".join(packet())), "ppg")) == 25


@given(junk=st.binary(max_size=200))
def test_it_finds_its_way_behind_junk(junk: bytes) -> None:
    finds_its_way(NoninDecoder, junk, b"".join(packet()), "spo2", times=3)
    finds_its_way(lambda: make_decoder("nonin?format=text"), junk, b"SPO2=097 HR=123\r\n", "spo2", times=9)
