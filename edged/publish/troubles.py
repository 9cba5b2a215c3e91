"""What went wrong on the way to the broker: the last troubles, each told once and counted."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from edged.clock import Clock
from edged.errors import EdgedError

KEPT: Final = 20


@dataclass(slots=True)
class Trouble:
    """One kind of trouble.

    Attributes:
        what: is wrong.
        mend: what to do about it.
        count: how often it came.
        first_ns: when it came first, monotonic.
        last_ns: when it came last.
    """

    what: str
    mend: str
    count: int
    first_ns: int
    last_ns: int


class Troubles:
    """Distinct troubles; of more than ``KEPT``, those that came last.

    Args:
        clock: the node's.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._troubles = OrderedDict[tuple[str, str], Trouble]()

    def note(self, error: EdgedError) -> None:
        """Count one."""
        now_ns = self._clock.mono_ns()
        key = (error.what, error.mend)
        trouble = self._troubles.setdefault(key, Trouble(*key, count=0, first_ns=now_ns, last_ns=now_ns))
        trouble.count += 1
        trouble.last_ns = now_ns
        self._troubles.move_to_end(key)
        while len(self._troubles) > KEPT:
            self._troubles.popitem(last=False)

    def latest(self) -> list[Trouble]:
        """Return them, the one that came last first."""
        return list(reversed(self._troubles.values()))
