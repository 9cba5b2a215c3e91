"""Where the streams have got to of a device that counts its samples: gathers them into chunks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from drivers.decoders.wire.receipt_clock import ReceiptClock
from edged.model import Chunk, Quality, StreamInfo


@dataclass(frozen=True, slots=True)
class Row:
    """What one sample of the device says of one stream.

    Attributes:
        values: one a channel.
        quality: of them.
    """

    values: Sequence[float]
    quality: Quality = Quality.GOOD


class CountedCursor:
    """Makes the chunks of all streams of a device from samples that bear a counter.

    A chunk ends when it has so many samples, and before a gap, so that how the bytes were cut changes
    nothing. A stream that is not in every sample is numbered by itself.

    Args:
        infos: of the streams.
        rate_hz: of the counter, nominal.
        modulus: at which it begins anew.
        block: samples in a chunk.
    """

    def __init__(self, infos: Sequence[StreamInfo], rate_hz: float, modulus: int, block: int) -> None:
        self._infos = {info.quantity: info for info in infos}
        self._rate_hz = rate_hz
        self._modulus = modulus
        self._block = block
        self._clock = ReceiptClock(rate_hz, modulus)
        self._seqs = dict.fromkeys(self._infos, 0)
        self._gaps = dict.fromkeys(self._infos, False)
        self._rows: list[Mapping[str, Row]] = []
        self._missing = 0
        self._counter: int | None = None
        self._receipt_ns = 0

    def end(self) -> list[Chunk]:
        """Return what is not yet a chunk, for the device begins to count anew."""
        chunks = self._ended() if self._rows else []
        self.begin()
        return chunks

    def begin(self) -> None:
        """Begin a connection: what was not yet a chunk is lost with what was on its way."""
        if self._counter is not None:
            self._gaps = dict.fromkeys(self._infos, True)
        self._rows = []
        self._missing = 0
        self._counter = None
        self._clock.begin()

    def add(self, counter: int, rows: Mapping[str, Row], receipt_ns: int) -> tuple[list[Chunk], int]:
        """Take a sample; return the chunks that are whole now, and how many samples the counter left out."""
        missing = 0
        if self._counter is not None:
            missing = (counter - self._counter - 1) % self._modulus
        chunks = self._ended() if missing and self._rows else []
        if missing:
            self._missing += missing
        self._counter = counter
        self._rows.append(rows)
        self._receipt_ns = receipt_ns
        if len(self._rows) == self._block:
            chunks += self._ended()
        return chunks, missing

    def _ended(self) -> list[Chunk]:
        placed = self._clock.place(len(self._rows), self._missing, self._receipt_ns)
        missing, self._missing = self._missing + placed.missing, 0
        chunks = []
        for quantity, info in self._infos.items():
            at = [index for index, rows in enumerate(self._rows) if quantity in rows]
            is_every = info.rate_hz == self._rate_hz
            self._gaps[quantity] |= placed.is_gap
            self._seqs[quantity] += missing if is_every else 0
            if not at:
                continue
            rows = [self._rows[index][quantity] for index in at]
            quality = [int(row.quality) for row in rows]
            if self._gaps[quantity]:
                quality[0] |= Quality.GAP_BEFORE
                self._gaps[quantity] = False
            times_ns = placed.times_ns[np.array(at)]
            values = [list(row.values) for row in rows]
            chunks.append(Chunk.of(info, self._seqs[quantity], times_ns, values, quality))
            self._seqs[quantity] += len(rows)
        self._rows = []
        return chunks
