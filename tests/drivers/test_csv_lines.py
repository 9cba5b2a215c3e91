import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.decoders.csv_columns import CsvColumns, NotAHeader
from drivers.decoders.csv_lines import MAX_LINE_BYTES, CsvLinesDecoder
from drivers.decoders.wire.serial_decoder import NEXT_BAUD
from edged.errors import DriverError
from edged.model import NS_PER_MS, NS_PER_S, Chunk, Quality, StreamInfo
from edged.sources.decoder import Decoded, make_decoder
from tests.drivers.serial_stream import T, feed, finds_its_way, quality, values

ECG = StreamInfo("ecg", "uV")
TEMPERATURE = StreamInfo("temp", "Cel")
HEADER = b"time_ms,ecg[uV],temp[Cel]\n"
UNKNOWN = Quality.CONTACT_UNKNOWN


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "time_ms,ecg[uV],temp[Cel]",
            CsvColumns(3, 0, NS_PER_MS, ((ECG, (1,)), (TEMPERATURE, (2,)))),
        ),
        ("ecg[uV];time_us", CsvColumns(2, 1, 1000, ((ECG, (0,)),))),
        (
            "Force [N]\tCount",
            CsvColumns(2, None, 0, ((StreamInfo("force", "N"), (0,)), (StreamInfo("count", "1"), (1,)))),
        ),
        (
            "acc.x[m[g]],acc.y[m[g]],time_ms,acc.z[m[g]]",
            CsvColumns(4, 2, NS_PER_MS, ((StreamInfo("acc", "m[g]", 0, ("x", "y", "z")), (0, 1, 3)),)),
        ),
        (
            "fix.lat[deg],fix.alt[m]",
            CsvColumns(2, None, 0, ((StreamInfo("fix", "deg,m", 0, ("lat", "alt")), (0, 1)),)),
        ),
        ("time_ms,a", CsvColumns(2, 0, NS_PER_MS, ((StreamInfo("a", "1"), (1,)),))),
        ("co2[[ppm]]", CsvColumns(1, None, 0, ((StreamInfo("co2", "[ppm]"), (0,)),))),
    ],
)
def test_a_header(line: str, expected: CsvColumns) -> None:
    assert CsvColumns.parse(line, 0) == expected


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("ready", "no units"),
        ("a,b", "no units"),
        ("time_ms", "no units"),
        ("Sensor ready!,ecg[uV]", "'Sensor ready!' is no name[unit]"),
        ("ecg[uV],ecg[uV]", "'ecg[uV]' is there twice"),
        ("a.x[N],A.X[N]", "'A.X[N]' is there twice"),
        ("ecg[]", "'ecg[]' is no name[unit]"),
        ("9lives[N]", "column 1 is no name[unit]"),
        (f"{'a' * 33}[N]", "is no name[unit]"),
        ("a[" + "x" * 19 + "]", "is no name[unit]"),
        ("a[\x7f]", "is no name[unit]"),
        (",".join(f"a{n}[N]" for n in range(65)), "65 columns; 64 are the limit"),
    ],
)
def test_what_is_no_header(line: str, why: str) -> None:
    with pytest.raises(NotAHeader) as told:
        CsvColumns.parse(line, 0)
    assert why in str(told.value)


def test_a_table_with_the_time_of_the_board() -> None:
    lines = [HEADER, b"1000,-120,36.5\r\n", b"1010,1.5e2,.25\r\n"]
    told = feed(CsvLinesDecoder(), *lines, step_ns=10 * NS_PER_MS)
    at = [T + 10 * NS_PER_MS, T + 20 * NS_PER_MS]
    assert told == Decoded(
        (
            Chunk.of(ECG, 0, at[:1], [-120], UNKNOWN),
            Chunk.of(TEMPERATURE, 0, at[:1], [36.5]),
            Chunk.of(ECG, 1, at[1:], [150], UNKNOWN),
            Chunk.of(TEMPERATURE, 1, at[1:], [0.25]),
        )
    )


