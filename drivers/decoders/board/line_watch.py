"""Whether a line is set as the board is: bytes that never make a frame are those of another baud rate."""

from typing import Final

from edged.model import NS_PER_S

DEAF_NS: Final = 2 * NS_PER_S
SPREAD_NS: Final = NS_PER_S
"""They must have come over so long a time: a frame that was cut off is no sign."""
LEAST_BYTES: Final = 16
"""Fewer are noise of a line that nobody speaks on; each report of a board has more."""


class LineWatch:
    """Counts what comes in without becoming a frame."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin anew: a frame came, or the line was set."""
        self._since_ns: int | None = None
        self._last_ns = 0
        self._bytes = 0

    def take(self, size: int, mono_ns: int) -> None:
        """Take note of bytes that have not made a frame yet."""
        if self._since_ns is None:
            self._since_ns = mono_ns
        self._last_ns = mono_ns
        self._bytes += size

    def deaf_bytes(self, mono_ns: int) -> int:
        """Return how many bytes came in vain before now, once that goes on for ``DEAF_NS``; else 0.

        Bytes of now do not count, so that it makes no difference how they are cut into packets.
        """
        if self._since_ns is None or mono_ns == self._last_ns:
            return 0
        is_deaf = mono_ns - self._since_ns >= DEAF_NS and self._last_ns - self._since_ns >= SPREAD_NS
        return self._bytes if is_deaf and self._bytes >= LEAST_BYTES else 0
