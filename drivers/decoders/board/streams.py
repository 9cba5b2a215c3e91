"""The samples of a board: data frames to chunks in physical units, with what is known against them."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.decoders.board import samples
from drivers.decoders.board.clock import DisciplinedClock
from drivers.decoders.board.description import BoardStream, Quantity
from drivers.decoders.board.messages import ChannelDescriptor, Data
from drivers.decoders.board.placement import FramePlacer
from drivers.decoders.board.samples import SampleFormat
from drivers.decoders.board.vocabulary import ChannelFlags, DataStatus
from drivers.decoders.fault import MalformedPacket
from edged.model import Chunk, Event, Quality, StreamInfo
from edged.signals.timebase import Placement

_LEADS: Final[Mapping[DataStatus, str]] = {
    DataStatus.LEAD_OFF_POSITIVE: "positive",
    DataStatus.LEAD_OFF_NEGATIVE: "negative",
}
_OF_ALL: Final[Mapping[DataStatus, Quality]] = {
    DataStatus.BUS_FAULT: Quality.NO_READING,
    DataStatus.TEST_PATTERN: Quality.HELD,
}
_TOLD: Final[Mapping[DataStatus, tuple[str, str]]] = {
    DataStatus.BUS_FAULT: ("sensor_fault", "sensor_restored"),
    DataStatus.TEST_PATTERN: ("test_pattern_on", "test_pattern_off"),
}
"""Events of a status that comes and goes."""


class QuantityCursor:
    """Numbers the samples of one quantity, over all boards and descriptions it had.

    Attributes:
        infos: all that the stream has been, the present one last.
    """

    def __init__(self) -> None:
        self.infos: dict[StreamInfo, None] = {}
        self._seq = 0
        self._last_ns: int | None = None
        self._is_interrupted = False

    def interrupt(self) -> None:
        """Begin anew: what follows does not go on from what was."""
        self._is_interrupted = self._last_ns is not None

    def chunk(
        self, info: StreamInfo, placed: Placement, values: NDArray[np.float64], quality: NDArray[np.uint16]
    ) -> Chunk:
        """Return the next samples; their times are after all before, whatever the board says."""
        self.infos.pop(info, None)
        self.infos[info] = None
        times_ns = placed.times_ns
        if self._is_interrupted:
            self._is_interrupted = False
            quality[0] |= np.uint16(Quality.GAP_BEFORE)
        if self._last_ns is not None:
            after = self._last_ns + 1 + np.arange(len(times_ns), dtype=np.int64)
            times_ns = np.maximum(times_ns, after)
        self._last_ns = int(times_ns[-1])
        self._seq += placed.missing
        chunk = Chunk(info, self._seq, times_ns, values, quality)
        self._seq += len(chunk)
        return chunk


class StreamReader:
    """Reads the frames of one stream of a board.

    Args:
        stream: what it is.
        clock: of the board.
        cursors: by quantity; those that are not there are added.
    """

    def __init__(
        self, stream: BoardStream, clock: DisciplinedClock, cursors: dict[str, QuantityCursor]
    ) -> None:
        self.stream = stream
        self._placer = FramePlacer(clock, stream.rate_hz)
        self._cursors = [
            cursors.setdefault(quantity.info.quantity, QuantityCursor()) for quantity in stream.quantities
        ]
        for cursor in self._cursors:
            cursor.interrupt()
        self._status = DataStatus(0)

    def is_same_but_for_rate(self, stream: BoardStream) -> bool:
        """Return whether its samples mean the same."""
        own, other = (
            [replace(channel, rate_mhz=0) for q in each.quantities for channel in q.channels]
            for each in (self.stream, stream)
        )
        names = [[q.info.quantity for q in each.quantities] for each in (self.stream, stream)]
        return own == other and names[0] == names[1]

    def set_rate(self, stream: BoardStream) -> None:
        """Go on at another rate, if it is another one."""
        if stream == self.stream:
            return
        self.stream = stream
        self._placer.set_rate(stream.rate_hz)

    def read(self, sequence: int, data: Data, receipt_ns: int) -> tuple[list[Chunk], list[Event]]:
        """Return a chunk for each quantity, and what has changed.

        Raises:
            MalformedPacket: it has no or too few samples, or came before.
        """
        if not data.count:
            raise MalformedPacket("a frame without samples")
        raw = samples.unpack(data.samples, data.count, self.stream.formats)
        overrun = DataStatus.OVERRUN in data.status
        placed = self._placer.place(sequence, data.t_us, data.count, overrun=overrun, receipt_ns=receipt_ns)
        if placed.verdict != "kept":
            raise MalformedPacket(
                "it came twice; the second is dropped"
                if placed.verdict == "repeated"
                else "it is older than the one before; dropped"
            )
        chunks = [
            self._chunk(quantity, cursor, placed, raw, data.status)
            for quantity, cursor in zip(self.stream.quantities, self._cursors, strict=True)
        ]
        return chunks, list(self._changes(data.status, int(placed.times_ns[0])))

    def _chunk(
        self,
        quantity: Quantity,
        cursor: QuantityCursor,
        placed: Placement,
        raw: NDArray[np.float64],
        status: DataStatus,
    ) -> Chunk:
        with np.errstate(all="ignore"):  # a float may be anything; what it is not, is flagged
            values = raw[:, quantity.columns] * quantity.scales + quantity.offsets
        quality = np.zeros(len(values), dtype=np.uint16)
        is_number = np.isfinite(values)
        if not is_number.all():
            values[~is_number] = np.nan
            quality[~is_number.all(axis=1)] |= np.uint16(Quality.HELD)
        if status:
            self._flag(quantity, raw, status, quality)
        if placed.is_gap:
            quality[0] |= np.uint16(Quality.GAP_BEFORE)
        return cursor.chunk(quantity.info, placed, values, quality)

    def _flag(
        self,
        quantity: Quantity,
        raw: NDArray[np.float64],
        status: DataStatus,
        quality: NDArray[np.uint16],
    ) -> None:
        for bit, meaning in _OF_ALL.items():
            if bit in status:
                quality |= np.uint16(meaning)
        if lead_names(status) and self._tells_leads(quantity):
            quality |= np.uint16(Quality.NO_CONTACT)
        if DataStatus.SATURATED in status:
            quality[self._saturated(quantity, raw)] |= np.uint16(Quality.SATURATED)

    def _tells_leads(self, quantity: Quantity) -> bool:
        """Return whether the status of leads is about this quantity: about all where none is marked."""
        every = [channel for each in self.stream.quantities for channel in each.channels]
        marked = [channel for channel in every if ChannelFlags.LEAD_OFF_DETECTION in channel.flags]
        return any(channel in (marked or every) for channel in quantity.channels)

    def _saturated(self, quantity: Quantity, raw: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Return which samples are at an end of the converter's range; all where that shows of none."""
        at_end = np.zeros(len(raw), dtype=np.bool_)
        own = at_end.copy()
        for each in self.stream.quantities:
            for column, channel in zip(each.columns, each.channels, strict=True):
                found = _at_end(channel, raw[:, column])
                at_end |= found
                if each is quantity:
                    own |= found
        return own if at_end.any() else ~at_end

    def _changes(self, status: DataStatus, mono_ns: int) -> Iterator[Event]:
        before, self._status = self._status, status
        if status == before:
            return
        names = [quantity.info.quantity for quantity in self.stream.quantities]
        for bit, (begins, ends) in _TOLD.items():
            if (bit in status) != (bit in before):
                yield Event(begins if bit in status else ends, mono_ns, detail={"streams": names})
        if bool(lead_names(status)) != bool(lead_names(before)):
            concerned = [q.info.quantity for q in self.stream.quantities if self._tells_leads(q)]
            detail: dict[str, object] = {"streams": concerned}
            if lead_names(status):
                detail["leads"] = lead_names(status)
            yield Event("contact_lost" if lead_names(status) else "contact_restored", mono_ns, detail=detail)


def lead_names(status: int) -> list[str]:
    """Return which leads are off, of a status or the value of an event."""
    return [name for bit, name in _LEADS.items() if status & bit]


def _at_end(channel: ChannelDescriptor, raw: NDArray[np.float64]) -> NDArray[np.bool_]:
    if not 0 < channel.adc_bits < 32 or channel.format == SampleFormat.F32:
        return np.zeros(len(raw), dtype=np.bool_)
    if channel.format == SampleFormat.U16:
        lowest, highest = 0, 2**channel.adc_bits - 1
    else:
        highest = 2 ** (channel.adc_bits - 1) - 1
        lowest = -highest - 1
    found: NDArray[np.bool_] = (raw <= lowest) | (raw >= highest)
    return found
