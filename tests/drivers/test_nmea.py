import datetime as dt
import json
import os
from collections.abc import Callable, Iterator
from functools import reduce
from itertools import groupby
from math import isnan
from operator import xor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.decoders.nmea import (
    ALTITUDE,
    COURSE,
    FIX_QUALITY,
    GNSS_TIME,
    HDOP,
    POSITION,
    SATELLITES_USED,
    SPEED,
    NmeaDecoder,
)
from drivers.decoders.nmea_sentence import KNOT_M_S, FixQuality, MalformedSentence, NmeaSentence
from drivers.decoders.wire.serial_decoder import NEXT_BAUD
from edged.model import Chunk, Event, Quality
from edged.sources.decoder import Decoded
from tests.drivers.serial_stream import T, feed, finds_its_way, quality, values

GGA = b"$GPGGA,030719.000,3747.0873,S,17518.8938,E,1,08,1.1,59.9,M,23.7,M,,0000*7D"
RMC = b"$GPRMC,030719.000,A,3747.0873,S,17518.8938,E,0.69,181.39,311214,,,A*7D"
LATITUDE, LONGITUDE = -37 - 47.0873 / 60, 175 + 18.8938 / 60
MORNING = dt.time(3, 7, 19)
NOWHERE = "GPGGA,053229.438,,,,,0,00,,,M,0.0,M,,0000"


def sentence(content: str, mark: str = "$") -> bytes:
    """Return a sentence with its checksum."""
    return f"{mark}{content}*{reduce(xor, content.encode()):02X}".encode()


def lines(*contents: str) -> bytes:
    return b"".join(sentence(content) + b"\r\n" for content in contents)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            GGA,
            NmeaSentence(
                "GP",
                "GGA",
                time=MORNING,
                fix=FixQuality.GNSS,
                latitude=LATITUDE,
                longitude=LONGITUDE,
                altitude=59.9,
                satellites_used=8,
                hdop=1.1,
            ),
        ),
        (
            RMC,
            NmeaSentence(
                "GP",
                "RMC",
                time=MORNING,
                date=dt.date(2014, 12, 31),
                fix=FixQuality.GNSS,
                latitude=LATITUDE,
                longitude=LONGITUDE,
                speed=0.69 * KNOT_M_S,
                course=181.39,
            ),
        ),
        (
            sentence("GNGLL,4829.0005,N,00022.0016,W,000231.42,A,D"),
            NmeaSentence(
                "GN",
                "GLL",
                time=dt.time(0, 2, 31, 420_000),
                fix=FixQuality.DIFFERENTIAL,
                latitude=48 + 29.0005 / 60,
                longitude=-22.0016 / 60,
            ),
        ),
        (
            sentence("GNVTG,181.39,T,,M,10.0,N,18.5,K,A"),
            NmeaSentence("GN", "VTG", fix=FixQuality.GNSS, speed=10 * KNOT_M_S, course=181.39),
        ),
        (
            b"$GPGSA,A,3,17,28,06,01,30,20,26,13,,,,,1.8,1.1,1.5*33",
            NmeaSentence("GP", "GSA", hdop=1.1, pdop=1.8, vdop=1.5, dimensions=3),
        ),
        (
            b"$GPGSV,3,1,12,17,72,207,32,28,59,095,31,06,35,347,25,01,29,132,23*7B",
            NmeaSentence("GP", "GSV", satellites_in_view=12, is_last=False),
        ),
        (
            sentence("GPZDA,201530.50,04,07,2032,00,00"),
            NmeaSentence("GP", "ZDA", time=dt.time(20, 15, 30, 500_000), date=dt.date(2032, 7, 4)),
        ),
        (
            sentence("GNGNS,053229.438,3124.0,N,12134.0,E,AAN,12,0.9,167.2,8.0,,"),
            NmeaSentence(
                "GN",
                "GNS",
                time=dt.time(5, 32, 29, 438_000),
                fix=FixQuality.GNSS,
                latitude=31.4,
                longitude=121 + 34 / 60,
                altitude=167.2,
                satellites_used=12,
                hdop=0.9,
            ),
        ),
        (sentence("GPRMC,,V,,,,,,,,,,N"), NmeaSentence("GP", "RMC", fix=FixQuality.NONE)),
    ],
)
def test_a_sentence(line: bytes, expected: NmeaSentence) -> None:
    told = NmeaSentence.parse(line)
    for name in NmeaSentence.__slots__:
        value = getattr(expected, name)
        near = pytest.approx(value, abs=1e-9) if isinstance(value, float) else value
        assert getattr(told, name) == near, name


