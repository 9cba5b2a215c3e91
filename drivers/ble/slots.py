"""The places for devices on one adapter."""

from typing import Final

from edged.clock import Clock
from edged.model import NS_PER_S

KEEP_NS: Final = 30 * NS_PER_S
"""So long the place of a device that dropped is kept for it, so that two do not push each other out."""

STREAMS_NS: Final = 15 * NS_PER_S
"""Who was heard within this time streams."""


class Slots:
    """Who has a place.

    Args:
        count: how many there are.
        clock: how long a place is kept.
    """

    def __init__(self, count: int, clock: Clock) -> None:
        self.count = count
        self._clock = clock
        self._heard_ns: dict[str, int | None] = {}
        self._kept_until_ns: dict[str, int] = {}

    @property
    def holders(self) -> tuple[str, ...]:
        """The sources that have a place now."""
        return tuple(sorted(self._heard_ns))

    @property
    def streaming(self) -> int:
        """How many of them stream. Who may be quiet for an hour shields no dead adapter."""
        now_ns = self._clock.mono_ns()
        return sum(ns is not None and now_ns - ns <= STREAMS_NS for ns in self._heard_ns.values())

    @property
    def free(self) -> int:
        """How many places somebody could still have, those that are kept included."""
        return self.count - len(self._heard_ns)

    def free_for(self, source: str) -> int:
        """Return how many places there are for a source."""
        now_ns = self._clock.mono_ns()
        self._kept_until_ns = {name: ns for name, ns in self._kept_until_ns.items() if ns > now_ns}
        others = sum(name not in self._heard_ns and name != source for name in self._kept_until_ns)
        return self.free - others

    def take(self, source: str) -> None:
        """Give a source a place."""
        self._heard_ns[source] = None

    def hear(self, source: str) -> None:
        """Note that it speaks."""
        if source in self._heard_ns:
            self._heard_ns[source] = self._clock.mono_ns()

    def leave(self, source: str) -> None:
        """Take its place back, but keep it for a while where it has streamed."""
        if self._heard_ns.pop(source, None) is not None:
            self._kept_until_ns[source] = self._clock.mono_ns() + KEEP_NS
