"""The Scanner contract, the registry of scanners by kind, and what they find."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, cast

from edged.sources import registry
from edged.sources.link import LinkContext

SCANNERS: Final[Mapping[str, str]] = {
    "ble": "drivers.ble.scan:scan_air",
    "serial": "drivers.serial.scan:scan_ports",
}
"""Kind to scanner; packages add theirs by the entry-point group ``edged.scanners``."""


@dataclass(frozen=True, slots=True)
class Service:
    """Something that a device offers.

    Attributes:
        id: as packets name channels: ``180d`` where the Bluetooth SIG assigned it, else the whole UUID.
        word: what it is called, such as ``heart rate``; empty where that is not known.
    """

    id: str
    word: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A device that is there, with all that is known of it by now.

    Attributes:
        kind: of the scanner that found it, which is the scheme of its link: ``ble``, ``serial``.
        link: its URL, to be put into the configuration.
        name: as the device tells it: any text, of any length; empty where it tells none.
        address: by which the system knows it.
        rssi_dbm: how strong it was received; None where that is not known.
        services: those that it says it has.
        battery_pct: None where it does not tell without being asked.
        adapter: by which it was found.
        connected: whether this board is connected with it now. Then it is there, though it is not heard.
        seen_ns: when it was last heard, monotonic.
        owner: the configured source that it belongs to; None for a stranger.
        used_by: the programs that have it, where they have it for themselves: ``edged (412)``.
        decoder: the one that it looks like; empty where it looks like none.
    """

    kind: str
    link: str
    name: str
    address: str
    rssi_dbm: int | None
    services: tuple[Service, ...]
    battery_pct: int | None
    adapter: str
    connected: bool
    seen_ns: int
    owner: str | None = None
    used_by: str = ""
    decoder: str = ""


Tell = Callable[[Found], None]


class Scanner(Protocol):
    """What a registry entry names: a coroutine function that looks around.

    Only a driver knows what its links mean, so it says whose a device is.
    """

    async def __call__(self, context: LinkContext, links: Mapping[str, str], tell: Tell) -> None:
        """Tell of each device when it is found, and again whenever it is heard, until cancelled.

        Args:
            context: what it may use of the node; what links share there is in use, and not to be disturbed.
            links: source to link URL, of the configured sources of its kind.
            tell: takes what was found; must not wait.

        Raises:
            EdgedError: it cannot look around now, and why: no adapter, switched off, not allowed.
        """


def known_scanners() -> list[str]:
    """Return every kind there is a scanner for."""
    return registry.names(SCANNERS, "edged.scanners")


def find_scanner(kind: str) -> Scanner:
    """Return the scanner of a kind.

    Raises:
        DriverError: there is none, or it cannot be loaded.
    """
    loaded = registry.load(kind, table=SCANNERS, group="edged.scanners", kind="scanner")
    return cast("Scanner", loaded)
