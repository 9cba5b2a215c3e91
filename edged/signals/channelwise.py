"""Channelwise: what the steps share that treat each channel of a stream by itself."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from edged.model import Chunk, Quality, StreamInfo
from edged.signals.continuity import Continuity, flag_missing, held, measured, runs


class Channel(Protocol):
    """The state of one channel since the last gap."""

    def feed(self, column: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.uint16]]:
        """Take the next values, shape (n,), NaN where there was no measurement.

        Returns:
            The values that come out, shape (n,), of no meaning where there was no measurement, and
            the ``Quality`` bits to add, uint16, shape (n,).
        """


class ChannelwiseStep:
    """A step that runs one ``Channel`` a channel, and begins with new ones after a gap.

    Where there was no measurement it repeats the channel's last output, flagged ``HELD``; NaN if there
    was none since the gap. Quality belongs to the sample, so a flag says that it holds for at
    least one of the sample's channels. Flags that came stay.

    Args:
        info: the stream.
        new_channel: makes the state of one channel.
    """

    def __init__(self, info: StreamInfo, new_channel: Callable[[], Channel]) -> None:
        self._continuity = Continuity(info)
        self._new_channel = new_channel
        self._begin(len(info.channels))

    def process(self, chunk: Chunk) -> list[Chunk]:
        """Return the chunk with other values, and flags added."""
        chunk = flag_missing(self._continuity.mark(chunk))
        known = measured(chunk)
        values = np.empty_like(chunk.values)
        flags = chunk.quality.copy()
        for run in runs(chunk):
            if chunk.quality[run.start] & Quality.GAP_BEFORE:
                self._begin(values.shape[1])
            for index, channel in enumerate(self._channels):
                stands = known[run, index]
                out, added = channel.feed(np.where(stands, chunk.values[run, index], np.nan))
                values[run, index] = held(out, stands, self._last[index])
                flags[run] |= added
                self._last[index] = values[run.stop - 1, index]
        return [chunk.with_values(values, flags)]

    def _begin(self, channels: int) -> None:
        self._channels = [self._new_channel() for _ in range(channels)]
        self._last = [float("nan")] * channels
