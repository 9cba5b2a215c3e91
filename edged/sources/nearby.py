"""What is around: everything that the scanners have told of, in an order that stays."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Final

from edged.clock import Clock
from edged.errors import EdgedError
from edged.model import NS_PER_S
from edged.sources.scanner import Found

_FADED_S: Final = 10.0
_AT_ONCE_NS: Final = 3 * NS_PER_S
_MOST: Final = 1000
"""Phones change their address every quarter of an hour; a hall is full of them."""


@dataclass(frozen=True, slots=True)
class Owner:
    """A configured source that scanning can find, and whom it measures.

    Attributes:
        source: its name.
        subject: name of the subject; None where it has none.
        title: the subject as it is shown: Ada Lovelace.
    """

    source: str
    subject: str | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Device:
    """A device that was found, as of now.

    Attributes:
        found: the last that was told of it.
        owner: whose it is; None for a stranger.
        age_s: since it was last heard.
        faded: not heard for 10 s, and not connected: it may be gone.
    """

    found: Found
    owner: Owner | None
    age_s: float
    faded: bool


class Nearby:
    """Keeps the devices around; the longest unheard stranger makes room where there are too many.

    Args:
        clock: tells their age.
        owners: the configured sources that scanning can find, by name.
    """

    def __init__(self, clock: Clock, owners: Mapping[str, Owner]) -> None:
        self.problems: list[EdgedError] = []
        self._clock = clock
        self._owners = owners
        self._found: dict[str, Found] = {}

    def own(self, owners: Mapping[str, Owner]) -> None:
        """Take note of the configured sources as they are now; nobody has what one had that is no more."""
        self._owners = owners
        for link, found in self._found.items():
            if found.owner not in owners:
                self._found[link] = replace(found, owner=None)

    def take(self, found: Found) -> None:
        """Keep what a scanner tells; of what several adapters hear at once, the strongest."""
        before = self._found.get(found.link)
        if before is not None and _is_echo(found, before):
            return
        self._found[found.link] = found
        if len(self._found) > _MOST:
            strangers = [other for other in self._found.values() if other.owner is None]
            if strangers:
                del self._found[min(strangers, key=lambda other: other.seen_ns).link]

    def devices(self) -> list[Device]:
        """Return them with our own first, the nameless last, else as they were first found: nothing jumps."""
        return sorted((self._device(found) for found in self._found.values()), key=_rank)

    def strongest(self) -> list[Device]:
        """Return them with our own first, else by strength: for who looks once."""
        return sorted(self.devices(), key=lambda device: (device.owner is None, -_strength_dbm(device)))

    def missing(self) -> list[Owner]:
        """Return those whose device is not there, or may be gone."""
        there = {device.owner.source for device in self.devices() if device.owner and not device.faded}
        return [owner for owner in self._owners.values() if owner.source not in there]

    def document(self) -> dict[str, object]:
        """Return it all as JSON has it; names are as the devices tell them."""
        return {
            "v": 1,
            "devices": [_document(device) for device in self.strongest()],
            "missing": [asdict(owner) for owner in self.missing()],
        }

    def _device(self, found: Found) -> Device:
        age_s = max(self._clock.mono_ns() - found.seen_ns, 0) / NS_PER_S
        owner = None if found.owner is None else self._owners.get(found.owner, Owner(found.owner))
        return Device(found, owner, age_s, faded=age_s >= _FADED_S and not found.connected)


def _is_echo(found: Found, before: Found) -> bool:
    """Return whether another adapter heard the same just now, and better."""
    return (
        found.adapter != before.adapter
        and found.seen_ns - before.seen_ns < _AT_ONCE_NS
        and (found.rssi_dbm is None or before.rssi_dbm is None or found.rssi_dbm < before.rssi_dbm)
        and found.connected <= before.connected
    )


def _rank(device: Device) -> int:
    if device.owner is not None:
        return 0
    return 1 if device.found.name else 2


def _strength_dbm(device: Device) -> float:
    rssi_dbm = device.found.rssi_dbm
    return float("-inf") if rssi_dbm is None else rssi_dbm


def _document(device: Device) -> dict[str, object]:
    found = device.found
    return {
        "kind": found.kind,
        "link": found.link,
        "name": found.name,
        "address": found.address,
        "rssi_dbm": found.rssi_dbm,
        "services": [asdict(service) for service in found.services],
        "battery_pct": found.battery_pct,
        "adapter": found.adapter,
        "connected": found.connected,
        "used_by": found.used_by,
        "source": device.owner.source if device.owner else None,
        "subject": device.owner.subject if device.owner else None,
        "title": device.owner.title or None if device.owner else None,
        "age_s": round(device.age_s, 1),
    }
