"""Recorded traces: what a link received and sent, as JSON Lines, specified in docs/trace-format.md."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, Self

from edged.clock import Clock, ClockQuality
from edged.errors import TraceError
from edged.model import NS_PER_S, Packet

VERSION: Final = 1

MAX_LINE_BYTES: Final = 65_536
"""A longer line is broken: no reader has to hold more."""

MAX_DATA_BYTES: Final = 16_384
"""Most data in one line; only byte streams come in longer pieces, and they may be cut anywhere."""

SESSION_PAUSE_NS: Final = NS_PER_S
"""Between the last packet of a session and the next header, whose boot has a clock of its own."""


@dataclass(frozen=True, slots=True)
class TraceHeader:
    """What a session was recorded from. Nothing of it is needed to read the packets.

    Attributes:
        decoder: name of the decoder that understands them.
        link: URL of the link.
        boot: identity of the boot that ``mono_ns`` belongs to.
        mono_ns: monotonic time that the lines count from, in nanoseconds.
        utc: wall time at ``mono_ns``, RFC 3339.
        clock: whether that wall time could be believed.
    """

    decoder: str = ""
    link: str = ""
    boot: str = ""
    mono_ns: int = 0
    utc: str = ""
    clock: ClockQuality = ClockQuality.UNSYNCED


@dataclass(frozen=True, slots=True)
class TraceEntry:
    """One packet.

    Attributes:
        packet: with ``mono_ns`` counted from the first header; sessions follow one another
            ``SESSION_PAUSE_NS`` apart.
        sent: True for a command that was sent, False for what was received.
    """

    packet: Packet
    sent: bool = False


class TraceWriter:
    """Appends a session to a trace file; a context manager.

    Each line is one write to the operating system: what was recorded outlives the process, and only a
    power cut takes the last seconds. An unfinished last line, of an earlier power cut, is closed by a
    newline first and so stays the only one that is lost.

    Args:
        path: the file; it is made where there is none.
        clock: stamps the header and the commands.
        decoder: name of the decoder, for the header.
        link: URL of the link, for the header.

    Raises:
        TraceError: the file is there, and is no trace or of another version.
        OSError: it cannot be opened or written. Every method may raise it.
    """

    def __init__(self, path: Path, *, clock: Clock, decoder: str, link: str) -> None:
        self._clock = clock
        self._began_ns = clock.mono_ns()
        self._file = path.open("a+b", buffering=0)
        try:
            self._torn = self._ends_in_mid_line(path)
            self._write(
                {
                    "edged_trace": VERSION,
                    "decoder": decoder,
                    "link": link,
                    "boot": clock.boot,
                    "mono_ns": self._began_ns,
                    "utc": _rfc3339(clock.utc_ns()),
                    "clock": clock.quality().value,
                }
            )
        except BaseException:
            self._file.close()
            raise

    def received(self, packet: Packet) -> None:
        """Record a packet at the time it carries."""
        self._packet("ch", packet, packet.mono_ns)

    def sent(self, command: Packet) -> None:
        """Record a command at the time it is now."""
        self._packet("tx", command, self._clock.mono_ns())

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _packet(self, direction: str, packet: Packet, mono_ns: int) -> None:
        for start in range(0, max(len(packet.data), 1), MAX_DATA_BYTES):
            piece = packet.data[start : start + MAX_DATA_BYTES]
            self._write({"t": mono_ns - self._began_ns, direction: packet.channel, "hex": piece.hex()})

    def _write(self, fields: Mapping[str, object]) -> None:
        line = json.dumps(fields).encode("ascii") + b"\n"
        rest = memoryview(b"\n" + line if self._torn else line)
        self._torn = True
        while rest:  # a disk that fills up takes a part first, and refuses only the next write
            rest = rest[self._file.write(rest) :]
        self._torn = False

    def _ends_in_mid_line(self, path: Path) -> bool:
        self._file.seek(0)
        first = self._file.read(MAX_LINE_BYTES)
        if not first:
            return False
        _read_header(first.partition(b"\n")[0], f"{path}:1")
        self._file.seek(-1, 2)
        return self._file.read(1) != b"\n"


class TraceReader:
    """Reads a trace once, packet by packet; a context manager.

    A line that is broken, unfinished or too long is skipped and counted.

    Args:
        path: of the file.
        file: it is open already; ``path`` is what messages call it.

    Attributes:
        header: of the first session.
        broken: how many lines were skipped so far.
        first_broken: the number of the first of them, from 1; 0 where there is none.

    Raises:
        TraceError: not a trace, or of an unknown version; iterating may raise it too.
        OSError: the file cannot be opened or read.
    """

    def __init__(self, path: Path, file: BinaryIO | None = None) -> None:
        self.broken = 0
        self.first_broken = 0
        self._path = path
        self._file: BinaryIO = path.open("rb") if file is None else file
        self._lines = self._numbered_lines()
        try:
            self.header = self._first_header()
        except BaseException:
            self._file.close()
            raise

    def __iter__(self) -> Iterator[TraceEntry]:
        began_ns = last_ns = 0
        for number, line in self._lines:
            fields = _object(line)
            if "edged_trace" in fields:
                _read_header(line, f"{self._path}:{number}")
                began_ns = last_ns = last_ns + SESSION_PAUSE_NS
                continue
            entry = _entry(fields, began_ns)
            if entry is None:
                self._skip(number)
            else:
                last_ns = max(last_ns, entry.packet.mono_ns)
                yield entry

    def close(self) -> None:
        """Close the file; may be called twice."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _numbered_lines(self) -> Iterator[tuple[int, bytes]]:
        """Yield the lines that are not blank, with their numbers; of one too long, the beginning."""
        for number, line in enumerate(iter(partial(self._file.readline, MAX_LINE_BYTES), b""), 1):
            rest = line
            while len(rest) == MAX_LINE_BYTES and not rest.endswith(b"\n"):
                rest = self._file.readline(MAX_LINE_BYTES)
            if line.strip():
                yield number, line

    def _first_header(self) -> TraceHeader:
        for number, line in self._lines:
            header = _read_header(line, f"{self._path}:{number}")
            if header is not None:
                return header
            self._skip(number)
        raise TraceError(
            "no header was written before the file ends",
            where=str(self._path),
            mend="Nothing is lost: there was nothing recorded yet. Remove the file.",
        )

    def _skip(self, number: int) -> None:
        self.broken += 1
        self.first_broken = self.first_broken or number


