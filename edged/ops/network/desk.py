"""Puts together what is known of network and time; in a thread, since a hung driver may not answer."""

import socket
from collections.abc import Callable, Iterator, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Final, Literal

from edged.clock import Clock
from edged.config.model import WebConfig
from edged.ops.doctor.kernel import number, text
from edged.ops.doctor.threads import Threads
from edged.ops.network.kernel import Kernel, LinuxKernel
from edged.ops.network.status import (
    GatewayStatus,
    InterfaceKind,
    InterfaceStatus,
    NetworkStatus,
    PageAddress,
    Reach,
    TimeStatus,
    WirelessStatus,
)
from edged.ops.network.tables import (
    Placed,
    Signal,
    ipv4_routes,
    ipv6_addresses,
    ipv6_routes,
    name_servers,
    signals,
)
from edged.ops.network.time_sync import time_status

_MOST: Final = 32
_LOOPBACK_TYPE, _ETHERNET_TYPE = 772, 1
"""Of linux/if_arp.h."""
_USUAL: Final = {"http": 80, "https": 443}
_STRONG_DBM, _FAIR_DBM = -60, -75
_STUB: Final = "127.0.0.53"
"""systemd-resolved's own address: who it asks itself stands in a file of its own."""
_ORDER: Final[tuple[InterfaceKind, ...]] = ("ethernet", "wifi", "other", "virtual", "loopback")


class NetworkDesk:
    """Looks at network and time when somebody asks.

    Args:
        clock: the node's.
        threads: where it looks.
        web: returns where the page is to listen.
        root: the board's file system; elsewhere than ``/`` it is one laid out by a test.
        kernel: answers what no file does.
        look_at_time: returns what is known of the clock.

    Attributes:
        listening: host and port where the page listens; None where it does not.
    """

    def __init__(
        self,
        clock: Clock,
        threads: Threads,
        web: Callable[[], WebConfig],
        root: Path = Path("/"),
        kernel: Kernel | None = None,
        look_at_time: Callable[[Clock, Path], TimeStatus] = time_status,
    ) -> None:
        self.listening: tuple[str, int] | None = None
        self._clock = clock
        self._threads = threads
        self._web = web
        self._root = root
        self._kernel = kernel or LinuxKernel()
        self._look_at_time = look_at_time

    async def status(self) -> NetworkStatus:
        """Return what is known now.

        Raises:
            TransientError: the last look still hangs.
        """
        listening, web = self.listening, self._web()
        return await self._threads.run("network", lambda: self._look(listening, web))

    def _look(self, listening: tuple[str, int] | None, web: WebConfig) -> NetworkStatus:
        net = self._root / "proc/net"
        placed = [*self._kernel.ipv4(), *ipv6_addresses(text(net / "if_inet6"))]
        routes = sorted(
            [*ipv4_routes(text(net / "route")), *ipv6_routes(text(net / "ipv6_route"))],
            key=lambda route: (route.gateway.version, route.metric),
        )
        host = socket.gethostname()
        return NetworkStatus(
            host=host,
            interfaces=self._interfaces(placed),
            gateways=[GatewayStatus(address=str(each.gateway), interface=each.interface) for each in routes],
            name_servers=self._name_servers(),
            pages=list(pages(listening, web.scheme, placed, host, web.names)) if listening else [],
            time=self._look_at_time(self._clock, self._root),
        )

    def _name_servers(self) -> list[str]:
        found = name_servers(text(self._root / "etc/resolv.conf"))
        behind = name_servers(text(self._root / "run/systemd/resolve/resolv.conf"))
        return behind if found == [_STUB] and behind else found

    def _interfaces(self, placed: Sequence[Placed]) -> list[InterfaceStatus]:
        received = signals(text(self._root / "proc/net/wireless"))
        try:
            folders = sorted((self._root / "sys/class/net").iterdir(), key=lambda each: each.name)
        except OSError:
            folders = []
        found = [self._interface(each, placed, received) for each in folders if each.is_dir()]
        found = sorted(found, key=lambda each: (not each.addresses, _ORDER.index(each.kind)))
        return found[:_MOST]

    def _interface(
        self, folder: Path, placed: Sequence[Placed], received: dict[str, Signal]
    ) -> InterfaceStatus:
        name = folder.name
        kind = _kind(folder)
        speed, mac = number(folder / "speed"), text(folder / "address")
        return InterfaceStatus(
            name=name,
            kind=kind,
            link=_link(folder, kind),
            mac="" if mac == "00:00:00:00:00:00" else mac,
            addresses=[_shown(each) for each in placed if each.interface == name],
            speed_mbit=speed if speed and speed > 0 and kind == "ethernet" else None,
            wireless=self._wireless(name, received.get(name)) if kind == "wifi" else None,
        )

    def _wireless(self, name: str, signal: Signal | None) -> WirelessStatus | None:
        called, level = self._kernel.wifi_name(name), signal.level_dbm if signal else None
        if not called and level is None:
            return None
        return WirelessStatus(
            name=called, signal_dbm=level, strength=None if level is None else _strength(level)
        )


def pages(
    listening: tuple[str, int], scheme: str, placed: Sequence[Placed], host: str, names: Sequence[str]
) -> Iterator[PageAddress]:
    """Yield where a page answers that listens on an address, or on all of its kind; names come last."""
    at, port = ip_address(listening[0]), listening[1]
    ending = "/" if port == _USUAL[scheme] else f":{port}/"
    if at.is_unspecified:
        where = [each for each in placed if each.address.version == at.version and _is_asked_by(each.address)]
    else:
        where = [Placed(next((each.interface for each in placed if each.address == at), ""), at, None)]
    for interface, address, _ in sorted(where, key=lambda each: each.address.is_loopback):
        shown = f"[{address}]" if isinstance(address, IPv6Address) else str(address)
        reach: Reach = "board" if address.is_loopback else "network"
        yield PageAddress(url=f"{scheme}://{shown}{ending}", interface=interface, reach=reach)
    if not at.is_loopback:
        short = host.partition(".")[0]
        for name in dict.fromkeys([*names, *([f"{short}.local"] if short else [])]):
            yield PageAddress(url=f"{scheme}://{name}{ending}", interface="", reach="network")


def _is_asked_by(address: IPv4Address | IPv6Address) -> bool:
    """Say whether a browser takes an address: no link-local one of IPv6, which needs a zone."""
    return isinstance(address, IPv4Address) or not address.is_link_local


def _shown(placed: Placed) -> str:
    return str(placed.address) if placed.prefix is None else f"{placed.address}/{placed.prefix}"


def _kind(folder: Path) -> InterfaceKind:
    kind = number(folder / "type")
    if kind == _LOOPBACK_TYPE:
        return "loopback"
    if (folder / "wireless").exists() or (folder / "phy80211").exists():
        return "wifi"
    if not (folder / "device").exists():
        return "virtual"
    return "ethernet" if kind == _ETHERNET_TYPE else "other"


def _strength(level_dbm: int) -> Literal["strong", "fair", "weak"]:
    if level_dbm >= _STRONG_DBM:
        return "strong"
    return "fair" if level_dbm >= _FAIR_DBM else "weak"


def _link(folder: Path, kind: InterfaceKind) -> Literal["up", "down", "unknown"]:
    state, carrier = text(folder / "operstate"), number(folder / "carrier")
    if kind == "loopback" or state == "up":
        return "up"
    if state == "unknown":
        return "unknown" if carrier is None else "up" if carrier else "down"
    return "down" if state else "unknown"
