"""The serial ports of this board, for people who look: what is plugged in, whose it is, who has it open."""

import asyncio
from collections.abc import Mapping
from os.path import realpath
from pathlib import Path
from typing import Final

from drivers.serial.holders import holders
from drivers.serial.ports import Port, decoder_for, list_ports
from drivers.serial.settings import Settings, port_link
from edged.errors import DriverError
from edged.sources.link import LinkContext, LinkUrl
from edged.sources.scanner import Found, Tell

_LOOK_S: Final = 1.0


async def scan_ports(context: LinkContext, links: Mapping[str, str], tell: Tell) -> None:
    """Tell of each port that is there, each second, until cancelled; none is opened.

    To open one would restart many a device, and take bytes from who has it open.
    """
    paths = _paths(links)
    while True:
        seen_ns = context.clock.mono_ns()
        # All of /proc is read: beside a daemon that takes no turn from what streams.
        for found in await asyncio.to_thread(_found, paths, seen_ns):
            tell(found)
        await context.clock.sleep(_LOOK_S)


def _found(paths: Mapping[str, str], seen_ns: int) -> list[Found]:
    ports = {port.device: port for port in list_ports()}
    owners: dict[str, str] = {}
    for source, path in paths.items():
        if Path(path).exists():  # also one that nothing lists, such as a UART of the board itself
            owners.setdefault(realpath(path), source)
            ports.setdefault(realpath(path), Port(realpath(path), path))
    users = holders(ports)
    return [
        Found(
            kind="serial",
            link=port_link(port.path),
            name=port.name or "serial port",
            address=device,
            rssi_dbm=None,
            services=(),
            battery_pct=None,
            adapter=f"USB {port.place}" if port.place else "",
            connected=False,
            seen_ns=seen_ns,
            owner=owners.get(device),
            used_by=", ".join(users.get(device, ())),
            decoder=decoder_for(port),
        )
        for device, port in ports.items()
    ]


def _paths(links: Mapping[str, str]) -> dict[str, str]:
    """Return source to path; a wrong link is no reason not to look around."""
    paths = {}
    for source, link in links.items():
        try:
            paths[source] = Settings.parse(LinkUrl.parse(link)).path
        except DriverError:
            continue
    return paths
