import json
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edged.clock import ClockQuality, ManualClock
from edged.errors import TraceError
from edged.model import NS_PER_S, Packet
from edged.trace import (
    MAX_DATA_BYTES,
    MAX_LINE_BYTES,
    SESSION_PAUSE_NS,
    TraceEntry,
    TraceHeader,
    TraceReader,
    TraceWriter,
)

BEGAN_NS = 5 * NS_PER_S
HEADER = b'{"edged_trace": 1}\n'

packets = st.builds(
    Packet,
    channel=st.sampled_from(["2a37", "serial", "0000fee1-0000-1000-8000-00805f9b34fb"]),
    data=st.binary(max_size=20),
    mono_ns=st.integers(BEGAN_NS, BEGAN_NS + 10**12),
)
per_example = settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])


def writer(path: Path) -> TraceWriter:
    clock = ManualClock(mono_ns=BEGAN_NS, utc_ns=1_700_000_000 * NS_PER_S + 5000, boot="b1")
    return TraceWriter(path, clock=clock, decoder="heart_rate", link="sim:resting?seed=1")


def write(path: Path, told: list[Packet]) -> None:
    with writer(path) as trace:
        for packet in told:
            trace.received(packet)


def read(path: Path) -> list[TraceEntry]:
    with TraceReader(path) as trace:
        return list(trace)


def entry(packet: Packet, began_ns: int = 0) -> TraceEntry:
    return TraceEntry(Packet(packet.channel, packet.data, packet.mono_ns - BEGAN_NS + began_ns))


