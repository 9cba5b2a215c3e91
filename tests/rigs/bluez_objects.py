"""The tree of D-Bus objects that BlueZ shows, and the signals that keep clients up to date with it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from dbus_fast import Message, MessageType, Variant

from tests.rigs.bluez_equipment import FakeAdapter, FakeStrap, full_uuid

OBJECT_MANAGER: Final = "org.freedesktop.DBus.ObjectManager"
PROPERTIES: Final = "org.freedesktop.DBus.Properties"
ADAPTER: Final = "org.bluez.Adapter1"
DEVICE: Final = "org.bluez.Device1"
BATTERY_OF_DEVICE: Final = "org.bluez.Battery1"
GATT_SERVICE: Final = "org.bluez.GattService1"
GATT_CHARACTERISTIC: Final = "org.bluez.GattCharacteristic1"

YES: Final = Variant("b", value=True)
NO: Final = Variant("b", value=False)

Properties = dict[str, Variant]


class ObjectTree:
    """Paths, their interfaces, their properties.

    Args:
        emit: sends a signal to whoever listens.
    """

    def __init__(self, emit: Callable[[Message], None]) -> None:
        self.objects: dict[str, dict[str, Properties]] = {}
        self._emit = emit

    def __contains__(self, path: str) -> bool:
        return path in self.objects

    def add(self, path: str, interface: str, properties: Properties) -> None:
        """Show an interface."""
        self.objects.setdefault(path, {})[interface] = properties
        self._emit(
            _signal("/", OBJECT_MANAGER, "InterfacesAdded", "oa{sa{sv}}", path, {interface: properties})
        )

    def remove(self, path: str) -> None:
        """Take an object and all below it away, the lowest first."""
        for each in sorted(self.below(path, itself=True), reverse=True):
            interfaces = list(self.objects.pop(each))
            self._emit(_signal("/", OBJECT_MANAGER, "InterfacesRemoved", "oas", each, interfaces))

    def below(self, path: str, *, itself: bool = False) -> Iterator[str]:
        """Yield the paths below one."""
        yield from [each for each in self.objects if each.startswith(f"{path}/") or (itself and each == path)]

    def get(self, path: str, interface: str, name: str) -> Any:
        """Return a property's value; None where there is none."""
        variant = self.objects.get(path, {}).get(interface, {}).get(name)
        return None if variant is None else variant.value

    def set(self, path: str, interface: str, changed: Properties, *, gone: tuple[str, ...] = ()) -> None:
        """Change properties, and say so: also of one that is set to what it is."""
        properties = self.objects[path][interface]
        properties.update(changed)
        for name in gone:
            properties.pop(name, None)
        self._emit(_signal(path, PROPERTIES, "PropertiesChanged", "sa{sv}as", interface, changed, list(gone)))

    def add_characteristics(self, strap: FakeStrap, device: str) -> None:
        """Show the services of a device, and what is in them; nothing happens where they are shown."""
        handle = 0x0010
        for service in strap.services:
            at = f"{device}/service{handle:04x}"
            handle += 1
            if at not in self:
                self.add(at, GATT_SERVICE, service_properties(full_uuid(service.uuid), device))
            for characteristic in service.characteristics:
                path = f"{at}/char{handle:04x}"
                handle += 3  # its value and its descriptor have handles too
                if path not in self:
                    uuid = full_uuid(characteristic.channel)
                    shown = characteristic_properties(uuid, at, characteristic.flags, strap.mtu)
                    self.add(path, GATT_CHARACTERISTIC, shown)

    def characteristic(self, device: str, channel: str) -> str | None:
        """Return the path of a device's characteristic."""
        uuid = full_uuid(channel)
        below = (path for path in self.below(device) if self.get(path, GATT_CHARACTERISTIC, "UUID") == uuid)
        return next(below, None)


def adapter_properties(adapter: FakeAdapter) -> Properties:
    """Return what ``Adapter1`` shows."""
    return {
        "Address": Variant("s", adapter.address),
        "AddressType": Variant("s", "public"),
        "Name": Variant("s", "board"),
        "Alias": Variant("s", "board"),
        "Powered": Variant("b", adapter.powered),
        "Discovering": NO,
        "Roles": Variant("as", list(adapter.roles)),
        "UUIDs": Variant("as", []),
    }


def device_properties(strap: FakeStrap, adapter: FakeAdapter, *, connected: bool) -> Properties:
    """Return what ``Device1`` shows; the strength comes with the first advertisement."""
    properties = {
        "Address": Variant("s", strap.address),
        "AddressType": Variant("s", "random"),
        "Name": Variant("s", strap.name),
        "Alias": Variant("s", strap.name),
        "Adapter": Variant("o", adapter.path),
        "UUIDs": Variant("as", [full_uuid(uuid) for uuid in strap.advertised]),
        "Connected": Variant("b", connected),
    }
    flags = {"Paired": strap.bonded, "Bonded": strap.bonded}
    flags |= dict.fromkeys(("Trusted", "Blocked", "LegacyPairing", "ServicesResolved"), False)
    properties |= {name: Variant("b", flag) for name, flag in flags.items()}
    if strap.manufacturer_data:
        properties["ManufacturerData"] = manufacturer_data(strap.manufacturer_data)
    return properties


def manufacturer_data(data: Mapping[int, bytes]) -> Variant:
    """Return it as BlueZ shows it."""
    return Variant("a{qv}", {company: Variant("ay", told) for company, told in data.items()})


def service_properties(uuid: str, device: str) -> Properties:
    """Return what ``GattService1`` shows."""
    return {"UUID": Variant("s", uuid), "Device": Variant("o", device), "Primary": YES}


def characteristic_properties(uuid: str, service: str, flags: tuple[str, ...], mtu: int) -> Properties:
    """Return what ``GattCharacteristic1`` shows."""
    return {
        "UUID": Variant("s", uuid),
        "Service": Variant("o", service),
        "Value": Variant("ay", b""),
        "Flags": Variant("as", list(flags)),
        "Notifying": NO,
        "MTU": Variant("q", mtu),
    }


def _signal(path: str, interface: str, member: str, signature: str, *body: Any) -> Message:
    return Message(
        message_type=MessageType.SIGNAL,
        path=path,
        interface=interface,
        member=member,
        signature=signature,
        body=list(body),
    )
