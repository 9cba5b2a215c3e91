"""A strap, a fake BlueZ, and unmodified bleak on it."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import BleakError

from edged.model import Packet
from tests.rigs.bleak_manager import close_bleak
from tests.rigs.bluez_equipment import BATTERY, HEART_RATE, POLAR_MEASUREMENT_DATA, FakeStrap
from tests.rigs.fake_bluez import FakeBluez

HRM: Final = "00002a37-0000-1000-8000-00805f9b34fb"
BATTERY_LEVEL: Final = "00002a19-0000-1000-8000-00805f9b34fb"
ADDRESS: Final = "A0:9E:1A:00:00:01"
FOREVER_S: Final = 1000.0
"""bleak's own time-outs go by the wall clock, and are none of a test's."""


class Bench(FakeBluez):
    """A fake BlueZ, and the clients on it, which are closed at the end."""

    clients: list[BleakClient]

    async def __aenter__(self) -> Self:
        self.clients = []
        return await super().__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self.clients:
            with suppress(BleakError):  # it has no link or no device any more
                await self.during(client.disconnect())
        await close_bleak()
        await super().__aexit__(kind, error, trace)

    async def discover(self) -> dict[str, tuple[BLEDevice, AdvertisementData]]:
        """Scan for a while; return what was found."""
        async with BleakScanner() as scanner:
            await self.clock.sleep(2)
            return dict(scanner.discovered_devices_and_advertisement_data)

    async def find(self, name: str = "hci0") -> BLEDevice:
        """Scan until the strap is found."""
        scan = BleakScanner.find_device_by_address(ADDRESS, timeout=FOREVER_S, bluez={"adapter": name})
        found = await self.during(scan, within_s=5)
        assert found is not None
        return found

    def client(self, device: BLEDevice, lost: Callable[[BleakClient], None] | None = None) -> BleakClient:
        """Return a client that is closed at the end."""
        self.clients.append(BleakClient(device, lost, timeout=FOREVER_S))
        return self.clients[-1]

    async def connect(self) -> BleakClient:
        """Find the strap and connect to it."""
        client = self.client(await self.find())
        await self.during(client.connect())
        return client

    async def finished(self, task: "asyncio.Task[None]") -> None:
        """Let time pass until a task is done; raise what it raised."""
        await self.until(task.done, within_s=60)
        task.result()

    async def subscribe(self, client: BleakClient, channel: str = HRM) -> list[bytes]:
        """Subscribe; return a list to which every notification is added."""
        heard: list[bytes] = []
        await self.during(client.start_notify(channel, lambda _, data: heard.append(bytes(data))))
        return heard


def made_strap() -> FakeStrap:
    """Return one whose rates count up, each beat by one."""
    return FakeStrap(
        ADDRESS,
        "Polar H10 0001",
        (HEART_RATE, BATTERY, POLAR_MEASUREMENT_DATA),
        packets=lambda turn: (Packet("2a37", bytes((0, turn % 256))),),
        values={"2a19": b"\x57"},
    )
