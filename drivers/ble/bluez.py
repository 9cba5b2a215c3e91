"""BlueZ over D-Bus, beside what bleak does: its adapters, what it holds connected, and whether it lives."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

from dbus_fast import AuthError, BusType, DBusError, InvalidAddressError, Message, MessageType, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.unpack import unpack_variants

from drivers.ble.errors import BleError, Cause
from drivers.ble.names import short

SERVICE: Final = "org.bluez"
ADAPTER: Final = "org.bluez.Adapter1"
DEVICE: Final = "org.bluez.Device1"
BATTERY: Final = "org.bluez.Battery1"
_BUS: Final = "org.freedesktop.DBus"
_OBJECTS: Final = "org.freedesktop.DBus.ObjectManager"
_PROPERTIES: Final = "org.freedesktop.DBus.Properties"

_RULES: Final = (
    f"type='signal',sender='{_BUS}',interface='{_BUS}',member='NameOwnerChanged',arg0='{SERVICE}'",
    f"type='signal',sender='{SERVICE}',interface='{_OBJECTS}'",
    f"type='signal',sender='{SERVICE}',interface='{_PROPERTIES}',arg0='{ADAPTER}'",
    f"type='signal',sender='{SERVICE}',interface='{_PROPERTIES}',arg0='{DEVICE}'",
    f"type='signal',sender='{SERVICE}',interface='{_PROPERTIES}',arg0='{BATTERY}'",
)
_CAUSES: Final[Mapping[str, Cause]] = {
    "org.freedesktop.DBus.Error.AccessDenied": Cause.DENIED,
    "org.freedesktop.DBus.Error.ServiceUnknown": Cause.NO_SERVICE,
    "org.freedesktop.DBus.Error.NameHasNoOwner": Cause.NO_SERVICE,
    "org.freedesktop.DBus.Error.NoReply": Cause.TIMEOUT,
    "org.freedesktop.DBus.Error.Disconnected": Cause.NO_BUS,
    "org.freedesktop.DBus.Error.UnknownObject": Cause.NO_ADAPTER,
    "org.freedesktop.DBus.Error.UnknownMethod": Cause.NO_ADAPTER,
    "org.bluez.Error.NotReady": Cause.NO_ADAPTER,
    "org.bluez.Error.Blocked": Cause.NO_ADAPTER,
    "org.bluez.Error.InProgress": Cause.IN_PROGRESS,
    "org.bluez.Error.Busy": Cause.IN_PROGRESS,
    "org.bluez.Error.DoesNotExist": Cause.NOT_FOUND,
}


@dataclass(frozen=True, slots=True)
class AdapterObject:
    """An adapter as BlueZ has it: ``hci0``, its address, whether it is switched on."""

    path: str
    address: str
    powered: bool

    @property
    def name(self) -> str:
        """As the system calls it now."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class DeviceObject:
    """A device as BlueZ has it; services in short, battery in % where BlueZ reads it."""

    path: str
    adapter_path: str
    address: str
    name: str
    services: tuple[str, ...] = ()
    connected: bool = False
    bonded: bool = False
    battery: int | None = None


