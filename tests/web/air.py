"""What a fake scanner hears: the scanner's own contract, without radio or ports."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

import pytest

from edged.errors import EdgedError
from edged.sources import scanner
from edged.sources.link import LinkContext
from edged.sources.scanner import Found, Service, Tell

STRAP: Final = Found(
    kind="ble",
    link="sim:resting?seed=7",
    name="Polar H10 0000007",
    address="A0:9E:1A:00:00:07",
    rssi_dbm=-58,
    services=(Service("180d", "heart rate"), Service("feee")),
    battery_pct=85,
    adapter="hci0",
    connected=False,
    seen_ns=0,
    decoder="heart_rate",
)
"""Its link is one that works without a radio."""

PHONE: Final = replace(
    STRAP,
    link="ble:C0:00:00:00:00:01",
    name="",
    address="C0:00:00:00:00:01",
    rssi_dbm=-45,
    services=(),
    battery_pct=None,
    decoder="",
)
PORT: Final = replace(
    PHONE,
    kind="serial",
    link="serial:/dev/serial/by-id/usb-Arduino_Uno_85736323838351F0E1E1-if00",
    name="Arduino Uno",
    address="/dev/ttyACM0",
    rssi_dbm=None,
    decoder="board",
    used_by="ModemManager (412)",
)


class Air:
    """What is heard now, and what is in the way."""

    found: tuple[Found, ...] = ()
    problem: EdgedError | None = None


async def scan_air(context: LinkContext, links: Mapping[str, str], tell: Tell) -> None:
    """Tell of what is around each second; whose it is by its link, whatever its scheme."""
    while True:
        if Air.problem is not None:
            raise Air.problem
        for found in Air.found:
            owner = next((source for source, link in links.items() if link == found.link), None)
            tell(replace(found, owner=owner, seen_ns=context.clock.mono_ns()))
        await context.clock.sleep(1)


@contextmanager
def heard(monkeypatch: pytest.MonkeyPatch, *found: Found) -> Iterator[type[Air]]:
    """Let the scanner of simulated devices hear these."""
    monkeypatch.setattr(scanner, "SCANNERS", {"sim": f"{__name__}:scan_air"})
    Air.found, Air.problem = found, None
    try:
        yield Air
    finally:
        Air.found, Air.problem = (), None
