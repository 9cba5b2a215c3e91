"""What the columns of a table are: a header line such as ``time_ms,ecg[uV],acceleration.x[m[g]]``."""

import re
from dataclasses import dataclass
from typing import Final, Self

from edged.model import NS_PER_MS, StreamInfo

MAX_COLUMNS: Final = 64
NS_PER_US: Final = 1000
TIMES: Final = {"time_ms": NS_PER_MS, "time_us": NS_PER_US}
"""Columns with the device's own time, and their unit in nanoseconds."""

_COLUMN: Final = re.compile(r"([A-Za-z][A-Za-z0-9_]{0,31})(?:\.([A-Za-z0-9_]{1,32}))?(?:\s*\[(.{1,18})\])?")


class NotAHeader(Exception):
    """It is no header line, in words for the one who programs the board."""


@dataclass(frozen=True, slots=True)
class CsvColumns:
    """The columns of a table.

    Attributes:
        count: of all columns.
        time: index of the column with the device's time, or None.
        tick_ns: unit of that time.
        streams: each stream with the indices of its columns, one a channel.
    """

    count: int
    time: int | None
    tick_ns: int
    streams: tuple[tuple[StreamInfo, tuple[int, ...]], ...]

    @classmethod
    def parse(cls, line: str, rate_hz: float) -> Self:
        """Read a header line: at least one column has a unit, or is the time.

        Names become lower case. ``name.channel`` is a channel of a stream that has several; a column without
        a unit has the unit 1.

        Raises:
            NotAHeader: it is none.
        """
        cells = split(line)
        if len(cells) > MAX_COLUMNS:
            raise NotAHeader(f"{len(cells)} columns; {MAX_COLUMNS} are the limit")
        time, tick_ns, is_described = None, 0, False
        found: dict[str, list[tuple[str, str, int]]] = {}
        for index, cell in enumerate(cells):
            match = _COLUMN.fullmatch(cell)
            if not match or (match[3] and not match[3].isprintable()):
                raise NotAHeader(f"{_named(cell, index)} is no name[unit]")
            name, label, unit = match[1].lower(), (match[2] or "value").lower(), match[3]
            is_described |= unit is not None or name in TIMES
            if name in TIMES and time is None:
                time, tick_ns = index, TIMES[name]
            elif label in (label for label, _, _ in found.get(name, ())):
                raise NotAHeader(f"{cell[:40]!r} is there twice")
            else:
                found.setdefault(name, []).append((label, unit or "1", index))
        if not found or not is_described:
            raise NotAHeader("no units; print time_ms,ecg[uV],temperature[Cel] once at the start")
        streams = tuple(_stream(name, columns, rate_hz) for name, columns in found.items())
        return cls(len(cells), time, tick_ns, streams)


def _named(cell: str, index: int) -> str:
    """Return what to call a cell: faults are logged, and what has digits may have been measured."""
    return f"column {index + 1}" if any(map(str.isdigit, cell)) else repr(cell[:40])


def split(line: str) -> list[str]:
    """Return the cells of a line, stripped: it is cut at semicolons, else at tabs, else at commas."""
    delimiter = next((mark for mark in ";\t" if mark in line), ",")
    return [cell.strip() for cell in line.split(delimiter)]


def _stream(
    name: str, columns: list[tuple[str, str, int]], rate_hz: float
) -> tuple[StreamInfo, tuple[int, ...]]:
    labels, units, indices = zip(*columns, strict=True)
    unit = units[0] if len(set(units)) == 1 else ",".join(units)
    return StreamInfo(name, unit, rate_hz, labels), indices
