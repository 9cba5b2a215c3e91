"""Hears devices over one adapter, through bleak."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar

from bleak import BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from drivers.ble.bluez import DeviceObject
from drivers.ble.deadline import within
from drivers.ble.names import short
from drivers.ble.translation import translated
from edged.clock import Clock

T = TypeVar("T")

TIMEOUT_S: Final = 10.0
_RSSI_UNKNOWN: Final = -127


@dataclass(frozen=True, slots=True)
class Sighting:
    """A device as it was last heard, or as BlueZ holds it connected.

    Attributes:
        address: its Bluetooth address.
        name: as it calls itself; may be empty.
        services: that it says to offer, in short.
        rssi_dbm: how strong it was received; None for one that is connected already.
        at_ns: when, monotonic.
        device: what bleak wants to know it by.
    """

    address: str
    name: str
    services: tuple[str, ...]
    rssi_dbm: int | None
    at_ns: int
    device: BLEDevice

    @classmethod
    def connected(cls, known: DeviceObject, at_ns: int) -> "Sighting":
        """Return the sighting of a device that BlueZ holds connected."""
        device = BLEDevice(known.address, known.name, {"path": known.path, "props": {}})
        return cls(known.address, known.name, known.services, None, at_ns, device)

    @property
    def strength_dbm(self) -> int | None:
        """How strong it was received, where that is known: -127 is BlueZ's word for that it is not."""
        return None if self.rssi_dbm is None or self.rssi_dbm <= _RSSI_UNKNOWN else self.rssi_dbm

    @property
    def is_held(self) -> bool:
        """Whether BlueZ holds it connected already."""
        return self.rssi_dbm is None

    @property
    def path(self) -> str:
        """Its D-Bus object."""
        path: str = self.device.details["path"]
        return path


_stopping: Final[set[asyncio.Future[None]]] = set()
"""Searches that are ended because nobody waited for their beginning."""


class Scanner:
    """Hears what is in the air, over one adapter.

    Args:
        adapter: its present name: ``hci0``.
        clock: stamps sightings.
        hear: takes each one.
    """

    def __init__(self, adapter: str, clock: Clock, hear: Callable[[Sighting], None]) -> None:
        self._clock = clock
        self._hear = hear
        # Without duplicates BlueZ is silent about a device whose strength does not change by 8 dB.
        self._scanner = BleakScanner(
            self._heard, bluez={"adapter": adapter, "filters": {"DuplicateData": True}}
        )

    async def start(self) -> None:
        """Begin to hear.

        Raises:
            BleError: BlueZ does not scan.
        """
        starting = asyncio.ensure_future(self._start())
        try:
            await within(self._clock, TIMEOUT_S, _done(starting), "the search")
        except BaseException:
            # Cancelled half-way, bleak forgets a search that BlueZ goes on with.
            starting.add_done_callback(self._undo)
            raise

    async def stop(self) -> None:
        """Hear no more.

        Raises:
            BleError: BlueZ does not stop; it may go on scanning for a while.
        """

        async def stop() -> None:
            with translated("the search cannot stop"):
                await self._scanner.stop()

        await within(self._clock, TIMEOUT_S, stop(), "the end of the search")

    async def _start(self) -> None:
        with translated("the search cannot start"):
            await self._scanner.start()

    def _undo(self, started: "asyncio.Future[None]") -> None:
        if not started.cancelled() and started.exception() is None:
            stopping = asyncio.ensure_future(self._scanner.stop())
            _stopping.add(stopping)
            stopping.add_done_callback(_stopping.discard)

    def _heard(self, device: BLEDevice, advertisement: AdvertisementData) -> None:
        name = advertisement.local_name or device.name or ""
        services = tuple(short(uuid) for uuid in advertisement.service_uuids)
        self._hear(
            Sighting(
                device.address.upper(),
                name,
                services,
                advertisement.rssi,
                self._clock.mono_ns(),
                device,
            )
        )


async def _done(work: asyncio.Future[T]) -> T:
    """Wait for work that goes on when its waiter is cancelled."""
    await asyncio.wait([work])
    return work.result()
