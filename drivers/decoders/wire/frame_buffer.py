"""Cuts a byte stream into frames, and finds the next one behind what is none."""

from collections.abc import Callable, Iterator
from typing import Final

WAIT: Final = 0
"""It may be the beginning of a frame, and more bytes will tell."""
NO_FRAME: Final = -1
"""No frame begins here."""
JUNK_MAX: Final = 256
"""So much junk is told at once: its end may never come."""

Measure = Callable[[bytearray], int]
"""Tells of at least one byte how long the frame is that begins with it, ``WAIT`` or ``NO_FRAME``.

It looks at the bytes of the frame only, so that the verdict stays the same whatever comes behind.
"""


class FrameBuffer:
    """Holds the unfinished frame between packets.

    The same bytes give the same frames however they were cut. A connection may begin in mid-frame: there,
    junk shorter than a frame is not told.

    Args:
        measure: knows the frames.
        longest: length of the longest frame.
    """

    def __init__(self, measure: Measure, longest: int) -> None:
        self._measure = measure
        self._longest = longest
        self._held = bytearray()
        self._junk = 0
        self._is_fresh = True

    def reset(self) -> None:
        """Forget the unfinished frame: the rest of it will not come."""
        self._held.clear()
        self._junk = 0
        self._is_fresh = True

    def feed(self, data: bytes) -> Iterator[bytes | int]:
        """Yield each frame that ends in these bytes, and before it how many bytes of junk there were."""
        self._held += data
        while self._held:
            length = self._measure(self._held)
            if length == WAIT:
                return
            if length == NO_FRAME:
                del self._held[0]
                self._junk += 1
                if self._junk == JUNK_MAX:
                    yield from self._told()
                continue
            yield from self._told()
            frame = bytes(self._held[:length])
            del self._held[:length]
            yield frame

    def _told(self) -> Iterator[int]:
        junk, self._junk = self._junk, 0
        is_beginning, self._is_fresh = self._is_fresh, False
        if junk and not (is_beginning and junk < self._longest):
            yield junk
