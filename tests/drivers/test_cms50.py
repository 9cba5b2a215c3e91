from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.decoders.cms50 import (
    BAR_GRAPH,
    KEEP_ALIVE,
    PPG,
    PULSE_RATE,
    SPO2,
    START_LIVE,
    Cms50Decoder,
)
from drivers.decoders.cms50_reading import OximeterReading, OximeterStatus, measure_5, measure_9
from edged.errors import DriverError
from edged.model import NS_PER_S, Chunk, Event, Quality
from edged.sources.decoder import Decoded, TimedDecoder, make_decoder
from tests.drivers.serial_stream import T, feed, finds_its_way, quality, values

Status = OximeterStatus
PERIOD_NS = round(NS_PER_S / 60)

LIVE = bytes.fromhex("01 e0 85 b3 96 c1 e1 ff ff")
"""As a device sent it: github.com/headrotor/contec_data."""
OLD = bytes.fromhex("c5 33 06 41 61")


def live(high: int, *data: int) -> bytes:
    """Return a frame of live data from its seven bytes, of which ``high`` are the high bits."""
    return bytes((0x01, 0x80 | high, *(0x80 | byte for byte in data)))


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (LIVE, OximeterReading(5, Status(0), 51, 6, 65, 97)),
        (live(0x60, 0x45, 0, 0x0F, 1, 1, 127, 127), OximeterReading(5, Status.BEEP, 0, 15, 1, 1)),
        (live(0x68, 0x08, 0x7F, 0, 0, 100, 127, 127), OximeterReading(8, Status(0), 127, 0, 128, 100)),
        (
            live(0x6B, 0x30, 0, 0x10, 0x7F, 0x7F, 127, 127),
            OximeterReading(
                0,
                Status.SEARCHING_TOO_LONG | Status.SPO2_DROPPING | Status.PROBE_ERROR | Status.SEARCHING,
                0,
                0,
                None,
                None,
            ),
        ),
    ],
)
def test_a_frame_of_nine_bytes(frame: bytes, expected: OximeterReading) -> None:
    assert measure_9(bytearray(frame)) == 9
    assert OximeterReading.parse_9(frame) == expected


@pytest.mark.parametrize(
    ("hexadecimal", "expected"),
    [
        ("c5 33 06 41 61", OximeterReading(5, Status.BEEP, 51, 6, 65, 97)),
        ("88 7f 4f 00 64", OximeterReading(8, Status(0), 127, 15, 128, 100)),
        ("88 00 40 7f 01", OximeterReading(8, Status(0), 0, 0, None, 1)),
        (
            "90 00 10 00 7f",
            OximeterReading(0, Status.SEARCHING_TOO_LONG | Status.PROBE_ERROR, 0, 0, None, None),
        ),
        ("a1 40 25 48 5a", OximeterReading(1, Status.SPO2_DROPPING | Status.SEARCHING, 64, 5, 72, 90)),
    ],
)
def test_a_frame_of_five_bytes(hexadecimal: str, expected: OximeterReading) -> None:
    frame = bytes.fromhex(hexadecimal)
    assert measure_5(bytearray(frame)) == 5
    assert OximeterReading.parse_5(frame) == expected


@pytest.mark.parametrize(("name", "frame"), [("cms50", LIVE), ("cms50?protocol=v5", OLD)])
def test_a_tenth_of_a_second(name: str, frame: bytes) -> None:
    told = feed(make_decoder(name), *[frame] * 6, step_ns=PERIOD_NS)
    times = [T + n * PERIOD_NS for n in range(6)]
    assert told == Decoded(
        (
            Chunk.of(SPO2, 0, [T], [97]),
            Chunk.of(PULSE_RATE, 0, [T], [65]),
            Chunk.of(PPG, 0, times, [51] * 6),
            Chunk.of(BAR_GRAPH, 0, times, [6] * 6),
        )
    )


