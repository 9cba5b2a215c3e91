"""Continuity: where a stream was interrupted, and what stands in for a value that is not a number."""

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edged.model import NS_PER_MS, NS_PER_S, Chunk, Quality, StreamInfo

LARGEST: Final = 1e100
"""A greater magnitude is no measurement of anything; within it no square or filter overflows."""

STAMP_JITTER_NS: Final = 100 * NS_PER_MS
"""How late a sample may be stamped without anything being lost.

Radio frames wait for some connection intervals (7.5 to 50 ms each) and a decoder may stamp by receipt. A
filter that started anew at every late frame would never settle; one that overlooks a loss shorter
than this is off by a few samples once. What was really counted, ``seq``, has no such margin.
"""


class Continuity:
    """Finds the gaps of one stream and flags them, so that each step resets at the same samples.

    A gap is where the maker of the chunk says so (``Quality.GAP_BEFORE``), where ``seq`` is not the
    one expected, and, in a stream of constant rate, where more than one and a half nominal periods
    plus ``STAMP_JITTER_NS`` lie between two samples.
    """

    def __init__(self, info: StreamInfo) -> None:
        self._limit_ns = round(1.5 * NS_PER_S / info.rate_hz) + STAMP_JITTER_NS if info.rate_hz else None
        self._next_seq: int | None = None
        self._last_ns = 0

    def mark(self, chunk: Chunk) -> Chunk:
        """Return the chunk with ``GAP_BEFORE`` at every sample that follows a gap.

        The first sample of all follows none, unless it came flagged.
        """
        first = self._next_seq is None
        gap = np.zeros(len(chunk), dtype=np.bool_)
        gap[0] = not first and chunk.seq != self._next_seq
        if self._limit_ns is not None:
            before = chunk.times_ns[0] if first else self._last_ns
            gap |= np.diff(chunk.times_ns, prepend=before) > self._limit_ns
        self._next_seq = chunk.seq + len(chunk)
        self._last_ns = int(chunk.times_ns[-1])
        if not gap.any():
            return chunk
        return chunk.with_values(chunk.values, chunk.quality | bits(gap, Quality.GAP_BEFORE))


def runs(chunk: Chunk) -> list[slice]:
    """Cut a marked chunk at its gaps: slices without one inside, in order."""
    starts = np.flatnonzero(chunk.quality & Quality.GAP_BEFORE)
    edges = sorted({0, *starts.tolist(), len(chunk)})
    return [slice(start, stop) for start, stop in pairwise(edges)]


def measured(chunk: Chunk) -> NDArray[np.bool_]:
    """Tell which values are measurements, shape (n, channels).

    A value is none if it is not a number or beyond ``LARGEST``, or if the device said that it has
    none (``Quality.NO_READING``).
    """
    with_reading = (chunk.quality & Quality.NO_READING) == 0
    known: NDArray[np.bool_] = (np.abs(chunk.values) <= LARGEST) & with_reading[:, np.newaxis]
    return known


def flag_missing(chunk: Chunk) -> Chunk:
    """Return the chunk with ``HELD`` at every sample that lacks a measurement in some channel."""
    missing = np.asarray((~measured(chunk)).any(axis=1))
    if not missing.any():
        return chunk
    return chunk.with_values(chunk.values, chunk.quality | bits(missing, Quality.HELD))


def bits(where: NDArray[np.bool_], quality: Quality) -> NDArray[np.uint16]:
    """Return ``quality`` where the mask is true and ``GOOD`` elsewhere, shape (n,)."""
    return where * np.uint16(quality)


def held(column: NDArray[np.float64], known: NDArray[np.bool_], last: float) -> NDArray[np.float64]:
    """Replace what is not known by the last that was.

    Args:
        column: values, shape (n,).
        known: which of them stand, shape (n,).
        last: what holds until the first of them.
    """
    if known.all():
        return column
    latest = np.maximum.accumulate(np.where(known, np.arange(1, len(column) + 1), 0))
    return np.concatenate(([last], column))[latest]
