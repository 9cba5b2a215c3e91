"""A histogram: how often something took how long; cheap enough to be kept of every reading."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from edged.model import NS_PER_S


@dataclass(frozen=True, slots=True)
class Distribution:
    """What a histogram holds at one moment.

    Attributes:
        bounds_s: upper bounds of the buckets, inclusive, ascending, s; the last bucket has none.
        counts: how many fell into each bucket, one more than there are bounds.
        sum_s: of all that was noted, s.
        least_s: of it, s; 0 where nothing was noted.
        most_s: of it, s.
    """

    bounds_s: tuple[float, ...]
    counts: tuple[int, ...]
    sum_s: float
    least_s: float
    most_s: float

    @property
    def count(self) -> int:
        """How many were noted."""
        return sum(self.counts)


class Histogram:
    """Counts durations by size.

    Args:
        bounds_s: upper bounds of the buckets, inclusive, ascending, s; what is longer has a bucket too.
    """

    def __init__(self, bounds_s: Sequence[float]) -> None:
        self._bounds_s = tuple(bounds_s)
        self._bounds_ns = [round(bound * NS_PER_S) for bound in bounds_s]
        self._counts = [0] * (len(bounds_s) + 1)
        self._sum_ns = self._most_ns = 0
        self._least_ns: int | None = None

    def note(self, duration_ns: int) -> None:
        """Count one; a negative one, of clocks that do not quite agree, is none at all: 0."""
        duration_ns = max(duration_ns, 0)
        self._counts[bisect_left(self._bounds_ns, duration_ns)] += 1
        self._sum_ns += duration_ns
        self._most_ns = max(self._most_ns, duration_ns)
        if self._least_ns is None or duration_ns < self._least_ns:
            self._least_ns = duration_ns

    def distribution(self) -> Distribution:
        """Return what it holds now."""
        return Distribution(
            self._bounds_s,
            tuple(self._counts),
            self._sum_ns / NS_PER_S,
            (self._least_ns or 0) / NS_PER_S,
            self._most_ns / NS_PER_S,
        )