def test_a_trace_reads_as_the_specification_says(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    with writer(path) as trace:
        trace.received(Packet("2a37", b"\x00\x48", BEGAN_NS + 7))
        trace.sent(Packet("2a39", b"\x01"))
    assert path.read_text().splitlines() == [
        (
            '{"edged_trace": 1, "decoder": "heart_rate", "link": "sim:resting?seed=1", "boot": "b1", '
            '"mono_ns": 5000000000, "utc": "2023-11-14T22:13:20.000005Z", "clock": "synced"}'
        ),
        '{"t": 7, "ch": "2a37", "hex": "0048"}',
        '{"t": 0, "tx": "2a39", "hex": "01"}',
    ]
    with TraceReader(path) as reader:
        assert reader.header == TraceHeader(
            "heart_rate",
            "sim:resting?seed=1",
            "b1",
            BEGAN_NS,
            "2023-11-14T22:13:20.000005Z",
            ClockQuality.SYNCED,
        )
        assert list(reader) == [
            TraceEntry(Packet("2a37", b"\x00\x48", 7)),
            TraceEntry(Packet("2a39", b"\x01"), sent=True),
        ]
        assert (reader.broken, reader.first_broken) == (0, 0)


def test_what_was_recorded_is_in_the_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    with writer(path) as trace:
        trace.received(Packet("2a37", b"\x00\x48", BEGAN_NS))
        assert len(read(path)) == 1
    trace.close()


@per_example
@given(st.lists(packets, max_size=4))
def test_whatever_was_wholly_written_before_a_cut_is_read_back(tmp_path: Path, told: list[Packet]) -> None:
    path, cut = tmp_path / "t.jsonl", tmp_path / "cut.jsonl"
    path.unlink(missing_ok=True)
    write(path, told)
    whole = path.read_bytes()
    ends = [at for at, byte in enumerate(whole) if byte == ord("\n")]
    for length in range(len(whole) + 1):
        cut.write_bytes(whole[:length])
        lines = sum(end <= length for end in ends)  # the newline itself may be cut off
        if not lines:
            with pytest.raises(TraceError, match="no header was written"):
                read(cut)
            continue
        with TraceReader(cut) as reader:
            assert list(reader) == [entry(packet) for packet in told[: lines - 1]]
            assert reader.broken == (whole[:length].rpartition(b"\n")[2] != b"" and length not in ends)


@per_example
@given(st.lists(packets, max_size=3), st.lists(packets, min_size=1, max_size=2), st.data())
def test_a_cut_trace_is_appended_to(
    tmp_path: Path, before: list[Packet], after: list[Packet], data: st.DataObject
) -> None:
    path = tmp_path / "t.jsonl"
    path.unlink(missing_ok=True)
    write(path, before)
    whole = path.read_bytes()
    length = data.draw(st.integers(0, len(whole)), label="length")
    path.write_bytes(whole[:length])
    write(path, after)
    lines = sum(end <= length for end in (at for at, byte in enumerate(whole) if byte == ord("\n")))
    kept = [entry(packet) for packet in before[: max(lines - 1, 0)]]
    latest = max([0, *(e.packet.mono_ns for e in kept)])
    began_ns = latest + SESSION_PAUSE_NS if lines else 0
    assert read(path) == kept + [entry(packet, began_ns) for packet in after]


@given(st.binary(max_size=200))
@settings(
    max_examples=100,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_garbage_between_lines_costs_those_lines_only(tmp_path: Path, garbage: bytes) -> None:
    path = tmp_path / "t.jsonl"
    good = b'{"t": 3, "ch": "serial", "hex": "61"}\n'
    path.write_bytes(HEADER + good + garbage + b"\n" + good)
    entries = read(path)
    assert entries[0] == TraceEntry(Packet("serial", b"a", 3))
    assert entries[-1] == TraceEntry(Packet("serial", b"a", 3))


@pytest.mark.parametrize(
    "line",
    [
        b"[1, 2]",
        b'{"t": 1, "ch": "2a37"}',
        b'{"t": "1", "ch": "2a37", "hex": "00"}',
        b'{"t": 1, "ch": "2a37", "hex": "0"}',
        b'{"t": 1, "ch": "2a37", "hex": "zz"}',
        b'{"t": 9223372036854775808, "ch": "2a37", "hex": "00"}',
        b'{"t": 1, "ch": 2, "hex": "00"}',
        b"\xff\xfe",
        b"[" * 60_000,
        b'{"t": 1, "ch": "2a37", "hex": "' + b"00" * MAX_LINE_BYTES + b'"}',
    ],
)
def test_a_broken_line_is_skipped_and_counted(tmp_path: Path, line: bytes) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(HEADER + b"\n" + line + b"\n" + b'{"t": 1, "ch": "2a37", "hex": "00"}\n' + line)
    with TraceReader(path) as reader:
        assert list(reader) == [TraceEntry(Packet("2a37", b"\x00", 1))]
        assert (reader.broken, reader.first_broken) == (2, 3)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"hello\n", r"t\.jsonl:1: not a trace.*Name another file"),
        (b'{"time": 1}\n', r"t\.jsonl:1: not a trace"),
        (b'{"edged_trace": ' + b" " * MAX_LINE_BYTES, r"t\.jsonl:1: not a trace"),
        (b"\n\n[1]\n", r"t\.jsonl:3: not a trace"),
        (b'{"edged_trace": 2}\n', r"t\.jsonl:1: a trace of version 2, .* knows version 1\. Use the version"),
        (b'{"edged_trace": true}\n', r"t\.jsonl:1: a trace of version True"),
    ],
)
def test_what_is_no_trace_is_refused_and_left_alone(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(content)
    with pytest.raises(TraceError, match=message):
        TraceReader(path)
    if content.strip().count(b"\n") == 0 and not content.startswith(b"\n"):
        with pytest.raises(TraceError, match=message):
            writer(path)
    assert path.read_bytes() == content


def test_a_later_session_of_an_unknown_version_is_refused_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(HEADER + b'{"edged_trace": 9}\n')
    with TraceReader(path) as reader, pytest.raises(TraceError, match=r"t\.jsonl:2: .*version 9"):
        list(reader)


def test_a_header_may_leave_everything_out_and_say_more(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    path.write_bytes(b'{"edged_trace": 1, "link": 5, "note": "by hand"}\n')
    with TraceReader(path) as reader:
        assert reader.header == TraceHeader()


def test_a_long_piece_of_a_stream_takes_several_lines(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    data = bytes(range(256)) * (MAX_DATA_BYTES // 128) + b"end"
    write(path, [Packet("serial", data, BEGAN_NS), Packet("serial", b"", BEGAN_NS)])
    assert all(len(line) < MAX_LINE_BYTES for line in path.read_bytes().splitlines())
    entries = read(path)
    assert len(entries) == 4
    assert b"".join(e.packet.data for e in entries) == data


def test_a_line_cut_by_a_full_disk_is_closed_before_the_next(tmp_path: Path) -> None:
    path = tmp_path / "t.jsonl"
    with writer(path) as trace:
        with pytest.MonkeyPatch.context() as patch, closing(FillingDisk(path)) as full:
            patch.setattr(trace, "_file", full)
            with pytest.raises(OSError, match="full"):
                trace.received(Packet("2a37", b"\x00\x48", BEGAN_NS))
        trace.received(Packet("2a37", b"\x00\x49", BEGAN_NS))
    with TraceReader(path) as reader:
        assert [e.packet.data for e in reader] == [b"\x00\x49"]
        assert (reader.broken, reader.first_broken) == (1, 2)
    assert all(json.loads(line) for line in path.read_text().splitlines()[2:])


class FillingDisk:
    """Takes ten bytes, then no more."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("ab", buffering=0)
        self._left = 10

    def write(self, data: memoryview) -> int:
        if not self._left:
            raise OSError(28, "disk full")
        taken = self._file.write(data[: self._left])
        self._left -= taken
        return taken

    def close(self) -> None:
        self._file.close()
