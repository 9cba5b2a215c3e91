"""bleak: hearing devices, and the connection to one. The only place that knows it."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

from bleak import BleakClient, BleakScanner
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakBluetoothNotAvailableReason,
    BleakCharacteristicNotFoundError,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
    BleakGATTProtocolErrorCode,
)

from drivers.ble import bluez
from drivers.ble.bluez import DeviceObject
from drivers.ble.deadline import within
from drivers.ble.errors import BleError, Cause
from drivers.ble.names import full, short
from edged.clock import Clock

T = TypeVar("T")

CONNECT_TIMEOUT_S: Final = 15.0
"""Most take less than a second; one to a device that just left is ended by BlueZ after 20 s."""
REQUEST_TIMEOUT_S: Final = 10.0
BOND_TIMEOUT_S: Final = 30.0
CLOSE_TIMEOUT_S: Final = 5.0
_NEVER_S: Final = 3600.0
"""bleak's own limits count the loop's time; ours count the clock's."""

_RSSI_UNKNOWN: Final = -127

_STALE: Final = frozenset(
    {
        BleakGATTProtocolErrorCode.INVALID_HANDLE,
        BleakGATTProtocolErrorCode.ATTRIBUTE_NOT_FOUND,
        BleakGATTProtocolErrorCode.DATABASE_OUT_OF_SYNC,
    }
)
_NOT_BONDED: Final = frozenset(
    {
        BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHENTICATION,
        BleakGATTProtocolErrorCode.INSUFFICIENT_ENCRYPTION,
        BleakGATTProtocolErrorCode.INSUFFICIENT_AUTHORIZATION,
    }
)
_REFUSALS: Final = frozenset(
    {
        "org.bluez.Error.NotPermitted",
        "org.bluez.Error.NotSupported",
        "org.bluez.Error.InvalidArguments",
        "org.bluez.Error.AuthenticationRejected",
        "org.bluez.Error.AuthenticationCanceled",
        "org.bluez.Error.AuthenticationFailed",
    }
)
_log: Final = logging.getLogger(__name__)


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
            await within(self._clock, REQUEST_TIMEOUT_S, _done(starting), "the search")
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

        await within(self._clock, REQUEST_TIMEOUT_S, stop(), "the end of the search")

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


class Connection:
    """A connection to one device.

    Args:
        sighting: the device.
        clock: limits what it may take.

    Attributes:
        ended: done, with the reason, when the connection is over.
    """

    def __init__(self, sighting: Sighting, clock: Clock) -> None:
        self.sighting = sighting
        self.ended: asyncio.Future[BleError] = asyncio.get_running_loop().create_future()
        self._clock = clock
        self._bonded = False
        self._client = BleakClient(
            sighting.device, disconnected_callback=self._disconnected, timeout=_NEVER_S
        )

    @property
    def mtu(self) -> int:
        """Most bytes in one ATT packet, as BlueZ tells it; 23 where it does not."""
        services = self._client.services
        sizes = [c.max_write_without_response_size for s in services for c in s.characteristics]
        return max(sizes, default=20) + 3

    async def open(self, *, bond: bool = False) -> None:
        """Connect, or take over the connection that there is; learn what the device offers.

        Raises:
            BleError: it could not be.
        """

        async def connect() -> None:
            with translated("cannot connect"):
                await self._client.connect()

        await within(self._clock, CONNECT_TIMEOUT_S, connect(), "connecting")
        if bond:
            await self._bond()

    def offers(self, channel: str) -> bool:
        """Return whether the device has a characteristic."""
        return self._find(channel) is not None

    async def read(self, channel: str) -> bytes:
        """Read a characteristic.

        Raises:
            BleError: the device has none such, refuses, or does not answer.
        """

        async def read() -> bytes:
            with translated(f"{channel} cannot be read"):
                return bytes(await self._client.read_gatt_char(self._characteristic(channel)))

        return await self._ask(read, f"reading {channel}")

    async def subscribe(self, channel: str, tell: Callable[[bytes], None]) -> None:
        """Be told of each notification or indication of a characteristic.

        Raises:
            BleError: the device has none such, refuses, or does not answer.
        """

        async def subscribe() -> None:
            with translated(f"{channel} cannot be subscribed to"):
                await self._client.start_notify(
                    self._characteristic(channel), lambda _, data: tell(bytes(data))
                )

        await self._ask(subscribe, f"subscribing to {channel}")

    async def write(self, channel: str, data: bytes) -> None:
        """Write a characteristic, and wait for the device to take it where it acknowledges.

        Raises:
            BleError: the device has none such, refuses, or does not answer.
        """

        async def write() -> None:
            with translated(f"{channel} cannot be written"):
                characteristic = self._characteristic(channel)
                acknowledged = "write" in characteristic.properties
                await self._client.write_gatt_char(characteristic, data, response=acknowledged)

        await self._ask(write, f"writing {channel}")

    def fail(self, reason: BleError) -> None:
        """End it where bleak does not notice that it is over."""
        if not self.ended.done():
            self.ended.set_result(reason)

    async def close(self) -> None:
        """End it, whatever state it is in; does not raise."""
        self.fail(BleError(Cause.FAILED, "the connection was closed"))

        async def disconnect() -> None:
            with translated("cannot disconnect"):
                await self._client.disconnect()

        try:
            await within(self._clock, CLOSE_TIMEOUT_S, disconnect(), "disconnecting")
        except BleError as error:
            _log.debug("%s: %s", self.sighting.address, error)

    async def _ask(self, work: Callable[[], Coroutine[object, object, T]], what: str) -> T:
        """Ask the device for something; bond with it first where it wants that."""
        try:
            return await within(self._clock, REQUEST_TIMEOUT_S, work(), what)
        except BleError as error:
            if error.cause is not Cause.NOT_BONDED or self._bonded:
                raise
        await self._bond()
        return await within(self._clock, REQUEST_TIMEOUT_S, work(), what)

    async def _bond(self) -> None:
        self._bonded = True

        async def pair() -> None:
            with translated("cannot bond"):
                await self._client.pair()

        await within(self._clock, BOND_TIMEOUT_S, pair(), "bonding")

    def _find(self, channel: str) -> BleakGATTCharacteristic | None:
        uuid = full(channel)
        return next((c for s in self._client.services for c in s.characteristics if c.uuid == uuid), None)

    def _characteristic(self, channel: str) -> BleakGATTCharacteristic:
        if not self._client.is_connected:
            raise BleError(Cause.DROPPED, "the connection broke")
        found = self._find(channel)
        if found is None:
            raise BleakCharacteristicNotFoundError(channel)
        return found

    def _disconnected(self, _client: BleakClient) -> None:
        self.fail(
            BleError(
                Cause.DROPPED,
                "the connection broke",
                mend="Look whether the device is on, charged, worn and in range.",
            )
        )


