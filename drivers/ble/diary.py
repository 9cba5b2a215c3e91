"""Remembers how a device's connections ended, and recognises a pattern in it."""

from collections import deque
from typing import Final

from drivers.ble.errors import BleError, Cause
from edged.model import NS_PER_S

_ENTRIES: Final = 3
_WITHIN_NS: Final = 10 * 60 * NS_PER_S
_LIKE: Final = 0.2
_SHORTEST_S: Final = 5.0
_LONGEST_S: Final = 120.0


class Diary:
    """The last connections that the device, or the air, ended."""

    def __init__(self) -> None:
        self._ends: deque[tuple[int, float]] = deque(maxlen=_ENTRIES)

    def ended(self, began_ns: int, now_ns: int) -> BleError | None:
        """Note a connection's end; return a diagnosis where it is the third of its kind.

        Connections that end again and again after the same time, most often 30 s, are those of a device
        whose wish for other connection parameters is not granted (bluepy#53): it hangs up.
        """
        self._ends.append((now_ns, (now_ns - began_ns) / NS_PER_S))
        lasted = [seconds for at_ns, seconds in self._ends if now_ns - at_ns <= _WITHIN_NS]
        mean = sum(lasted) / len(lasted)
        if len(lasted) < _ENTRIES or not _SHORTEST_S <= mean <= _LONGEST_S:
            return None
        if max(lasted) - min(lasted) > _LIKE * mean:
            return None
        return BleError(
            Cause.DROPPED,
            f"it drops every {mean:.0f} s: it refuses the connection parameters",
            mend="Set MinConnectionInterval and MaxConnectionInterval in [LE] of /etc/bluetooth/main.conf to "
            "what its maker asks for, or use another adapter.",
        )