_HEADER_BEGINS: Final = b'{"edged_trace": '


def _object(line: bytes) -> Mapping[str, object]:
    """Return the JSON object a line holds, or an empty one. The beginning of an object is never one."""
    try:
        fields: object = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _read_header(line: bytes, where: str) -> TraceHeader | None:
    """Return the header a line holds, or None where it is one that was cut off."""
    fields = _object(line)
    if "edged_trace" not in fields:
        cut = line.rstrip(b"\n")
        if len(line) < MAX_LINE_BYTES and cut[: len(_HEADER_BEGINS)] == _HEADER_BEGINS[: len(cut)]:
            return None
        raise TraceError(
            "not a trace: it does not begin with a header",
            where=where,
            mend='A trace begins with {"edged_trace": 1}; see docs/trace-format.md. Name another file.',
        )
    version = fields["edged_trace"]
    if version != VERSION or isinstance(version, bool):
        raise TraceError(
            f"a trace of version {version!r}, and this software knows version {VERSION}",
            where=where,
            mend="Use the version of edged that recorded it, or a newer one.",
        )
    mono_ns = fields.get("mono_ns")
    return TraceHeader(
        decoder=_text(fields, "decoder"),
        link=_text(fields, "link"),
        boot=_text(fields, "boot"),
        mono_ns=mono_ns if isinstance(mono_ns, int) else 0,
        utc=_text(fields, "utc"),
        clock=ClockQuality.SYNCED if fields.get("clock") == "synced" else ClockQuality.UNSYNCED,
    )


def _entry(fields: Mapping[str, object], began_ns: int) -> TraceEntry | None:
    match fields:
        case {"t": int(t_ns), "ch": str(channel), "hex": str(text)}:
            sent = False
        case {"t": int(t_ns), "tx": str(channel), "hex": str(text)}:
            sent = True
        case _:
            return None
    try:
        data = bytes.fromhex(text)
    except ValueError:
        return None
    if abs(t_ns) >= 1 << 62:  # times are int64 further on
        return None
    return TraceEntry(Packet(channel, data, began_ns + t_ns), sent)


def _text(fields: Mapping[str, object], key: str) -> str:
    value = fields.get(key)
    return value if isinstance(value, str) else ""


def _rfc3339(utc_ns: int) -> str:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=utc_ns // 1000)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")
