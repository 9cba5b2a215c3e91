"""What is in the air, for people who look: every device heard over every adapter, and those connected."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Final

from drivers.ble.air import Air
from drivers.ble.bluez import AdapterObject, Bluez, DeviceObject
from drivers.ble.deadline import within
from drivers.ble.errors import BleError, Cause
from drivers.ble.names import SERVICES, decoder_for
from drivers.ble.scanner import Scanner, Sighting
from drivers.ble.target import Target
from edged.clock import wait_for
from edged.errors import DriverError
from edged.sources.link import LinkContext, LinkUrl
from edged.sources.scanner import Found, Service, Tell

_OPEN_TIMEOUT_S: Final = 10.0
_LOOK_S: Final = 1.0


async def scan_air(context: LinkContext, links: Mapping[str, str], tell: Tell) -> None:
    """Tell of each device, over all adapters that may be used, until cancelled.

    Within a daemon whose links share the air it listens to what they hear, and searches as they do: not
    while a connection is made, and with pauses while a strap streams. Beside a running daemon this is a
    search of its own, which BlueZ makes one with the daemon's.

    Raises:
        BleError: no D-Bus, no bluetoothd, no permission, no adapter that is switched on.
    """
    air = context.equipment.find(Air)
    if air is None:
        await _Look(context, _targets(links), tell).run()
    else:
        await _listen(air, context, tell)


async def _listen(air: Air, context: LinkContext, tell: Tell) -> None:
    """Tell of what the air knows, each second, until cancelled.

    Raises:
        BleError: nothing can be heard, and why.
    """
    async with air.watched():
        while True:
            for adapter, sighting, known in air.around():
                owner = air.owner(sighting.address)
                tell(_found(sighting, adapter, known, owner))
            await context.clock.sleep(_LOOK_S)


def _targets(links: Mapping[str, str]) -> dict[str, Target]:
    """Return what the configured sources look for; a wrong one is no reason not to look around."""
    targets = {}
    for source, link in links.items():
        try:
            targets[source] = Target.parse(LinkUrl.parse(link))
        except DriverError:
            continue
    return targets


class _Look:
    def __init__(self, context: LinkContext, targets: Mapping[str, Target], tell: Tell) -> None:
        self._clock = context.clock
        self._allowed = {adapter.address for adapter in context.ble.adapter}
        self._targets = targets
        self._tell = tell
        self._changed = asyncio.Event()
        self._bluez = Bluez(self._changed.set, lambda _path: None)
        self._scanners: dict[str, Scanner] = {}

    async def run(self) -> None:
        """Look around until cancelled."""
        try:
            await within(self._clock, _OPEN_TIMEOUT_S, self._bluez.open(), "D-Bus")
            while True:
                await self._keep_scanning()
                for device in self._bluez.devices.values():
                    if device.connected:
                        self._tell(self._held(device))
                await wait_for(self._changed, self._clock, _LOOK_S)
                self._changed.clear()
        finally:
            for scanner in self._scanners.values():
                try:
                    await scanner.stop()
                except BleError:
                    continue  # BlueZ ends the search with this connection to D-Bus
            self._bluez.close()

    async def _keep_scanning(self) -> None:
        """Scan over every adapter that is on.

        Raises:
            BleError: there is none.
        """
        usable = [a for a in self._bluez.adapters.values() if not self._allowed or a.address in self._allowed]
        if not usable:
            raise BleError(Cause.NO_ADAPTER, "there is no Bluetooth adapter", mend="Plug one in.")
        powered = [adapter for adapter in usable if adapter.powered]
        if not powered:
            name = usable[0].name
            raise BleError(
                Cause.NO_ADAPTER,
                f"the Bluetooth adapter {name} is switched off",
                mend="Switch it on: bluetoothctl power on; if it is blocked: rfkill unblock bluetooth.",
            )
        for path in set(self._scanners) - {adapter.path for adapter in powered}:
            del self._scanners[path]
        for adapter in powered:
            if adapter.path not in self._scanners:
                scanner = Scanner(adapter.name, self._clock, partial(self._hear, adapter))
                await scanner.start()
                self._scanners[adapter.path] = scanner

    def _hear(self, adapter: AdapterObject, sighting: Sighting) -> None:
        known = self._bluez.devices.get(sighting.path)
        self._tell(_found(sighting, adapter.name, known, self._owner(sighting)))

    def _held(self, device: DeviceObject) -> Found:
        sighting = Sighting.connected(device, self._clock.mono_ns())
        return _found(sighting, device.adapter_path.rpartition("/")[2], device, self._owner(sighting))

    def _owner(self, sighting: Sighting) -> str | None:
        """Return the source that means a device; one that names it by its address first."""
        meant = [
            source
            for source, target in self._targets.items()
            if target.matches(sighting.address, sighting.name, sighting.services)
        ]
        return max(meant, key=lambda source: bool(self._targets[source].address), default=None)


def _found(sighting: Sighting, adapter: str, known: DeviceObject | None, owner: str | None) -> Found:
    """Return a device as it was heard, or is held, with what BlueZ knows of it."""
    return Found(
        kind="ble",
        link=f"ble:{sighting.address}",
        name=sighting.name,
        address=sighting.address,
        rssi_dbm=sighting.strength_dbm,
        services=_services(sighting.services),
        battery_pct=known.battery if known else None,
        adapter=adapter,
        connected=bool(known and known.connected),
        seen_ns=sighting.at_ns,
        owner=owner,
        decoder=decoder_for(sighting.services, sighting.name),
    )


def _services(ids: tuple[str, ...]) -> tuple[Service, ...]:
    return tuple(Service(each, SERVICES.get(each, "")) for each in ids)