@pytest.mark.parametrize(
    ("content", "fix"),
    [
        ("GPGGA,1,,,,,8,,,,,,,,", FixQuality.SIMULATOR),
        ("GPGGA,1,,,,,9,,,,,,,,", None),
        ("GPGGA,1,,,,,,,,,,,,,", None),
        ("GPRMC,1,A,,,,,,,,,", FixQuality.GNSS),
        ("GPRMC,1,A,,,,,,,,,,E", FixQuality.ESTIMATED),
        ("GPRMC,1,A,,,,,,,,,,N", FixQuality.NONE),
        ("GPRMC,1,V,,,,,,,,,,A", FixQuality.NONE),
        ("GPGLL,,,,,1,V", FixQuality.NONE),
        ("GNGNS,1,,,,,NNNN,,,,,,", FixQuality.NONE),
        ("GNGNS,1,,,,,NR,,,,,,", FixQuality.RTK_FIXED),
        ("GNGNS,1,,,,,,,,,,,", None),
        ("GPVTG,,,,,,,,", None),
        ("GPVTG,,T,,M,,N,,K,N", FixQuality.NONE),
    ],
)
def test_how_a_position_was_found(content: str, fix: FixQuality | None) -> None:
    told = NmeaSentence.parse(sentence(content))
    assert told is not None
    assert told.fix is fix


@pytest.mark.parametrize(
    ("content", "names"),
    [
        ("GPGGA,1,3747.0873,,17518.8938,E,1,,,,,,,,", ("latitude", "longitude")),
        ("GPGGA,1,9947.0873,N,17518.8938,E,1,,,,,,,,", ("latitude", "longitude")),
        ("GPGGA,1,3747.0873,N,,,1,,,,,,,,", ("latitude", "longitude")),
        ("GPGGA,256161.0,,,,,1,,,,,,,,", ("time",)),
        ("GPRMC,000231.099,A,,,,,0.1,361,2208-1,,,A", ("date", "utc", "course")),
        ("GPZDA,201530.50,31,02,2032,00,00", ("date", "utc")),
        ("GPZDA,201530.50,01,02,32,00,00", ("date", "utc")),
        ("GPGGA,1,,,,,1,,nan,inf,M,,,,", ("hdop", "altitude")),
    ],
)
def test_what_cannot_be_is_not_there(content: str, names: tuple[str, ...]) -> None:
    told = NmeaSentence.parse(sentence(content))
    assert [getattr(told, name) for name in names] == [None] * len(names)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (GGA[:-3], "not a sentence with a checksum"),
        (GGA[1:], "not a sentence with a checksum"),
        (GGA[:-1] + b"E", "the checksum should be 7D"),
        (GGA.replace(b"59.9", b"59.8"), "the checksum should be 7C"),
        (b"$*00", "not a sentence with a checksum"),
        (sentence("GPGGA,1,,,,,x,,,,,,,,"), "a field is not what it should be"),
        (sentence("GPGGA,1,,,,,1,,1.x,,,,,,"), "a field is not what it should be"),
        (b"$" + b"G" * 251 + b"*47", "not a sentence with a checksum"),
    ],
)
def test_what_is_no_sentence(line: bytes, why: str) -> None:
    with pytest.raises(MalformedSentence, match=why):
        NmeaSentence.parse(line)


@pytest.mark.parametrize(
    "line",
    [
        sentence("AIVDM,1,1,,B,13njCt031t0DA=lN2:jKmad60l1p,0", "!"),
        sentence("GPGBS,194907.00,3.0,1.9,4.2,,,,"),
        sentence("PUBX,00,081350.00"),
        sentence("PGRME,15.0,M,45.0,M,25.0,M"),
        sentence("GPTXT,01,01,02,u-blox ag - www.u-blox.com"),
        sentence("PASHR"),
    ],
)
def test_another_sentence_is_left_out(line: bytes) -> None:
    assert NmeaSentence.parse(line) is None
    assert feed(NmeaDecoder(), line + b"\r\n") == Decoded()


def test_the_sentences_of_a_moment_are_one_sample_each() -> None:
    told = feed(NmeaDecoder(), GGA + b"\r\n", RMC + b"\r\n", step_ns=5)
    position = [round(LATITUDE, 10), round(LONGITUDE, 10)]
    at_s = dt.datetime(2014, 12, 31, 3, 7, 19, tzinfo=dt.UTC).timestamp()
    assert told == Decoded(
        (
            Chunk.of(POSITION, 0, [T], [position]),
            Chunk.of(ALTITUDE, 0, [T], [59.9]),
            Chunk.of(FIX_QUALITY, 0, [T], [1]),
            Chunk.of(SATELLITES_USED, 0, [T], [8]),
            Chunk.of(HDOP, 0, [T], [1.1]),
            Chunk.of(SPEED, 0, [T + 5], [0.69 * KNOT_M_S]),
            Chunk.of(COURSE, 0, [T + 5], [181.39]),
            Chunk.of(GNSS_TIME, 0, [T + 5], [at_s]),
        ),
        (Event("fix_acquired", T, detail={"fix": "gnss"}),),
    )