def test_numbers_are_told_each_second_and_when_they_change() -> None:
    frames = [LIVE] * 90 + [live(0x60, 5, 51, 0x16, 65, 98, 127, 127)] * 30
    told = feed(Cms50Decoder(), *frames, step_ns=PERIOD_NS)
    spo2 = [chunk for chunk in told.chunks if chunk.info == SPO2]
    assert [(chunk.times_ns[0] - T) // PERIOD_NS for chunk in spo2] == [0, 60, 90]
    assert values(told, "spo2") == [[97], [97], [98]]
    assert values(told, "pulse_rate") == [[65], [65]]


def test_a_finger_that_is_taken_out_and_put_back() -> None:
    out = live(0x6A, 0x10, 0, 0x10, 0x7F, 0x7F, 127, 127)
    searching = live(0x6A, 0x03, 40, 0x10, 0x7F, 0x7F, 127, 127)
    told = feed(Cms50Decoder(), *[LIVE] * 6, *[out] * 6, *[searching] * 6, *[LIVE] * 6, step_ns=PERIOD_NS)
    lost = Quality.NO_CONTACT | Quality.HELD | Quality.ARTEFACT
    assert quality(told, "ppg") == [0] * 6 + [lost] * 6 + [Quality.HELD] * 6 + [0] * 6
    assert quality(told, "bar_graph") == quality(told, "ppg")
    none = Quality.NO_READING
    assert quality(told, "spo2") == [0, lost | none, Quality.HELD | none, 0]
    assert [value for (value,) in values(told, "spo2")] == pytest.approx([97, nan, nan, 97], nan_ok=True)
    at = [T + n * PERIOD_NS for n in (6, 12, 18)]
    assert told.events == (
        Event("contact_lost", at[0]),
        Event("sensor_status", at[0], detail={"status": ["searching_too_long", "searching", "no_signal"]}),
        Event("contact_restored", at[1]),
        Event("sensor_status", at[1], detail={"status": ["searching"]}),
        Event("sensor_status", at[2], detail={"status": []}),
    )


def test_a_device_is_started_and_kept_going() -> None:
    decoder = Cms50Decoder()
    assert isinstance(decoder, TimedDecoder)
    assert decoder.start() == [START_LIVE]
    assert START_LIVE.data.hex(" ") == "7d 81 a1 80 80 80 80 80 80"
    assert KEEP_ALIVE.data.hex(" ") == "7d 81 af 80 80 80 80 80 80"
    assert decoder.due_ns() == 0
    assert decoder.wake(T) == Decoded(commands=(KEEP_ALIVE,))
    assert decoder.due_ns() == T + 5 * NS_PER_S
    feed(decoder, LIVE)
    assert decoder.wake(T + 5 * NS_PER_S) == Decoded(commands=(KEEP_ALIVE,))
    assert decoder.wake(T + 10 * NS_PER_S) == Decoded(commands=(START_LIVE, KEEP_ALIVE))


def test_one_that_ends_the_connection_is_started_again() -> None:
    told = feed(Cms50Decoder(), bytes.fromhex("0d 80 81"))
    assert told.commands == (START_LIVE,)
    assert told.faults == ("the device has ended the connection (reason 1); started again",)


@pytest.mark.parametrize("cut_off", ["0d", "0d 80", "0c", "0c 80 80 80 80 80 80 80 80 80"])
def test_an_answer_that_is_none_is_junk(cut_off: str) -> None:
    answer = bytes.fromhex(cut_off)
    told = feed(Cms50Decoder(), LIVE + answer + LIVE)
    assert told.faults == (f"{len(answer)} bytes that belong to no frame",)
    assert told.commands == ()


def test_other_answers_are_left_out() -> None:
    answers = bytes.fromhex("0c 80 06 80 80 87 11 80 81 81 80 80 80 80 80 0e 80 81")
    told = feed(Cms50Decoder(), answers + LIVE)
    assert (told.faults, told.commands, values(told, "spo2")) == ((), (), [[97]])


def test_one_of_the_other_protocol_takes_no_commands() -> None:
    decoder = Cms50Decoder(protocol="v5")
    assert decoder.start() == []
    assert decoder.due_ns() is None
    with pytest.raises(DriverError, match="protocol=v4 is not known"):
        make_decoder("cms50?protocol=v4")


@pytest.mark.parametrize(("name", "frame"), [("cms50", LIVE), ("cms50?protocol=v5", OLD)])
def test_frames_that_were_lost_are_counted(name: str, frame: bytes) -> None:
    decoder = make_decoder(name)
    feed(decoder, *[frame] * 60, step_ns=PERIOD_NS)
    rest = frame[: len(frame) - 2]
    told = feed(decoder, rest, from_ns=T + 60 * PERIOD_NS)
    assert told == Decoded()
    told = feed(decoder, *[frame] * 6, from_ns=T + 63 * PERIOD_NS, step_ns=PERIOD_NS)
    assert told.faults == (f"{len(rest)} bytes that belong to no frame",)
    (ppg,) = [chunk for chunk in told.chunks if chunk.info == PPG]
    assert ppg.seq == 63
    assert ppg.quality.tolist() == [Quality.GAP_BEFORE, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("name", "frame", "at"),
    [("cms50", LIVE, at) for at in range(9)] + [("cms50?protocol=v5", OLD, at) for at in range(5)],
)
def test_a_turned_synchronisation_bit_is_seen(name: str, frame: bytes, at: int) -> None:
    broken = bytearray(frame)
    broken[at] ^= 0x80
    decoder = make_decoder(name)
    feed(decoder, *[frame] * 60, step_ns=PERIOD_NS)
    told = feed(decoder, bytes(broken), *[frame] * 7, from_ns=T + 60 * PERIOD_NS, step_ns=PERIOD_NS)
    assert len(told.faults) == 1
    assert 0 < int(told.faults[0].split()[0]) <= len(frame)
    assert set(quality(told, "ppg")) == {0, Quality.GAP_BEFORE}


@given(junk=st.binary(max_size=200))
def test_it_finds_its_way_behind_junk(junk: bytes) -> None:
    finds_its_way(Cms50Decoder, junk, LIVE, "ppg", times=24)
    finds_its_way(lambda: Cms50Decoder(protocol="v5"), junk, OLD, "ppg", times=24)
