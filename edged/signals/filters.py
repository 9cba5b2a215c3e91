"""Frequency filters: Butterworth low-, high- and band-pass, and the mains notch.

Importing this module imports scipy, which costs 80 MB: only a chain that filters does.
"""

import math
from functools import partial
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, iirnotch, sosfilt, sosfilt_zi

from edged.model import Quality, StreamInfo
from edged.signals.channelwise import ChannelwiseStep
from edged.signals.continuity import held
from edged.signals.fit import check_fit
from edged.signals.steps import Bandpass, Highpass, Lowpass, Notch

SETTLED: Final = 0.01
"""A filter counts as settled when its slowest part has decayed to this share."""

_Sections = NDArray[np.float64]  # shape (sections, 6)


class FilterStep(ChannelwiseStep):
    """Second-order sections run by ``scipy.signal.sosfilt`` with carried state, each channel by itself.

    After a start or gap the state is that of a stream which has always been at its first sample,
    so an offset (a Polar H10 begins at 11,000 uV) does not ring. Until the filter has settled it holds
    its first output, flagged ``HELD``: the first sample times the gain at 0 Hz. ``settling_samples`` tells
    how long: 2.1 s for a second-order high-pass of 0.5 Hz, 0.9 s for a 50 Hz notch of q 30.

    Where there is no measurement the filter goes on with the last one. As many missing in a row as
    it takes to settle are a gap of that channel: it starts anew with the next.

    Raises:
        ValueError: the stream has no constant rate, a frequency is not below half of it, or is so low
            that the filter cannot be computed.
    """

    def __init__(self, params: Lowpass | Highpass | Bandpass | Notch, info: StreamInfo) -> None:
        check_fit(params, info)
        sections = _design(params, info.rate_hz)
        self.settling_samples = _settling_samples(sections)
        rest = sosfilt_zi(sections)
        super().__init__(info, partial(_FilterChannel, sections, rest, self.settling_samples))


class _FilterChannel:
    def __init__(self, sections: _Sections, rest: NDArray[np.float64], settling: int) -> None:
        self._sections = sections
        self._rest = rest  # the state after an endless input of 1
        self._settling = settling
        self._state = rest
        self._primed = False
        self._missing = settling  # in a row, up to now: so the first measurement starts the filter
        self._age = 0  # samples since then
        self._input = self._first = float("nan")

    def feed(self, column: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.uint16]]:
        known = ~np.isnan(column)
        starts = self._starts(known)
        column = held(column, known, self._input)
        self._input = float(column[-1])
        values = np.full(len(column), np.nan)
        flags = np.zeros(len(column), dtype=np.uint16)
        for start, stop in pairwise(sorted({0, *starts, len(column)})):
            piece = column[start:stop]
            begins = start in starts
            if begins:
                self._state = self._rest * piece[0]
                self._primed, self._age = True, 0
            if not self._primed:
                continue
            out, self._state = sosfilt(self._sections, piece, zi=self._state)
            if begins:
                self._first = float(out[0])
            settling = max(self._settling - self._age, 0)
            out[:settling] = self._first
            values[start:stop] = out
            flags[start : start + min(settling, len(piece))] = Quality.HELD
            self._age += len(piece)
        return values, flags

    def _starts(self, known: NDArray[np.bool_]) -> list[int]:
        """Return where the filter begins: at a measurement after as many missing as it takes to settle."""
        index = np.arange(len(known))
        before = -1 - self._missing  # where the latest one of earlier chunks was
        latest = np.maximum.accumulate(np.concatenate(([before], np.where(known, index, before))))
        missing_before = index - 1 - latest[:-1]
        self._missing = len(known) - 1 - int(latest[-1])
        return [int(i) for i in np.flatnonzero(known & (missing_before >= self._settling))]


def _design(params: Lowpass | Highpass | Bandpass | Notch, rate_hz: float) -> _Sections:
    match params:
        case Lowpass() | Highpass():
            return butter(params.order, params.cutoff_hz, params.step, fs=rate_hz, output="sos")
        case Bandpass():
            band = (params.low_hz, params.high_hz)
            return butter(params.order, band, "bandpass", fs=rate_hz, output="sos")
        case Notch():
            multiples = (params.frequency_hz * number for number in range(1, params.harmonics + 1))
            return np.array([np.concatenate(iirnotch(hz, params.q, fs=rate_hz)) for hz in multiples])


def _settling_samples(sections: _Sections) -> int:
    """Return after how many samples the slowest pole has decayed to ``SETTLED``."""
    radius = max(float(np.abs(np.roots(section[3:])).max()) for section in sections)
    if radius >= 1:
        raise ValueError(
            "the lowest frequency is too far below the sampling rate for the filter to be computed; "
            "write a higher frequency or a lower order"
        )
    # A pole at 0 decays at once, and 1 is the least: 0 would make every sample a start.
    return max(1, math.ceil(math.log(SETTLED) / math.log(max(radius, SETTLED))))
