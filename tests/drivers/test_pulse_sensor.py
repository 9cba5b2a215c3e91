import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.decoders.pulse_sensor import PP_INTERVAL, PULSE_RATE, PulseSensorDecoder
from drivers.decoders.wire.serial_decoder import NEXT_BAUD
from edged.errors import DriverError
from edged.model import NS_PER_MS, Chunk, Quality, StreamInfo
from edged.sources.decoder import Decoded, make_decoder
from tests.drivers.serial_stream import T, feed, finds_its_way, quality, values

PPG = StreamInfo("ppg", "{count}", 50)
STEP_NS = 20 * NS_PER_MS
UNKNOWN = Quality.CONTACT_UNKNOWN


def test_what_the_sketch_prints() -> None:
    lines = [b"S512\r\n", b"S530\r\n", b"S561\r\nB72\r\nQ833\r\n", b"S540\r\n", b"S520\r\n"]
    assert feed(PulseSensorDecoder(), *lines, step_ns=STEP_NS) == Decoded(
        (
            Chunk.of(PULSE_RATE, 0, [T + 2 * STEP_NS], [72], UNKNOWN),
            Chunk.of(PP_INTERVAL, 0, [T + 2 * STEP_NS], [833], UNKNOWN),
            Chunk.of(PPG, 0, [T + n * STEP_NS for n in range(5)], [512, 530, 561, 540, 520], UNKNOWN),
        )
    )


@pytest.mark.parametrize(
    ("line", "quantity", "expected"),
    [
        (b"S0", "ppg", Quality.SATURATED),
        (b"S1", "ppg", Quality.GOOD),
        (b"S1022", "ppg", Quality.GOOD),
        (b"S1023", "ppg", Quality.SATURATED),
        (b"B0", "pulse_rate", Quality.NO_READING),
        (b"B1", "pulse_rate", Quality.GOOD),
        (b"Q0", "pp_interval", Quality.ARTEFACT),
        (b"Q59999", "pp_interval", Quality.GOOD),
        (b"Q60000", "pp_interval", Quality.ARTEFACT),
    ],
)
def test_what_cannot_be_is_flagged(line: bytes, quantity: str, expected: Quality) -> None:
    assert quality(feed(make_decoder("pulse_sensor?rate=10"), line + b"\n"), quantity) == [UNKNOWN | expected]


def test_the_converter_and_the_rate_may_be_others() -> None:
    told = feed(make_decoder("pulse_sensor?rate=500&bits=12"), b"S1023\nS4095\n" * 25)
    (chunk,) = told.chunks
    assert chunk.info.rate_hz == 500
    assert chunk.quality.tolist() == [UNKNOWN, UNKNOWN | Quality.SATURATED] * 25
    for option in ("rate=0", "rate=fast", "bits=32"):
        with pytest.raises(DriverError, match=option):
            make_decoder(f"pulse_sensor?{option}")


@pytest.mark.parametrize(
    "line", [b"X1", b"S", b"S-5", b"S12.5", b"s512", b"S1234567", b"512", b"S5S6", b"\xff"]
)
def test_another_line_is_a_fault_that_names_it(line: bytes) -> None:
    told = feed(PulseSensorDecoder(), b"B60\n" + line + b"\nB61\n")
    assert told.faults == (f"not S, B or Q and a number: a line of {len(line)} bytes",)
    assert values(told, "pulse_rate") == [[60], [61]]


def test_what_is_lost_is_a_gap() -> None:
    lines = [b"S512\n"] * 5 + [b"S5~~2\n"] + [b"S512\n"] * 5
    told = feed(PulseSensorDecoder(), *lines, step_ns=STEP_NS)
    assert [chunk.seq for chunk in told.chunks] == [0, 6]
    assert told.chunks[1].quality[0] == UNKNOWN | Quality.GAP_BEFORE


def test_a_line_that_is_cut_off_at_the_start_is_no_fault() -> None:
    decoder = PulseSensorDecoder()
    assert feed(decoder, b"~12\nB60\n").faults == ()
    feed(decoder, b"B6")
    decoder.start()
    told = feed(decoder, b"\nB61\n")
    assert (values(told, "pulse_rate"), told.faults) == ([[61]], ())


def test_where_nothing_is_understood_another_rate_is_asked_for() -> None:
    assert feed(PulseSensorDecoder(), b"\xf0\xf0\n" * 700).commands == (NEXT_BAUD,)
    assert feed(PulseSensorDecoder(), b"\xf0" * 5000).commands == (NEXT_BAUD,) * 2
    assert feed(PulseSensorDecoder(), b"S512\n" * 1000).commands == ()


@given(junk=st.binary(max_size=200))
def test_it_finds_its_way_behind_junk(junk: bytes) -> None:
    finds_its_way(PulseSensorDecoder, junk, b"S512\r\nB72\r\n", "pulse_rate", times=9)