@pytest.mark.parametrize("rate", ["", "?rate=100"])
def test_bursts_are_put_where_the_board_s_time_says(rate: str) -> None:
    decoder = make_decoder(f"csv_lines{rate}")
    feed(decoder, HEADER)
    taken_ns = [T + n * 10 * NS_PER_MS for n in range(2000)]
    told = [
        int(at_ns)
        for n, at in enumerate(taken_ns)
        for chunk in feed(
            decoder, b"%d,%d,36.5\n" % (5000 + 10 * n, n), from_ns=at // 10**8 * 10**8 + 10**8
        ).chunks
        if chunk.info.quantity == "ecg"
        for at_ns in chunk.times_ns
    ]
    late_ms = (np.array(told) - np.array(taken_ns))[1000:] / NS_PER_MS
    assert np.ptp(late_ms) < 5


def test_lines_with_a_rate_are_spread_evenly() -> None:
    decoder = make_decoder("csv_lines?columns=ecg[uV]&rate=50")
    told = feed(decoder, b"0\n", *[b"%d\n" % n for n in range(50)], step_ns=20 * NS_PER_MS)
    assert [(chunk.info.rate_hz, chunk.seq, len(chunk)) for chunk in told.chunks] == [
        (50, 5 * n, 5) for n in range(10)
    ]
    assert told.chunks[9].times_ns[4] == T + NS_PER_S


def test_lines_without_time_and_rate_are_stamped_with_receipt() -> None:
    told = feed(make_decoder("csv_lines?columns=a[N],b[N]"), b"?\n", b"1,2\n3,4\n", step_ns=7)
    assert [(chunk.info.quantity, int(chunk.times_ns[0])) for chunk in told.chunks] == [
        ("a", T + 7), ("b", T + 7), ("a", T + 8), ("b", T + 8),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (b"nan", Quality.NO_READING),
        (b"NaN", Quality.NO_READING),
        (b"", Quality.NO_READING),
        (b"inf", Quality.SATURATED),
        (b"-inf", Quality.SATURATED),
        (b"ovf", Quality.SATURATED),
        (b"1e999", Quality.SATURATED),
    ],
)
def test_what_is_not_a_number(cell: bytes, expected: Quality) -> None:
    told = feed(CsvLinesDecoder(), b"a[N],b[N]\n" + cell + b",1\n")
    assert np.isnan(values(told, "a")).all()
    assert (quality(told, "a"), quality(told, "b")) == ([expected], [0])
    assert told.faults == ()


def test_a_stream_of_several_columns_is_as_good_as_its_worst() -> None:
    told = feed(CsvLinesDecoder(), b"acc.x[m/s2],acc.y[m/s2]\n1,nan\n")
    assert told.chunks[0].info == StreamInfo("acc", "m/s2", 0, ("x", "y"))
    assert quality(told, "acc") == [Quality.NO_READING]
    assert told.chunks[0].values[0, 0] == 1


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (b"1,2", "2 columns instead of 3: a line of 3 bytes"),
        (b"1,2,3,4", "4 columns instead of 3"),
        (b"1,0x10,3", "column 2 is not a number"),
        (b"1,x,3", "column 2 is not a number"),
        (b"1,1_0,3", "column 2 is not a number"),
        (b"1,2,\xff", "column 3 is not a number"),
        (b"-1,2,3", "column 1 is not a time"),
        (b"nan,2,3", "column 1 is not a time"),
        (b"1e17,2,3", "column 1 is not a time"),
        (b"MPU6050 connection failed", "column 1 is no name[unit]"),
        (b"time_ms,ecg[mV]", "ecg was something else before; restart edged to change it"),
        (b"ready", "no units; print time_ms,ecg[uV],temperature[Cel] once at the start"),
    ],
)
def test_a_line_that_is_not_understood_is_a_fault_that_names_it(line: bytes, fault: str) -> None:
    told = feed(CsvLinesDecoder(), HEADER + line + b"\n1,2,3\n")
    assert len(told.faults) == 1
    assert fault in told.faults[0]
    assert values(told, "ecg") == [[2]]


def test_a_line_that_is_too_long() -> None:
    told = feed(CsvLinesDecoder(), HEADER + b"1," * MAX_LINE_BYTES + b"\n1,2,3\n")
    assert told.faults == ("send shorter lines: a line of more than 1024 bytes",)
    assert values(told, "ecg") == [[2]]


