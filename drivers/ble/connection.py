"""The connection to one device, through bleak."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Final, TypeVar

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.exc import BleakCharacteristicNotFoundError

from drivers.ble.deadline import within
from drivers.ble.errors import BleError, Cause
from drivers.ble.names import full
from drivers.ble.scanner import Sighting
from drivers.ble.translation import translated
from edged.clock import Clock

T = TypeVar("T")

CONNECT_TIMEOUT_S: Final = 15.0
"""Most take less than a second; one to a device that just left is ended by BlueZ after 20 s."""
REQUEST_TIMEOUT_S: Final = 10.0
BOND_TIMEOUT_S: Final = 30.0
CLOSE_TIMEOUT_S: Final = 5.0
_NEVER_S: Final = 3600.0
"""bleak's own limits count the loop's time; ours count the clock's."""
_log: Final = logging.getLogger(__name__)


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
