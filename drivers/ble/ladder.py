"""What is tried next when something fails, rung by rung: for one device, and for one adapter.

Pure: time comes as an argument, and what is to be done goes back as a rung.
"""

from collections import deque
from enum import Enum, auto
from typing import Final, Literal

from drivers.ble.errors import Cause
from edged.model import NS_PER_S

Reach = Literal["never", "power", "usb"]

_FORGET_GAP_NS: Final = 60 * NS_PER_S
_FORGET_AT: Final = 3
_BLAME_AT: Final = 5
_WEIGHTS: Final = {
    Cause.IN_PROGRESS: 1,
    Cause.FAILED: 1,
    Cause.SILENT: 1,
    Cause.DEAF: 1,
    Cause.TIMEOUT: 3,
}
"""What leads up the ladder, and how fast: a time-out has cost 15 s already."""

STEADY_NS: Final = 10 * NS_PER_S
"""What speaks for so long is well."""

POWER_ON_GAP_NS: Final = 5 * NS_PER_S
RESET_GAP_NS: Final = 15 * NS_PER_S
LATE_GAP_NS: Final = 5 * 60 * NS_PER_S
"""Between resets once all has been tried: nobody may come for hours, and what failed may work then."""
RESETS_MAX: Final = 4
RESETS_WITHIN_NS: Final = 10 * 60 * NS_PER_S
"""So many resets in so long a time, and no more: too many lose the adapter for good (ble_monitor#549)."""


class Rung(Enum):
    """What is done about a device that cannot be had."""

    RETRY = auto()
    """It is tried again, after a pause."""
    FORGET = auto()
    """BlueZ is told to forget it, and what it remembers of it, and it is looked for anew."""
    BLAME = auto()
    """Its adapter is made to climb its own ladder."""


class StrapLadder:
    """The ladder of one device."""

    def __init__(self) -> None:
        self._weight = 0
        self._is_forgotten = False
        self._forgotten_ns: int | None = None
        self._streaming_ns: int | None = None

    def failed(self, cause: Cause, now_ns: int) -> Rung:
        """Take a failure; return what to do about it.

        A stale memory of its services is cleared at once, but not again and again: if clearing does not
        help, that was not it. Only what an adapter, or BlueZ's memory, may be to blame for leads up the
        ladder: never a device that refuses, that ends a good connection, or that has left; and an adapter
        that is not there needs no blame.
        """
        if self._streaming_ns is not None and now_ns - self._streaming_ns >= STEADY_NS:
            self._weight, self._is_forgotten = 0, False
        self._streaming_ns = None
        if cause is Cause.STALE:
            return self._forget(now_ns)
        self._weight += _WEIGHTS.get(cause, 0)
        if cause not in _WEIGHTS or self._weight < _FORGET_AT:
            return Rung.RETRY
        if not self._is_forgotten:
            self._is_forgotten = True
            return self._forget(now_ns)
        return Rung.BLAME if self._weight >= _BLAME_AT else Rung.RETRY

    def streaming(self, now_ns: int) -> None:
        """Note that it speaks: after ten seconds of it, all is forgiven."""
        if self._streaming_ns is None:
            self._streaming_ns = now_ns

    def _forget(self, now_ns: int) -> Rung:
        if self._forgotten_ns is not None and now_ns - self._forgotten_ns < _FORGET_GAP_NS:
            return Rung.RETRY
        self._forgotten_ns = now_ns
        return Rung.FORGET


class AdapterRung(Enum):
    """What is done about an adapter."""

    POWER_CYCLE = auto()
    USB_RESET = auto()
    REBOOT = auto()
    """Nothing more can be done from here: somebody must restart the board."""


class AdapterLadder:
    """The ladder of one adapter.

    Args:
        reach: how far it may go.
    """

    def __init__(self, reach: Reach) -> None:
        self.exhausted = False
        self._reach = reach
        self._climbed: AdapterRung | None = None
        self._resets: deque[int] = deque()
        self._powered_on_ns: int | None = None

    def climb(self, now_ns: int, *, serving: int, bus: str) -> AdapterRung | None:
        """Return the next rung; None where it must wait.

        It waits while the adapter still serves a device, since a reset would take that one off the air, and
        for a while after each reset, so that it can show whether it helped.

        Args:
            now_ns: monotonic.
            serving: how many devices stream over it.
            bus: as in ``Hardware.bus``.
        """
        if serving:
            return None
        gap_ns = LATE_GAP_NS if self.exhausted else RESET_GAP_NS
        if self._resets and now_ns - self._resets[-1] < gap_ns:
            return None
        while self._resets and now_ns - self._resets[0] >= RESETS_WITHIN_NS:
            self._resets.popleft()
        rung = self._next(bus)
        if rung is AdapterRung.REBOOT or len(self._resets) >= RESETS_MAX:
            self.exhausted = True
            self._climbed = None
            return AdapterRung.REBOOT
        self._climbed = rung
        self._resets.append(now_ns)
        return rung

    def done(self, now_ns: int) -> None:
        """Note that a reset is over: from here on it can show whether it helped."""
        if self._resets:
            self._resets[-1] = now_ns

    def well(self) -> None:
        """Note that a device streams over it: the ladder begins at its foot again."""
        self._climbed = None
        self.exhausted = False

    def may_power_on(self, now_ns: int) -> bool:
        """Return whether an adapter that is switched off may be switched on now; notes that it is."""
        if self._powered_on_ns is not None and now_ns - self._powered_on_ns < POWER_ON_GAP_NS:
            return False
        self._powered_on_ns = now_ns
        return True

    def _next(self, bus: str) -> AdapterRung:
        if self._climbed is None and self._reach != "never":
            return AdapterRung.POWER_CYCLE
        if self._climbed is AdapterRung.POWER_CYCLE and self._reach == "usb" and bus == "usb":
            return AdapterRung.USB_RESET
        return AdapterRung.REBOOT