class Bluez:
    """A mirror of BlueZ's adapters and devices, kept by its signals.

    Args:
        on_change: called after every change of an adapter, or of a device's connection.
        on_gone: called with the path of an adapter or device that is gone, or with ``/`` when all is.
    """

    def __init__(self, on_change: Callable[[], None], on_gone: Callable[[str], None]) -> None:
        self.adapters: dict[str, AdapterObject] = {}
        self.devices: dict[str, DeviceObject] = {}
        self.running = False
        self._on_change = on_change
        self._on_gone = on_gone
        self._bus: MessageBus | None = None

    async def open(self) -> None:
        """Connect to D-Bus, and learn what BlueZ has.

        Raises:
            BleError: there is no D-Bus, no BlueZ, or no permission.
        """
        try:
            bus = MessageBus(bus_type=BusType.SYSTEM)
        except (OSError, InvalidAddressError) as error:
            raise no_bus() from error
        try:
            await bus.connect()
            self._bus = bus
            bus.add_message_handler(self._hear)
            for rule in _RULES:
                await self._call(_BUS, "/org/freedesktop/DBus", _BUS, "AddMatch", "s", rule)
        except BaseException as error:
            self.close()
            with suppress(Exception):  # what a half-made connection raises when it is closed
                bus.disconnect()
            if isinstance(error, AuthError):
                raise denied() from error
            if isinstance(error, (OSError, EOFError, DBusError)):
                raise no_bus() from error
            raise
        await self.load()

    async def load(self) -> None:
        """Learn everything anew; starts bluetoothd where D-Bus can.

        Raises:
            BleError: it does not run, or may not be asked.
        """
        try:
            reply = await self._call(SERVICE, "/", _OBJECTS, "GetManagedObjects")
        except BleError as error:
            if error.cause in {Cause.DENIED, Cause.NO_BUS}:
                raise
            raise no_service() from error  # D-Bus could not start it, for one of many reasons
        self.adapters.clear()
        self.devices.clear()
        self.running = True
        for path, interfaces in unpack_variants(reply.body[0]).items():
            self._learn(path, interfaces)
        self._on_change()

    def close(self) -> None:
        """End the connection to D-Bus."""
        bus, self._bus = self._bus, None
        self.running = False
        self.adapters.clear()
        self.devices.clear()
        if bus is not None:
            bus.remove_message_handler(self._hear)
            bus.disconnect()

    async def closed(self) -> None:
        """Wait until D-Bus ends the connection."""
        if self._bus is not None:
            with suppress(Exception):  # whatever ended it: it is over
                await self._bus.wait_for_disconnect()

    async def set_powered(self, adapter_path: str, *, on: bool) -> None:
        """Switch an adapter on or off.

        Raises:
            BleError: it could not be.
        """
        powered = Variant("b", on)
        await self._call(SERVICE, adapter_path, _PROPERTIES, "Set", "ssv", ADAPTER, "Powered", powered)

    async def forget(self, device_path: str) -> None:
        """Make BlueZ forget a device, its services and its bond.

        Raises:
            BleError: it could not be.
        """
        await self._call(SERVICE, device_path.rpartition("/")[0], ADAPTER, "RemoveDevice", "o", device_path)

    async def disconnect(self, device_path: str) -> None:
        """End the connection to a device, whoever made it.

        Raises:
            BleError: it could not be.
        """
        await self._call(SERVICE, device_path, DEVICE, "Disconnect")

    async def _call(
        self, destination: str, path: str, interface: str, member: str, signature: str = "", *body: object
    ) -> Message:
        if self._bus is None:
            raise no_bus()
        message = Message(
            destination=destination,
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=list(body),
        )
        try:
            reply = await self._bus.call(message)
        except (OSError, EOFError, DBusError) as error:
            raise no_bus() from error
        if reply is None:
            raise no_bus()
        if reply.message_type is MessageType.ERROR:
            raise told(reply.error_name or "", reply.body, f"{member} failed")
        return reply

    def _hear(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL:
            return
        body = unpack_variants(message.body)
        match message.member:
            case "NameOwnerChanged" if body[0] == SERVICE:
                self._change_owner(lives=bool(body[2]))
            case "InterfacesAdded":
                self._learn(body[0], body[1])
            case "InterfacesRemoved":
                self._unlearn(body[0], body[1])
            case "PropertiesChanged":
                if not self._update(message.path or "", body[0], body[1]):
                    return
            case _:
                return
        self._on_change()

    def _change_owner(self, *, lives: bool) -> None:
        """Note that bluetoothd died, or came: either way nothing that was known still holds."""
        self.running = False  # until load() has learnt what the new one has
        self.adapters.clear()
        self.devices.clear()
        if not lives:
            self._on_gone("/")

    def _learn(self, path: str, interfaces: Mapping[str, Mapping[str, Any]]) -> None:
        if ADAPTER in interfaces:
            told_of = interfaces[ADAPTER]
            self.adapters[path] = AdapterObject(
                path, told_of.get("Address", "").upper(), bool(told_of.get("Powered"))
            )
        if DEVICE in interfaces:
            told_of = interfaces[DEVICE]
            self.devices[path] = DeviceObject(path, told_of.get("Adapter", ""), "", "")
            self._update(path, DEVICE, told_of)
        if BATTERY in interfaces and path in self.devices:
            self._update(path, BATTERY, interfaces[BATTERY])

    def _unlearn(self, path: str, interfaces: list[str]) -> None:
        if ADAPTER in interfaces and self.adapters.pop(path, None) is not None:
            for device in [d for d in self.devices.values() if d.adapter_path == path]:
                del self.devices[device.path]
            self._on_gone(path)
        if DEVICE in interfaces and self.devices.pop(path, None) is not None:
            self._on_gone(path)

    def _update(self, path: str, interface: str, changed: Mapping[str, Any]) -> bool:
        """Take in what changed; return whether it is of interest: signal strengths come all the time."""
        if interface == ADAPTER and path in self.adapters:
            adapter = self.adapters[path]
            new = replace(adapter, powered=bool(changed.get("Powered", adapter.powered)))
            self.adapters[path] = new
            return new != adapter
        if path not in self.devices:
            return False
        device = self.devices[path]
        if interface == BATTERY:
            self.devices[path] = replace(device, battery=changed.get("Percentage"))
        elif interface == DEVICE:
            self.devices[path] = replace(
                device,
                address=changed.get("Address", device.address).upper(),
                name=changed.get("Alias", device.name),
                services=tuple(map(short, changed["UUIDs"])) if "UUIDs" in changed else device.services,
                connected=bool(changed.get("Connected", device.connected)),
                bonded=bool(changed.get("Paired", device.bonded)),
            )
        return self.devices[path] != device


def no_bus() -> BleError:
    """Return the error of a board without D-Bus."""
    return BleError(
        Cause.NO_BUS, "D-Bus does not answer", mend="Start it: systemctl start dbus; or restart the board."
    )


def no_service() -> BleError:
    """Return the error of a board without bluetoothd."""
    return BleError(
        Cause.NO_SERVICE, "the Bluetooth service does not run", mend="Start it: systemctl start bluetooth."
    )


def denied() -> BleError:
    """Return the error of a user who may not."""
    return BleError(
        Cause.DENIED,
        "this user may not use Bluetooth",
        mend="Put the user that edged runs as into the group bluetooth.",
    )


def told(name: str, body: list[Any], what: str) -> BleError:
    """Return the error that a D-Bus error name stands for."""
    cause = _CAUSES.get(name, Cause.FAILED)
    if cause is Cause.DENIED:
        return denied()
    if cause is Cause.NO_SERVICE:
        return no_service()
    if cause is Cause.IN_PROGRESS:
        return BleError(cause, f"{what}: BlueZ is still busy with an earlier request")
    said = str(body[0]) if body else name.rpartition(".")[2]
    return BleError(cause, f"{what}: {said}")
