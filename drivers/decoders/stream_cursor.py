"""Where a stream has got to: numbers and stamps its samples."""

from collections.abc import Sequence
from typing import Final

from edged.model import NS_PER_S, Chunk, Quality, StreamInfo

SPACING_MAX_NS: Final = 60 * NS_PER_S
"""An interval beyond this is a mistake of the device, and tells nothing of when the sample before was."""


class StreamCursor:
    """Makes the chunks of one stream, for a device that has no clock of its own.

    Attributes:
        info: the stream.
    """

    def __init__(self, info: StreamInfo) -> None:
        self.info = info
        self._seq = 0
        self._last_ns: int | None = None

    def chunk(
        self,
        end_ns: int,
        values: Sequence[float] | Sequence[Sequence[float]],
        quality: Quality | Sequence[int] = Quality.GOOD,
        *,
        spacings_ns: Sequence[int] = (0,),
    ) -> Chunk:
        """Return the next samples of the stream as a chunk.

        The last sample is put at ``end_ns``, the receipt, and the others before it by their spacings. Where
        that would not be after the sample before, in this chunk or an earlier one, a sample is put 1 ns after
        that: times strictly increase whatever comes in, and with every packet they meet receipt again.

        Args:
            end_ns: time of the last sample, monotonic.
            values: n numbers, or n rows of one number a channel; at least one.
            quality: of all, or one a sample.
            spacings_ns: time from the sample before to this one, a sample; the first is not used.
        """
        times_ns = [end_ns]
        for spacing_ns in reversed(spacings_ns[1:]):
            times_ns.append(times_ns[-1] - min(max(spacing_ns, 0), SPACING_MAX_NS))
        times_ns.reverse()
        for index, time_ns in enumerate(times_ns):
            if self._last_ns is not None:
                times_ns[index] = max(time_ns, self._last_ns + 1)
            self._last_ns = times_ns[index]
        chunk = Chunk.of(self.info, self._seq, times_ns, values, quality)
        self._seq += len(chunk)
        return chunk
