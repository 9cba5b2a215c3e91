"""The places for devices on one adapter."""

from typing import Final

from edged.clock import Clock
from edged.model import NS_PER_S

KEEP_NS: Final = 30 * NS_PER_S
"""So long the place of a device that dropped is kept for it, so that two do not push each other out."""


class Slots:
    """Who has a place.

    Args:
        count: how many there are.
        clock: how long a place is kept.
    """

    def __init__(self, count: int, clock: Clock) -> None:
        self.count = count
        self._clock = clock
        self._held: dict[str, bool] = {}
        self._kept: dict[str, int] = {}

    @property
    def holders(self) -> tuple[str, ...]:
        """The sources that have a place now."""
        return tuple(sorted(self._held))

    @property
    def streaming(self) -> int:
        """How many of them stream."""
        return sum(self._held.values())

    @property
    def free(self) -> int:
        """How many places somebody could still have, those that are kept included."""
        return self.count - len(self._held)

    def free_for(self, source: str) -> int:
        """Return how many places there are for a source."""
        now_ns = self._clock.mono_ns()
        self._kept = {name: ns for name, ns in self._kept.items() if ns > now_ns}
        others = sum(name not in self._held and name != source for name in self._kept)
        return self.count - len(self._held) - others

    def take(self, source: str) -> None:
        """Give a source a place."""
        self._held[source] = False
        self._kept.pop(source, None)

    def stream(self, source: str) -> None:
        """Note that it streams."""
        self._held[source] = True

    def leave(self, source: str) -> None:
        """Take its place back, but keep it for a while where it has streamed."""
        if self._held.pop(source, False):
            self._kept[source] = self._clock.mono_ns() + KEEP_NS
