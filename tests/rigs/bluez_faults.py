"""What goes wrong in a fake BlueZ, as data: which call fails, how, how often, and what mends it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

FAILED: Final = "org.bluez.Error.Failed"
IN_PROGRESS: Final = "org.bluez.Error.InProgress"
NOT_PERMITTED: Final = "org.bluez.Error.NotPermitted"
NOT_SUPPORTED: Final = "org.bluez.Error.NotSupported"
NOT_AUTHORIZED: Final = "org.bluez.Error.NotAuthorized"
NOT_CONNECTED: Final = "org.bluez.Error.NotConnected"
NOT_READY: Final = "org.bluez.Error.NotReady"
ALREADY_CONNECTED: Final = "org.bluez.Error.AlreadyConnected"
ALREADY_EXISTS: Final = "org.bluez.Error.AlreadyExists"
DOES_NOT_EXIST: Final = "org.bluez.Error.DoesNotExist"
BLOCKED: Final = "org.bluez.Error.Blocked"
UNKNOWN_OBJECT: Final = "org.freedesktop.DBus.Error.UnknownObject"
UNKNOWN_METHOD: Final = "org.freedesktop.DBus.Error.UnknownMethod"

ABORTED_BY_LOCAL: Final = "le-connection-abort-by-local"
CANCELED: Final = "br-connection-canceled"


class BluezError(Exception):
    """An error reply."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(name, text)
        self.name = name
        self.text = text


def att_error(code: int) -> BluezError:
    """Return an ATT error (Bluetooth Core 5.4, 3.F, 3.4.1.1) as BlueZ spells those without a name there."""
    return BluezError(FAILED, f"Operation failed with ATT error: 0x{code:02x}")


class Cure(StrEnum):
    """What may mend a fault."""

    REMOVE_DEVICE = "remove device"
    PAIR = "pair"
    POWER_CYCLE = "power cycle"
    USB_RESET = "usb reset"
    RESTART = "restart"


@dataclass(frozen=True, slots=True)
class Fault:
    """Some calls go wrong.

    Attributes:
        member: the method, such as ``Connect``; ``Set Powered`` for that property.
        error: the error's name; empty where the call is never answered, or answered well, but late.
        text: the error's text.
        times: so many calls; None for all.
        cures: each of them ends it.
        on: address of the one adapter or strap it is about; empty for all.
        channel: the one characteristic it is about, such as ``2a37``; empty for all.
        after_s: the answer takes so long; 0 is at once, or never.
    """

    member: str
    error: str = ""
    text: str = ""
    times: int | None = None
    cures: frozenset[Cure] = frozenset()
    on: str = ""
    channel: str = ""
    after_s: float = 0.0


def in_progress(
    member: str,
    *cures: Cure,
    times: int | None = None,
    on: str = "",
    text: str = "Operation already in progress",
) -> Fault:
    """Return BlueZ's standing answer to what it believes to do already."""
    return Fault(member, IN_PROGRESS, text, times, frozenset(cures), on)


def hung(member: str, *cures: Cure, times: int | None = None, on: str = "") -> Fault:
    """Return a call that is never answered."""
    return Fault(member, times=times, cures=frozenset(cures), on=on)


def stale_handle(on: str, channel: str, *, unknown: bool = False) -> Fault:
    """Return a subscription to what the strap no longer has there, until BlueZ forgets the strap."""
    error = BluezError(UNKNOWN_OBJECT, "Unknown object") if unknown else att_error(0x01)
    cures = frozenset({Cure.REMOVE_DEVICE})
    return Fault("StartNotify", error.name, error.text, cures=cures, on=on, channel=channel)


def bonding_wanted(member: str, on: str, channel: str) -> Fault:
    """Return a characteristic that only bonded devices may use (insufficient authentication)."""
    return Fault(member, NOT_PERMITTED, "Not paired", cures=frozenset({Cure.PAIR}), on=on, channel=channel)


@dataclass(slots=True)
class Faults:
    """Those that hold now.

    Attributes:
        standing: oldest first; the first that fits a call is its fate.
    """

    standing: list[Fault] = field(default_factory=list)
    _left: dict[int, int] = field(default_factory=dict)

    def add(self, *faults: Fault) -> None:
        """Let them begin."""
        self.standing.extend(faults)

    def remove(self, fault: Fault) -> None:
        """End one; nothing happens where it has ended."""
        if fault in self.standing:
            self.standing.remove(fault)
            self._left.pop(id(fault), None)

    def meet(self, member: str, addresses: frozenset[str], channel: str) -> Fault | None:
        """Return the fault that a call meets, and count it."""
        for fault in self.standing:
            if fault.member == member and fault.on in addresses | {""} and fault.channel in {channel, ""}:
                self._count(fault)
                return fault
        return None

    def cure(self, cure: Cure, addresses: frozenset[str]) -> None:
        """End what it mends of those that are about these adapters and straps, or about all."""
        for fault in [each for each in self.standing if each.on in addresses | {""} and cure in each.cures]:
            self.remove(fault)

    def _count(self, fault: Fault) -> None:
        if fault.times is None:
            return
        left = self._left.get(id(fault), fault.times) - 1
        self._left[id(fault)] = left
        if left <= 0:
            self.remove(fault)
