"""What a board sent, held against what its converter was given."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from drivers.decoders.board.messages import Data
from drivers.decoders.board.samples import unpack
from tests.rigs.emulated_board import EmulatedBoard


def samples(frames: Sequence[tuple[int, Data]], formats: Sequence[int]) -> NDArray[np.float64]:
    """Return the raw values of DATA frames, of shape ``(samples, channels)``."""
    return np.vstack([unpack(data.samples, data.count, formats) for _, data in frames])


def holes(frames: Sequence[tuple[int, Data]]) -> int:
    """Return how many frames are missing between these."""
    return sum((after - before - 1) % 65536 for (before, _), (after, _) in pairwise(frames))


def times_of(board: EmulatedBoard, channel: int, values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return when these values of a channel were converted; the truth must have them, in a row, and once."""
    truth = board.truth(channel)
    windows = np.lib.stride_tricks.sliding_window_view(truth["value"], len(values))
    (found,) = np.nonzero((windows == values).all(axis=1))
    assert len(found) == 1, f"{len(found)} places in the truth where these samples are"
    return np.asarray(truth["time_ns"][found[0] : found[0] + len(values)])
