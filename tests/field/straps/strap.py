"""One strap: heart-rate and battery services over a simulated heart."""

import asyncio
import struct
from typing import Final

from bumble import hci
from bumble.controller import Controller
from bumble.core import UUID, AdvertisingData, ProtocolError
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.gatt import Characteristic, Service
from bumble.host import Host
from bumble.transport.common import AsyncPipeSink

from edged.sim.strap import Strap as SimulatedStrap
from tests.field.straps.air import Air

ADVERTISING_INTERVAL_MS: Final = 250

SUPERVISION_TIMEOUT_S: Final = 1.0
"""How long a connection outlives its last packet; Linux asks for 0.42 s, straps for a few seconds."""

HEART_RATE_MEASUREMENT: Final = "2a37"
BODY_SENSOR_LOCATION: Final = "2a38"
BATTERY_LEVEL: Final = "2a19"

_HEART_RATE_SERVICE: Final = 0x180D
_BATTERY_SERVICE: Final = 0x180F
_Properties = Characteristic.Properties


class Strap:
    """A strap on a radio of its own.

    Args:
        air: that its radio is on.
        name: as it advertises itself.
        address: its static random address.
        signal: what it measures.
    """

    def __init__(self, air: Air, name: str, address: str, signal: SimulatedStrap) -> None:
        self._air = air
        self._signal = signal
        self._second = 0
        self._is_on = False
        self._controller = Controller(name, link=air, public_address=f"{address}/P")
        self._characteristics = {
            HEART_RATE_MEASUREMENT: _characteristic(HEART_RATE_MEASUREMENT, _Properties.NOTIFY),
            BODY_SENSOR_LOCATION: _characteristic(BODY_SENSOR_LOCATION, _Properties.READ),
            BATTERY_LEVEL: _characteristic(BATTERY_LEVEL, _Properties.READ | _Properties.NOTIFY),
        }
        self._device = Device(
            config=DeviceConfiguration(name=name, address=hci.Address(address)),
            host=Host(self._controller, AsyncPipeSink(self._controller)),
        )
        battery = self._characteristics[BATTERY_LEVEL]
        others = [each for each in self._characteristics.values() if each is not battery]
        self._device.add_services(
            [Service(UUID(_HEART_RATE_SERVICE), others), Service(UUID(_BATTERY_SERVICE), [battery])]
        )
        self._device.advertising_data = _advertising_data(name)
        self._device.on("connection", self._on_connection)

    async def run(self) -> None:
        """Measure and notify, second by second, until cancelled."""
        await self._device.power_on()
        await self.on()
        while True:
            await asyncio.sleep(1.0)
            await self._measure()
            self._second += 1

    async def on(self) -> None:
        """Switch it on: it advertises."""
        self._is_on = True
        await self._device.start_advertising(
            own_address_type=hci.OwnAddressType.RANDOM,
            advertising_interval_min=ADVERTISING_INTERVAL_MS,
            advertising_interval_max=ADVERTISING_INTERVAL_MS,
        )

    async def off(self) -> None:
        """Switch it off: it says goodbye."""
        self._is_on = False
        await self._device.stop_advertising()
        for connection in list(self._device.connections.values()):
            await connection.disconnect(
                hci.HCI_ErrorCode.REMOTE_DEVICE_TERMINATED_CONNECTION_DUE_TO_POWER_OFF_ERROR
            )

    async def away(self) -> None:
        """Carry it out of range: no goodbye, only silence."""
        self._air.set_in_range(self._controller, in_range=False)
        await asyncio.sleep(SUPERVISION_TIMEOUT_S)
        self._air.time_out(self._controller)

    async def back(self) -> None:
        """Bring it back into range."""
        self._air.set_in_range(self._controller, in_range=True)

    async def hang(self) -> None:
        """Have it answer nothing and tell nothing, while its radio keeps the connection."""
        self._air.set_answering(self._controller, answering=False)

    async def answer(self) -> None:
        """Have it answer again."""
        self._air.set_answering(self._controller, answering=True)

    async def _measure(self) -> None:
        for packet in (*self._signal.greeting(self._second), *self._signal.packets(self._second)):
            characteristic = self._characteristics[packet.channel]
            unchanged = packet.channel != HEART_RATE_MEASUREMENT and characteristic.value == packet.data
            characteristic.value = packet.data
            if not self._is_on or unchanged or not characteristic.properties & _Properties.NOTIFY:
                continue
            try:
                await self._device.notify_subscribers(characteristic, packet.data)
            except ProtocolError as error:  # the connection ended under it
                print("not notified:", error, flush=True)  # noqa: T201  standard output is the guest's journal, which the test reads

    def _on_connection(self, connection: Connection) -> None:
        connection.on("disconnection", self._on_disconnection)

    def _on_disconnection(self, _reason: int) -> None:
        if self._is_on:
            self._advertise = asyncio.create_task(self.on())


def _characteristic(channel: str, properties: int) -> Characteristic:
    return Characteristic(UUID(int(channel, 16)), properties, Characteristic.READABLE, b"\0")


def _advertising_data(name: str) -> bytes:
    return bytes(
        AdvertisingData(
            [
                (AdvertisingData.FLAGS, bytes((0x06,))),  # general discoverable, no BR/EDR
                (
                    AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
                    struct.pack("<H", _HEART_RATE_SERVICE),
                ),
                (AdvertisingData.COMPLETE_LOCAL_NAME, name.encode()),
            ]
        )
    )
