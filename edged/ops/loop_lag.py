"""How late the event loop is: whoever blocks it delays everyone."""

from collections import deque
from typing import Final

from edged.clock import Clock
from edged.histogram import Histogram
from edged.model import NS_PER_S

_EVERY_S: Final = 0.25
_REMEMBERED_S: Final = 60
_BOUNDS_S: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)


class LoopLag:
    """Sleeps again and again, and notes by how much each sleep was too long.

    Attributes:
        lag: of all sleeps.

    Args:
        clock: the node's.
    """

    def __init__(self, clock: Clock) -> None:
        self.lag = Histogram(_BOUNDS_S)
        self._clock = clock
        self._recent_ns: deque[int] = deque(maxlen=round(_REMEMBERED_S / _EVERY_S))

    @property
    def worst_s(self) -> float:
        """The longest of the last minute, s; 0 before the first."""
        return max(self._recent_ns, default=0) / NS_PER_S

    async def run(self) -> None:
        """Watch until cancelled."""
        while True:
            due_ns = self._clock.mono_ns() + round(_EVERY_S * NS_PER_S)
            await self._clock.sleep(_EVERY_S)
            late_ns = max(self._clock.mono_ns() - due_ns, 0)
            self.lag.note(late_ns)
            self._recent_ns.append(late_ns)
