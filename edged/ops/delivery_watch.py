"""How delivery goes: records published and acknowledged a second, and where the backlog goes."""

from collections import deque
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from edged.clock import Clock
from edged.model import NS_PER_S

WINDOW_S: Final = 60
_PERIOD_S: Final = 1.0
_TREND_S: Final = 30.0
"""So far back a trend looks: long enough that groups of commits do not look like one."""
_LEAST_S: Final = 5.0
_LEAST_CHANGE: Final = 10.0
"""Records; what comes and goes between two commits is no trend."""
_STEADY_S: Final = 2.0
"""A backlog of so many seconds' records is what is under way."""

Course = Literal["unknown", "none", "steady", "growing", "shrinking"]


class Moment(NamedTuple):
    """The counters at one moment.

    Attributes:
        mono_ns: when.
        published: records sent so far.
        acknowledged: records acknowledged so far.
        backlog: records that wait.
    """

    mono_ns: int
    published: int
    acknowledged: int
    backlog: int


class Rate(NamedTuple):
    """Records a second between two moments; ``mono_ns`` is the end of it."""

    mono_ns: int
    published: float
    acknowledged: float


class Trend(NamedTuple):
    """Where the backlog goes.

    Attributes:
        course: in a word; ``unknown`` within the first seconds.
        per_s: records a second that it grows; negative, it shrinks.
        left_s: until it is delivered at this rate; None where it does not shrink.
    """

    course: Course
    per_s: float
    left_s: float | None


class DeliveryWatch:
    """Looks at the uplink's counters once a second, and keeps a minute of it.

    Args:
        clock: the node's.
        look: returns the counters now; None where there is no uplink.
    """

    def __init__(self, clock: Clock, look: Callable[[], Moment | None]) -> None:
        self._clock = clock
        self._look = look
        self._moments = deque[Moment](maxlen=WINDOW_S + 1)

    @property
    def moments(self) -> Sequence[Moment]:
        """What was seen, oldest first."""
        return tuple(self._moments)

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            moment = self._look()
            if moment is not None:
                self._moments.append(moment)
            await self._clock.sleep(_PERIOD_S)


def rates(moments: Sequence[Moment]) -> list[Rate]:
    """Return how fast it went between each two moments, oldest first."""
    return [
        Rate(
            after.mono_ns,
            _per_s(after.published - before.published, after.mono_ns - before.mono_ns),
            _per_s(after.acknowledged - before.acknowledged, after.mono_ns - before.mono_ns),
        )
        for before, after in pairwise(moments)
        if after.mono_ns > before.mono_ns
    ]


def trend(moments: Sequence[Moment]) -> Trend:
    """Return where the backlog goes, by the straight line that fits its last half minute best."""
    if not moments:
        return Trend("unknown", 0.0, None)
    last = moments[-1]
    recent = [each for each in moments if last.mono_ns - each.mono_ns <= _TREND_S * NS_PER_S]
    seconds = [(each.mono_ns - last.mono_ns) / NS_PER_S for each in recent]
    span_s = -seconds[0]
    if span_s < _LEAST_S:
        return Trend("unknown" if last.backlog else "none", 0.0, None)
    per_s = _slope(seconds, [float(each.backlog) for each in recent])
    under_way = _STEADY_S * _per_s(last.published - recent[0].published, last.mono_ns - recent[0].mono_ns)
    if abs(per_s) * span_s < max(_LEAST_CHANGE, under_way):
        return Trend("none" if last.backlog <= max(_LEAST_CHANGE, under_way) else "steady", per_s, None)
    if per_s > 0:
        return Trend("growing", per_s, None)
    return Trend("shrinking", per_s, last.backlog / -per_s) if last.backlog else Trend("none", 0.0, None)


def _per_s(records: int, span_ns: int) -> float:
    return max(records, 0) * NS_PER_S / span_ns if span_ns > 0 else 0.0


def _slope(xs: Sequence[float], ys: Sequence[float]) -> float:
    """Return the slope of the line of least squares through points with different ``xs``."""
    x_mean, y_mean = sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - x_mean) ** 2 for x in xs)
    return sum((x - x_mean) * (y - y_mean) for x, y in zip(xs, ys, strict=True)) / spread