def test_without_a_header_it_asks_for_one_once() -> None:
    told = feed(CsvLinesDecoder(), b"1\n1,2\n3,4\n")
    assert told.faults == (
        "no header yet; print time_ms,ecg[uV] once a second, or set columns: a line of 3 bytes",
    )
    assert told.chunks == ()
    assert feed(CsvLinesDecoder(), b"1,2\n" * 1000).commands == ()
    assert feed(CsvLinesDecoder(), b"\xf0\n" * 1024).commands == (NEXT_BAUD,)


def test_the_first_line_of_a_connection_is_not_believed() -> None:
    decoder = CsvLinesDecoder()
    told = feed(decoder, HEADER + b"1,2,3\n")
    decoder.start()
    told = feed(decoder, b"00,2,3\n500,2,3\n")
    assert values(told, "ecg") == [[2]]
    decoder.start()
    assert feed(decoder, b"V],temp[Cel]\n").faults == ()


def test_other_columns_come_to_those_before() -> None:
    told = feed(CsvLinesDecoder(), HEADER + b"1,2,3\ntime_ms,spo2[%],ecg[uV]\n2,97,5\n" + HEADER + b"3,6,3\n")
    assert told.faults == ()
    assert (values(told, "ecg"), values(told, "spo2")) == ([[2], [5], [6]], [[97]])
    names = [",".join(f"s{row}x{n}[N]" for n in range(60)) for row in range(2)]
    told = feed(CsvLinesDecoder(), "\n".join([*names, ""]).encode())
    assert "120 streams; 64 are the limit" in told.faults[0]


@pytest.mark.parametrize(("name", "tick_ns"), [(b"time_us", 1000), (b"time_ms", NS_PER_MS)])
def test_the_counter_of_the_board_wraps(name: bytes, tick_ns: int) -> None:
    decoder = CsvLinesDecoder()
    feed(decoder, name + b",a[N]\n")
    step = 10 * NS_PER_MS // tick_ns
    ticks = [((1 << 32) - 2 * step + n * step) % (1 << 32) for n in range(5)]
    told = feed(decoder, *[b"%d,1\n" % tick for tick in ticks], step_ns=10 * NS_PER_MS)
    assert quality(told, "a") == [0] * 5
    assert [int(chunk.times_ns[0]) for chunk in told.chunks] == [T + n * 10 * NS_PER_MS for n in range(5)]


def test_a_board_that_starts_again_is_a_gap() -> None:
    told = feed(
        CsvLinesDecoder(), HEADER, b"90000,1,2\n", b"90100,1,2\n", b"5,1,2\n", b"105,1,2\n", step_ns=10**8
    )
    assert quality(told, "temp") == [0, 0, Quality.GAP_BEFORE, 0]
    assert int(told.chunks[-1].times_ns[0]) == T + 4 * 10**8


def test_lines_lost_on_the_way_are_counted_by_the_board_s_time() -> None:
    decoder = make_decoder("csv_lines?rate=10")
    lines = [HEADER, *[b"%d,1,2\n" % (1000 + 100 * n) for n in (0, 1, 2, 5, 6)]]
    told = feed(decoder, *lines[:4], step_ns=10**8)
    told_behind = feed(decoder, *lines[4:], from_ns=T + 7 * 10**8, step_ns=10**8)
    assert [chunk.seq for chunk in told.chunks if chunk.info.quantity == "temp"] == [0, 1, 2]
    behind = [chunk for chunk in told_behind.chunks if chunk.info.quantity == "temp"]
    assert [(chunk.seq, int(chunk.quality[0])) for chunk in behind] == [(5, Quality.GAP_BEFORE), (6, 0)]


@pytest.mark.parametrize("option", ["rate=0.05", "rate=x", "columns=ecg", "columns=a[N],a[N]"])
def test_an_option_that_cannot_be_used(option: str) -> None:
    with pytest.raises(DriverError, match=option.partition("=")[0]):
        make_decoder(f"csv_lines?{option}")


@given(junk=st.binary(max_size=200))
def test_it_finds_its_way_behind_junk(junk: bytes) -> None:
    finds_its_way(lambda: make_decoder("csv_lines?columns=a[N],b[N]"), junk, b"1.5,2\r\n", "b", times=9)
