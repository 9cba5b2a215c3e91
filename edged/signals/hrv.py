"""Heart-rate variability in the time domain, over a sliding window."""

import math
from typing import Final

import numpy as np

from edged.model import NS_PER_S, Chunk, Quality, StreamInfo
from edged.signals.continuity import Continuity, bits, flag_missing
from edged.signals.fit import check_fit
from edged.signals.steps import Hrv

HRV: Final = StreamInfo("hrv", "ms,ms,%", 0.0, ("rmssd", "sdnn", "pnn50"))
"""The stream this step adds; its unit lists those of the channels in their order."""

NN50_MS: Final = 50.0
"""pNN50 counts successive differences greater than this (Task Force 1996)."""

MOST_BEATS_PER_S: Final = 10
"""Bounds the memory: of anything faster than 600 /min, no heart, the window keeps the newest."""


class HrvStep:
    """Passes RR intervals on, values untouched, and adds the stream ``hrv``: one sample a beat, at its time.

    The window is the time ``(beat - window_s, beat]``; an interval belongs to the beat that ends it. Over
    its good intervals (usable, above 0):

    - ``rmssd``: root of the mean squared successive difference, ms;
    - ``sdnn``: standard deviation, n - 1 in the denominator, ms;
    - ``pnn50``: successive differences greater than 50 ms, per cent of all successive differences.

    Successive are two good intervals of which the window holds both, with no gap and no unusable
    interval in between. A gap does not empty the window: it is ``coverage`` that asks whether enough
    is left. Where the good intervals add up to less than ``coverage`` of ``window_s``, or no two are
    successive, all three are NaN and the sample is ``HELD``. ``GAP_BEFORE`` is repeated, since
    samples of ``hrv`` are missing there too; other flags are not, as their intervals are not counted.

    Every beat is computed afresh from its window, so that nothing drifts. ``seq`` of ``hrv`` counts from 0.

    Raises:
        ValueError: the stream is not one of intervals in ms.
    """

    def __init__(self, params: Hrv, info: StreamInfo) -> None:
        check_fit(params, info)
        self._continuity = Continuity(info)
        self._window = _Window(params.window_s)
        self._enough_ms = params.coverage * params.window_s * 1000
        self._seq = 0

    def process(self, chunk: Chunk) -> list[Chunk]:
        """Return the chunk, gaps and missing values flagged, and as many samples of ``hrv``."""
        chunk = flag_missing(self._continuity.mark(chunk))
        values = np.empty((len(chunk), len(HRV.channels)))
        flags = chunk.quality & np.uint16(Quality.GAP_BEFORE)
        intervals_ms = chunk.values[:, 0]
        good = (intervals_ms > 0) & [Quality(int(bits)).usable for bits in chunk.quality]
        for index in range(len(chunk)):
            if flags[index]:
                self._window.interrupt()
            if good[index]:
                self._window.add(int(chunk.times_ns[index]), float(intervals_ms[index]))
            else:
                self._window.interrupt()
            self._window.move_to(int(chunk.times_ns[index]))
            values[index] = self._window.variability(self._enough_ms)
        flags |= bits(np.isnan(values[:, 0]), Quality.HELD)
        beats = Chunk(HRV, self._seq, chunk.times_ns, values, flags)
        self._seq += len(chunk)
        return [chunk, beats]


class _Window:
    """The good intervals of the last ``window_s``, oldest first, side by side in memory.

    They slide through arrays of twice their greatest number, and back to the front when these are full.
    """

    def __init__(self, window_s: float) -> None:
        self._length_ns = round(window_s * NS_PER_S)
        self._most = math.ceil(window_s * MOST_BEATS_PER_S)
        self._times_ns = np.empty(2 * self._most, dtype=np.int64)
        self._intervals_ms = np.empty(2 * self._most)
        self._differences_ms = np.empty(2 * self._most)  # from the one before; NaN: none
        self._start = self._stop = 0
        self._last_ms = math.nan  # NaN: whatever comes next is no successor

    def interrupt(self) -> None:
        """Take no difference between what was added before and what comes after."""
        self._last_ms = math.nan

    def add(self, time_ns: int, interval_ms: float) -> None:
        """Append a good interval."""
        if self._stop == len(self._times_ns):
            self._move_to_front()
        self._times_ns[self._stop] = time_ns
        self._intervals_ms[self._stop] = interval_ms
        self._differences_ms[self._stop] = interval_ms - self._last_ms
        self._stop += 1
        self._start = max(self._start, self._stop - self._most)
        self._last_ms = interval_ms

    def move_to(self, time_ns: int) -> None:
        """Drop what is as old as the window is long, or older."""
        while self._start < self._stop and self._times_ns[self._start] <= time_ns - self._length_ns:
            self._start += 1

    def variability(self, enough_ms: float) -> tuple[float, float, float]:
        """Return rmssd, sdnn and pnn50; NaN where less than ``enough_ms`` is known."""
        intervals = self._intervals_ms[self._start : self._stop]
        # The difference of the oldest is from an interval that has left the window.
        differences = self._differences_ms[self._start + 1 : self._stop]
        differences = differences[~np.isnan(differences)]
        if len(differences) == 0 or intervals.sum() < enough_ms:
            return math.nan, math.nan, math.nan
        rmssd = math.sqrt(np.mean(differences**2))
        pnn50 = 100 * np.count_nonzero(np.abs(differences) > NN50_MS) / len(differences)
        return rmssd, float(np.std(intervals, ddof=1)), pnn50

    def _move_to_front(self) -> None:
        kept = slice(self._start, self._stop)
        for column in (self._times_ns, self._intervals_ms, self._differences_ms):
            column[: self._stop - self._start] = column[kept].copy()
        self._start, self._stop = 0, self._stop - self._start
