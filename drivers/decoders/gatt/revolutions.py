"""How fast something turns, from what a cycling sensor counts (CSC Service 1.0, 3.1; CP Service 1.1, 3.2)."""

from dataclasses import dataclass
from typing import Final

from edged.model import NS_PER_S

STOPPED_S: Final = 4.0
"""After so long without a turn it stands still, s: slower than 15 turns a minute."""

_TIME_WRAPS: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Turns:
    """What a sensor last told.

    Attributes:
        count: turns, modulo some power of two.
        event_ticks: when the last one was, in ticks of the sensor, modulo 65536.
    """

    count: int
    event_ticks: int


class Revolutions:
    """Makes a rate of counted turns and the times of the last one.

    Both wrap around; the time of receipt tells how often. The rate is the mean between two turns, by the
    sensor's own clock. It needs a turn that was seen to come: nobody knows how old the one is that a
    connection begins with, or that a pause of the radio ends with. Where count or time cannot be right, since
    the sensor began anew or rolled back, nothing is said until two more turns.

    Args:
        count_bits: of the turns counted.
        ticks_per_s: of the time of the last turn.
        most_hz: no wheel or crank turns faster.
    """

    def __init__(self, count_bits: int, ticks_per_s: int, most_hz: float) -> None:
        self._wraps = 1 << count_bits
        self._ticks_per_s = ticks_per_s
        self._most_hz = most_hz
        self._last: Turns | None = None
        self._last_ns = 0
        self._seen_to_come = False
        self._heard_ns = 0

    def start(self) -> None:
        """Begin a connection: what the sensor did meanwhile is not known."""
        self._last = None

    def rate_hz(self, turns: Turns, mono_ns: int) -> float | None:
        """Take what the sensor tells, at its receipt; return turns a second, None where that is no news."""
        pause_ns, self._heard_ns = mono_ns - self._heard_ns, mono_ns
        last = self._last
        if last is None or not 0 <= pause_ns < STOPPED_S * NS_PER_S:
            self._keep(turns, mono_ns, seen_to_come=False)
            return None
        elapsed_s = (mono_ns - self._last_ns) / NS_PER_S
        count = (turns.count - last.count) % self._wraps
        if count == 0:  # sensors repeat the last turn; some let its time go on, which means nothing
            return 0.0 if elapsed_s >= STOPPED_S else None
        if not self._seen_to_come:
            self._keep(turns, mono_ns, seen_to_come=True)
            return None
        time_s = self._time_s(turns.event_ticks - last.event_ticks, elapsed_s)
        if time_s == 0:  # counted before its time was taken; the next one has both
            return None
        rate_hz = count / time_s
        fits = rate_hz <= self._most_hz and abs(elapsed_s - time_s) < STOPPED_S
        self._keep(turns, mono_ns, seen_to_come=fits)
        return rate_hz if fits else None

    def _time_s(self, ticks: int, elapsed_s: float) -> float:
        """Return the time between two turns, which may be longer than the sensor's clock counts."""
        wrap_s = _TIME_WRAPS / self._ticks_per_s
        time_s = ticks % _TIME_WRAPS / self._ticks_per_s
        return time_s + wrap_s * max(0, round((elapsed_s - time_s) / wrap_s))

    def _keep(self, turns: Turns, mono_ns: int, *, seen_to_come: bool) -> None:
        self._last, self._last_ns, self._seen_to_come = turns, mono_ns, seen_to_come