async def _done(work: asyncio.Future[T]) -> T:
    """Wait for work that goes on when its waiter is cancelled."""
    await asyncio.wait([work])
    return work.result()


@contextmanager
def translated(failed: str) -> Iterator[None]:
    """Translate what bleak and D-Bus raise; ``failed`` begins the sentence."""
    try:
        yield
    except BleakError as error:
        raise _translate(error, failed) from error
    except (OSError, EOFError) as error:
        raise bluez.no_bus() from error
    except TimeoutError as error:
        raise BleError(Cause.TIMEOUT, f"{failed}: no answer in time") from error


def _translate(error: BleakError, failed: str) -> BleError:
    match error:
        case BleakGATTProtocolError():
            return _gatt(error, failed)
        case BleakDBusError():
            return _dbus(error, failed)
        case BleakCharacteristicNotFoundError():
            return BleError(Cause.STALE, f"{failed}: the device does not have it")
        case BleakDeviceNotFoundError():
            return BleError(Cause.NOT_FOUND, f"{failed}: the device is not in the air any more")
        case BleakBluetoothNotAvailableError():
            is_denied = error.reason is BleakBluetoothNotAvailableReason.DENIED_BY_SYSTEM
            return bluez.denied() if is_denied else BleError(Cause.NO_ADAPTER, f"{failed}: no adapter to use")
        case _:
            return BleError(Cause.FAILED, f"{failed}: {error}")


def _gatt(error: BleakGATTProtocolError, failed: str) -> BleError:
    if error.code in _STALE:
        return BleError(Cause.STALE, f"{failed}: BlueZ remembers a service that is not there")
    if error.code in _NOT_BONDED:
        return BleError(Cause.NOT_BONDED, f"{failed}: the device wants to be bonded with")
    return BleError(Cause.REFUSED, f"{failed}: the device refuses ({error.code.name.lower()})")


def _dbus(error: BleakDBusError, failed: str) -> BleError:
    if error.dbus_error == "org.bluez.Error.NotPermitted":  # what BlueZ makes of insufficient authentication
        return BleError(Cause.NOT_BONDED, f"{failed}: the device refuses, or wants to be bonded with")
    if error.dbus_error in _REFUSALS:
        return BleError(Cause.REFUSED, f"{failed}: {error.dbus_error_details or error.dbus_error}")
    if error.dbus_error == "org.freedesktop.DBus.Error.UnknownObject":
        return BleError(Cause.STALE, f"{failed}: BlueZ does not know it any more")
    return bluez.told(error.dbus_error, list(error.args[1:]), failed)
