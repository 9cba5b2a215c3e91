"""Stretches of a simulated device's time."""

from dataclasses import dataclass
from math import inf
from typing import Final, Protocol


class Stretch(Protocol):
    """Some of the time."""

    def covers(self, second: float) -> bool:
        """Return whether a moment lies within."""


@dataclass(frozen=True, slots=True)
class Spell:
    """A stretch of seconds, from ``after_s`` on and ``for_s`` long."""

    after_s: float = inf
    for_s: float = inf

    def covers(self, second: float) -> bool:
        """Return whether a second lies within."""
        return self.after_s <= second < self.after_s + self.for_s


NEVER: Final = Spell()