def test_without_a_fix_there_is_no_reading_and_the_time_is_its_own() -> None:
    told = feed(NmeaDecoder(), lines(NOWHERE, "GNRMC,053229.438,V,,,,,,,020315,,,N"))
    for quantity in ("position", "altitude", "speed", "course"):
        assert quality(told, quantity) == [Quality.NO_READING]
        assert all(isnan(value) for (row) in values(told, quantity) for value in row)
    assert (values(told, "fix_quality"), quality(told, "fix_quality")) == ([[0]], [0])
    assert quality(told, "gnss_time") == [Quality.HELD]
    assert values(told, "gnss_time") == [[1425274349.438]]
    assert told.events == ()


@pytest.mark.parametrize(
    ("mode", "expected"), [(2, Quality.GOOD), (6, Quality.HELD), (7, Quality.ARTEFACT), (8, Quality.ARTEFACT)]
)
def test_a_position_that_was_not_measured(mode: int, expected: Quality) -> None:
    gga = f"GPGGA,030719.000,3747.0873,S,17518.8938,E,{mode},08,1.1,59.9,M,,,,"
    told = feed(NmeaDecoder(), lines(gga, "GPZDA,030719.000,31,12,2014,00,00"))
    assert quality(told, "position") == quality(told, "altitude") == [expected]
    assert quality(told, "gnss_time") == [Quality.HELD if expected else Quality.GOOD]


def test_a_fix_comes_and_goes() -> None:
    told = feed(NmeaDecoder(), lines(NOWHERE), GGA + b"\n", RMC + b"\n", lines(NOWHERE), step_ns=5)
    assert told.events == (Event("fix_acquired", T + 5, detail={"fix": "gnss"}), Event("fix_lost", T + 15))


def test_what_bears_no_time_is_told_each_time() -> None:
    told = feed(NmeaDecoder(), lines(*["GPRMC,,V,,,,,,,,,,N"] * 3))
    assert len(values(told, "position")) == 3


def test_speed_and_course_of_vtg_where_rmc_did_not_tell_them() -> None:
    vtg = "GNVTG,181.39,T,,M,10.0,N,18.5,K,A"
    assert len(values(feed(NmeaDecoder(), RMC + b"\n" + lines(vtg)), "speed")) == 1
    told = feed(NmeaDecoder(), GGA + b"\n" + lines(vtg))
    assert values(told, "speed") == [[10 * KNOT_M_S]]
    assert values(told, "course") == [[181.39]]


def test_satellites_of_all_systems_are_counted() -> None:
    told = feed(
        NmeaDecoder(),
        lines("GPGSV,2,1,05,1,1,1,1", "GPGSV,2,2,05,1,1,1,1", "GLGSV,1,1,03,1,1,1,1", "GPGSV,1,1,04,1,1,1,1"),
    )
    assert values(told, "satellites_in_view") == [[5], [8], [7]]


def test_a_sentence_is_found_behind_binary_bytes() -> None:
    decoder = NmeaDecoder()
    feed(decoder, b"\n")
    told = feed(decoder, b"\xb5\x62\x01$\x07" + GGA + b"\r\n")
    assert len(values(told, "position")) == 1
    assert told.faults == ()


def test_a_damaged_sentence_is_a_fault_that_names_it() -> None:
    told = feed(NmeaDecoder(), RMC + b"\n" + GGA.replace(b"59", b"58") + b"\n" + b"x" * 4097)
    assert told.faults == (
        f"the checksum should be 7C: a line of {len(GGA)} bytes",
        "no sentence: a line of more than 4096 bytes",
    )
    assert feed(NmeaDecoder(), b"7.0873,S,17518.8938*7D\n").faults == ()


def test_where_nothing_is_understood_another_rate_is_asked_for() -> None:
    assert feed(NmeaDecoder(), b"\xf0\x83\n" * 700).commands == (NEXT_BAUD,)


@given(junk=st.binary(max_size=200), at=st.integers(0, 70))
def test_it_finds_its_way_behind_junk(junk: bytes, at: int) -> None:
    finds_its_way(
        NmeaDecoder, junk, lines("GPVTG,1,T,,M,10.0,N,18.5,K,A", "GPRMC,,A,,,,,1,2,,,,"), "speed", 9
    )
    finds_its_way(NmeaDecoder, GGA[:at] + junk, lines("GPRMC,,A,,,,,1,2,,,,"), "speed", 9)


