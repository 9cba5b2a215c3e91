"""The decoder for boards that print numbers in columns, as a sketch does with ``Serial.print``.

time_ms,ecg[uV],temperature[Cel]
1204,-120,36.61
1208,-96,36.61
"""

import re
from math import isfinite, nan
from typing import Final

from drivers.decoders.csv_columns import CsvColumns, NotAHeader, split
from drivers.decoders.json_lines import ON_SKIN
from drivers.decoders.options import number
from drivers.decoders.stream_cursor import StreamCursor
from drivers.decoders.wire.line_buffer import LineBuffer
from drivers.decoders.wire.paced_clock import PacedClock
from drivers.decoders.wire.serial_decoder import SerialDecoder, Told
from drivers.decoders.wire.steady_stream import SteadyStream
from edged.errors import DriverError
from edged.model import Quality, StreamInfo

MAX_LINE_BYTES: Final = 1024
MAX_STREAMS: Final = 64
TICKS: Final = 1 << 32
"""``millis()`` and ``micros()`` go on from 0 there."""
TICKS_MAX: Final = 1 << 53

_NUMBER: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_NONE: Final = frozenset({"", "nan", "-nan"})
_BEYOND: Final = frozenset({"inf", "-inf", "+inf", "ovf", "-ovf"})
"""What ``Print::printFloat`` of Arduino writes for numbers that it cannot."""


class CsvLinesDecoder(SerialDecoder):
    """Numbers in columns, at most ``MAX_LINE_BYTES`` a line, described by a header line or by ``columns``.

    Commas, semicolons or tabs part the columns. Of a column ``time_ms`` or ``time_us``, the board's own
    time, the node's is estimated, see ``PacedClock``. Without it a line is stamped with its receipt, or,
    where there is a ``rate``, lines are spread evenly. The first line of a connection is left out unless it
    is a header: it may have been cut off.

    Args:
        columns: the header line of a board that sends none.
        rate: lines a second, 0.1 to 10000; 0 for an irregular table.

    Raises:
        DriverError: an option cannot be used.
    """

    def __init__(self, *, columns: str = "", rate: str = "0") -> None:
        super().__init__()
        self._rate_hz = number("rate", rate, minimum=0.1, maximum=10_000) if rate != "0" else 0.0
        self._lines = LineBuffer(MAX_LINE_BYTES)
        self._columns: CsvColumns | None = None
        self._infos: dict[str, StreamInfo] = {}
        self._cursors: dict[str, StreamCursor] = {}
        self._steady: dict[str, SteadyStream] = {}
        self._clock = PacedClock()
        self._ticks: float | None = None
        self._wrapped = 0
        self._is_cut = True
        self._is_asked = False
        self._has_rows = False
        if columns:
            try:
                self._describe(CsvColumns.parse(columns, self._rate_hz))
            except NotAHeader as wrong:
                raise DriverError(f"columns={columns}: {wrong}", where="csv_lines") from wrong

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return the streams that were described."""
        return tuple(self._infos.values())

    def _reset(self) -> None:
        self._lines.reset()
        self._clock.restart()
        self._ticks = None
        self._is_cut = True
        for stream in self._steady.values():
            stream.restart()

    def _take(self, data: bytes, told: Told) -> None:
        for line in self._split(self._lines, data, told):
            if line is None:
                self._bad(None, "send shorter lines", told)
            else:
                self._line(line, told)
            self._is_cut = False

    def _line(self, line: bytes, told: Told) -> None:
        cells = split(line.decode("ascii", "replace"))
        if not any(_read(cell) for cell in cells):
            try:
                self._describe(CsvColumns.parse(line.decode("ascii", "replace"), self._rate_hz))
            except NotAHeader as wrong:
                if not self._is_cut:
                    self._bad(line, str(wrong), told)
            else:
                self._understood()
        elif self._is_cut:
            return
        elif self._columns is None:
            if not self._is_asked:
                self._bad(line, "no header yet; print time_ms,ecg[uV] once a second, or set columns", told)
            self._is_asked = True
            self._understood()  # numbers they are
        elif len(cells) != self._columns.count:
            self._bad(line, f"{len(cells)} columns instead of {self._columns.count}", told)
        else:
            self._row(line, cells, self._columns, told)

    def _bad(self, line: bytes | None, why: str, told: Told) -> None:
        for stream in self._steady.values():
            stream.interrupt()
        self._bad_line(told, line, MAX_LINE_BYTES, why)

    def _describe(self, columns: CsvColumns) -> None:
        """Take a header, unless it contradicts what a stream was before."""
        infos = self._infos | {info.quantity: info for info, _ in columns.streams}
        if len(infos) > MAX_STREAMS:
            raise NotAHeader(f"{len(infos)} streams; {MAX_STREAMS} are the limit")
        for info in self._infos.values():
            if infos[info.quantity] != info:
                raise NotAHeader(f"{info.quantity} was something else before; restart edged to change it")
        self._columns, self._infos = columns, infos
        for quantity, info in infos.items():
            if info.rate_hz:
                block = max(round(info.rate_hz / 10), 1)
                self._steady.setdefault(quantity, SteadyStream(info, block))
            else:
                self._cursors.setdefault(quantity, StreamCursor(info))

    def _row(self, line: bytes, cells: list[str], columns: CsvColumns, told: Told) -> None:
        read = [_read(cell) for cell in cells]
        if None in read:
            self._bad(line, f"column {read.index(None) + 1} is not a number", told)
            return
        numbers = [one for one in read if one is not None]
        device_ns = None
        if columns.time is not None:
            device_ns = self._device_ns(numbers[columns.time][0], columns.tick_ns)
            if device_ns is None:
                self._bad(line, f"column {columns.time + 1} is not a time", told)
                return
        self._understood()
        at_ns, gap = self._placed(device_ns, told.mono_ns)
        for info, indices in columns.streams:
            values = tuple(numbers[index][0] for index in indices)
            quality = Quality.CONTACT_UNKNOWN if info.quantity in ON_SKIN else Quality.GOOD
            for index in indices:
                quality |= numbers[index][1]
            if info.rate_hz:
                steady = self._steady[info.quantity]
                told.chunks += steady.add(told.mono_ns, values, quality, device_ns=device_ns)
            else:
                told.chunks.append(self._cursors[info.quantity].chunk(at_ns, [values], quality | gap))

    def _placed(self, device_ns: int | None, receipt_ns: int) -> tuple[int, Quality]:
        """Return when a row was measured, and whether it does not follow on the one before."""
        if device_ns is None:
            return receipt_ns, Quality.GOOD
        at_ns, is_beginning = self._clock.place(device_ns, receipt_ns)
        is_gap, self._has_rows = is_beginning and self._has_rows, True
        return at_ns, Quality.GAP_BEFORE if is_gap else Quality.GOOD

    def _device_ns(self, ticks: float, tick_ns: int) -> int | None:
        """Return the device's time since its start, over the wraps of its counter."""
        if not 0 <= ticks <= TICKS_MAX:
            return None
        if self._ticks is not None and self._ticks - ticks > TICKS / 2:
            self._wrapped += TICKS
        self._ticks = ticks
        return round((ticks + self._wrapped) * tick_ns)


def _read(cell: str) -> tuple[float, Quality] | None:
    """Return a number and what is known against it; None for what is none."""
    if cell.lower() in _NONE:
        return nan, Quality.NO_READING
    if cell.lower() in _BEYOND:
        return nan, Quality.SATURATED
    if not _NUMBER.fullmatch(cell):
        return None
    value = float(cell)
    return (value, Quality.GOOD) if isfinite(value) else (nan, Quality.SATURATED)
