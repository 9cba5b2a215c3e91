"""Despiking: running median, and the Hampel filter."""

from functools import partial
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from edged.model import Quality, StreamInfo
from edged.signals.channelwise import ChannelwiseStep
from edged.signals.continuity import bits
from edged.signals.steps import Hampel, Median

MAD_TO_SIGMA: Final = 1.4826
"""Standard deviation of a normal distribution over its median absolute deviation, 1 / 0.6745."""

_ROWS: Final = 256  # windows sorted at once: bounds the memory a long chunk takes


class MedianStep(ChannelwiseStep):
    """Median of the last ``window`` samples of each channel.

    Delays by (window - 1) / 2 samples. After a start or gap it is the median of what there is, and
    what is not a number counts for nothing in the windows it falls into. Flags stay with the sample
    they came with, although the value may be a neighbour's.
    """

    def __init__(self, params: Median, info: StreamInfo) -> None:
        super().__init__(info, partial(_MedianChannel, params.window))


class HampelStep(ChannelwiseStep):
    """Compares the newest sample with the median of the last ``window``, itself included.

    One that lies more than ``n_sigma`` standard deviations away, estimated as ``MAD_TO_SIGMA`` times the
    median absolute deviation of the window (Hampel 1974), is replaced by the median and flagged
    ``ARTEFACT``: later filters get a smooth input, and nobody takes the substitute for a measurement.
    Later windows see the sample as it came, so a true change of level is believed once it
    fills half a window. No sample is delayed. Until half the window is there, samples pass.

    Where more than half a window is one and the same number, its deviation is 0 and any other number
    is replaced: not for coarse readings such as a heart rate in whole beats; ``median`` is.
    """

    def __init__(self, params: Hampel, info: StreamInfo) -> None:
        super().__init__(info, partial(_HampelChannel, params.window, params.n_sigma))


class _MedianChannel:
    def __init__(self, window: int) -> None:
        self._window = _Window(window)

    def feed(self, column: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.uint16]]:
        medians = [_medians(rows) for rows in self._window.slide(column)]
        return np.concatenate(medians), np.zeros(len(column), dtype=np.uint16)


class _HampelChannel:
    def __init__(self, window: int, n_sigma: float) -> None:
        self._window = _Window(window)
        self._n_sigma = n_sigma

    def feed(self, column: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.uint16]]:
        judged = [self._judge(rows) for rows in self._window.slide(column)]
        median, spike = (np.concatenate(part) for part in zip(*judged, strict=True))
        return np.where(spike, median, column), bits(spike, Quality.ARTEFACT)

    def _judge(self, rows: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        median = _medians(rows)
        distance = np.abs(rows - median[:, np.newaxis])
        sigma = MAD_TO_SIGMA * _medians(distance)
        enough = 2 * np.count_nonzero(~np.isnan(rows), axis=1) > rows.shape[1]
        return median, enough & (distance[:, -1] > self._n_sigma * sigma)


class _Window:
    """The last values of one channel; NaN where there is none yet."""

    def __init__(self, length: int) -> None:
        self._length = length
        self._past = np.full(length - 1, np.nan)

    def slide(self, column: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """Return the window that ends at each value, shape (up to _ROWS, length), in order."""
        series = np.concatenate((self._past, column))
        self._past = series[len(column) :].copy()
        windows = sliding_window_view(series, self._length)
        return [windows[start : start + _ROWS] for start in range(0, len(column), _ROWS)]


def _medians(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the median of the numbers in each row; NaN for a row without one."""
    ranked = np.sort(rows, axis=1)  # NaN last
    count = np.count_nonzero(~np.isnan(rows), axis=1)
    every = np.arange(len(rows))
    lower, upper = ranked[every, np.maximum(count - 1, 0) // 2], ranked[every, count // 2]
    medians: NDArray[np.float64] = (lower + upper) / 2
    return medians
