"""A number that a device repeats with every frame, though it is measured once a second or so."""

from math import nan

from drivers.decoders.stream_cursor import StreamCursor
from edged.model import Chunk, Quality, StreamInfo


class PacedNumber:
    """Tells a number when it changes, and else once in so many frames.

    Args:
        info: the stream.
        frames: so many frames without a change.
    """

    def __init__(self, info: StreamInfo, frames: int) -> None:
        self._cursor = StreamCursor(info)
        self._frames = frames
        self._since = frames
        self._told: tuple[float | None, Quality] | None = None

    def add(self, at_ns: int, number: float | None, quality: Quality) -> tuple[Chunk, ...]:
        """Take the number of a frame, None for none; return its chunk if it is to be told."""
        self._since += 1
        if (number, quality) == self._told and self._since < self._frames:
            return ()
        self._told, self._since = (number, quality), 0
        if number is None:
            return (self._cursor.chunk(at_ns, [nan], quality | Quality.NO_READING),)
        return (self._cursor.chunk(at_ns, [number], quality),)
