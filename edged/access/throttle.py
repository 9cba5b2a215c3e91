"""Slows down who guesses: after some failures he waits, each time twice as long."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from edged.clock import Clock
from edged.model import NS_PER_S

FREE: Final = 5
"""So many failures cost nothing."""
FIRST_WAIT_S: Final = 1.0
LONGEST_WAIT_S: Final = 900.0
KEPT: Final = 1024
"""So many names and addresses are remembered; of more, those that failed longest ago are forgotten."""


@dataclass(slots=True)
class _Failures:
    count: int
    until_ns: int


class Throttle:
    """Failures by key: the name that was tried, and the address that tries.

    Args:
        clock: whose monotonic time counts.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def wait_s(self, *keys: str) -> float:
        """Return how long one has to wait before the next try, s; 0, not at all."""
        now_ns = self._clock.mono_ns()
        until_ns = max((self._failures[key].until_ns for key in keys if key in self._failures), default=0)
        return max(until_ns - now_ns, 0) / NS_PER_S

    def failed(self, *keys: str) -> None:
        """Count a failure."""
        for key in keys:
            failures = self._failures.setdefault(key, _Failures(0, 0))
            self._failures.move_to_end(key)
            failures.count += 1
            if failures.count >= FREE:
                doublings = min(failures.count - FREE, 20)
                wait_s = min(FIRST_WAIT_S * 2**doublings, LONGEST_WAIT_S)
                failures.until_ns = self._clock.mono_ns() + round(wait_s * NS_PER_S)
        while len(self._failures) > KEPT:
            self._failures.popitem(last=False)

    def succeeded(self, *keys: str) -> None:
        """Forget the failures."""
        for key in keys:
            self._failures.pop(key, None)