@given(bit=st.integers(0, len(GGA) * 8 - 1))
def test_a_turned_bit_is_seen(bit: int) -> None:
    broken = bytearray(GGA)
    broken[bit // 8] ^= 1 << bit % 8
    told = feed(NmeaDecoder(), RMC + b"\n" + bytes(broken) + b"\n")
    intact = broken == GGA[:-1] + b"d"
    assert (values(told, "altitude") == []) is not intact


@pytest.fixture(scope="module")
def capture() -> Callable[[str], tuple[bytes, list[str]]]:
    """Return a reader of a capture, and of what gpsd made of it, line by line."""
    beside = Path(__file__).resolve().parents[3] / "shared" / "recordings"
    folder = Path(os.environ.get("EDGED_RECORDINGS", beside)) / "gpsd"

    def read(name: str) -> tuple[bytes, list[str]]:
        file = folder / f"{name}.log"
        if not file.is_file():
            pytest.skip(f"no recording {file}; set EDGED_RECORDINGS to the folder that has it")
        data = file.read_bytes()
        while data.startswith(b"#"):
            data = data.partition(b"\n")[2]
        return data, (folder / f"{name}.log.chk").read_text("ascii").splitlines()

    return read


def reports(check: list[str]) -> Iterator[tuple[NmeaSentence, dict[str, Any]]]:
    """Yield each report of a position, with the last sentence that bears one."""
    last = NmeaSentence("", "")
    for text in check:
        if not text.startswith("{"):
            told = NmeaSentence.parse(text.encode())
            last = told if told is not None and told.latitude is not None else last
        elif (report := json.loads(text))["class"] == "TPV" and "lat" in report:
            yield last, report


@pytest.mark.parametrize(
    ("name", "least"), [("ait250", 33), ("april6_2019", 2), ("beidou-gb", 9), ("bu353s4", 27)]
)
def test_sentences_of_real_receivers_are_read_as_gpsd_does(
    name: str, least: int, capture: Callable[[str], tuple[bytes, list[str]]]
) -> None:
    compared = 0
    for told, report in reports(capture(name)[1]):
        compared += 1
        assert told.latitude == pytest.approx(report["lat"], abs=1e-8)
        assert told.longitude == pytest.approx(report["lon"], abs=1e-8)
        if told.altitude is not None:
            assert told.altitude == pytest.approx(report["altMSL"], abs=1e-3)
        if told.speed is not None:
            assert told.speed == pytest.approx(report["speed"], abs=6e-4)
        if told.utc is not None and "time" in report:
            assert told.utc == dt.datetime.fromisoformat(report["time"])
    assert compared >= least


@pytest.mark.parametrize(
    ("name", "without_time", "unfinished"),
    [("ait250", 0, 1), ("april6_2019", 0, 0), ("beidou-gb", 1, 0), ("bu353s4", 0, 0)],
)
def test_a_capture_becomes_the_positions_and_times_of_gpsd(
    name: str, without_time: int, unfinished: int, capture: Callable[[str], tuple[bytes, list[str]]]
) -> None:
    """But for a first moment that gpsd tells without its time, and a last one that it waits to tell."""
    data, check = capture(name)
    told = feed(NmeaDecoder(), *[data[at : at + 61] for at in range(0, len(data), 61)], step_ns=10**7)
    assert told.faults == ()
    found = [report for _, report in reports(check)]
    rows = [row for row in values(told, "position") if not isnan(row[0])]
    expected = distinct([[report["lat"], report["lon"]] for report in found])
    assert distinct(rows)[: len(expected)] == expected
    assert len(distinct(rows)) - len(expected) == unfinished
    times = [
        row
        for row, flags in zip(values(told, "gnss_time"), quality(told, "gnss_time"), strict=True)
        if flags == Quality.GOOD
    ]
    moments = distinct(
        [[dt.datetime.fromisoformat(one["time"]).timestamp()] for one in found if "time" in one]
    )
    assert distinct(times)[without_time:][: len(moments)] == moments
    assert len(distinct(times)) - len(moments) == unfinished + without_time


@pytest.mark.parametrize("name", ["bu303-moving", "bu303-nofix"])
def test_a_receiver_of_another_protocol_is_not_understood(
    name: str, capture: Callable[[str], tuple[bytes, list[str]]]
) -> None:
    data, _ = capture(name)
    told = feed(NmeaDecoder(), data)
    assert (told.chunks, told.events) == ((), ())
    assert 0 < len(told.faults) < 50


def distinct(rows: list[list[float]]) -> list[tuple[float, ...]]:
    """Return the rows without repetitions, to 1e-6 of a unit."""
    return [row for row, _ in groupby(tuple(round(value, 6) for value in row) for row in rows)]
