"""What a fake BlueZ does when it is called: the methods of adapters, devices and characteristics."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from dbus_fast import Message, Variant

from edged.model import NS_PER_S, Packet
from tests.rigs.bluez_daemon import Bluetoothd
from tests.rigs.bluez_equipment import FakeAdapter, FakeStrap, short_uuid
from tests.rigs.bluez_faults import (
    ALREADY_CONNECTED,
    ALREADY_EXISTS,
    BLOCKED,
    CANCELED,
    DOES_NOT_EXIST,
    FAILED,
    IN_PROGRESS,
    NOT_CONNECTED,
    NOT_PERMITTED,
    NOT_READY,
    NOT_SUPPORTED,
    UNKNOWN_METHOD,
    UNKNOWN_OBJECT,
    BluezError,
    Cure,
)
from tests.rigs.bluez_objects import ADAPTER, DEVICE, GATT_CHARACTERISTIC, OBJECT_MANAGER, PROPERTIES, YES

CONNECT_TIMEOUT_S: Final = 20.0
"""So long the kernel listens for a device that it is to connect to (HCI_LE_CONN_TIMEOUT)."""
_LISTEN_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call returns, and what happens next."""

    signature: str = ""
    body: tuple[Any, ...] = ()
    then: Callable[[], None] | None = None


@dataclass(frozen=True, slots=True)
class World:
    """What methods do to the hardware, and to what is wrong with it."""

    link_up: Callable[[FakeStrap, FakeAdapter], None]
    link_down: Callable[[FakeStrap], None]
    power: Callable[[FakeAdapter, bool], None]
    cure: Callable[[Cure, frozenset[str]], None]
    notify: Callable[[FakeStrap, Sequence[Packet]], None]


class Methods:
    """Every method that bleak, bluetoothctl or a recovery calls, of one life of bluetoothd."""

    def __init__(self, daemon: Bluetoothd, world: World) -> None:
        self._daemon = daemon
        self._world = world
        self._tree = daemon.tree
        self._connecting: dict[str, asyncio.Task[None]] = {}
        self._table: dict[tuple[str, str], Callable[[Message], Answer | Awaitable[Answer]]] = {
            (OBJECT_MANAGER, "GetManagedObjects"): self._get_managed_objects,
            (PROPERTIES, "Get"): self._get,
            (PROPERTIES, "GetAll"): self._get_all,
            (PROPERTIES, "Set"): self._set,
            (ADAPTER, "SetDiscoveryFilter"): self._set_discovery_filter,
            (ADAPTER, "StartDiscovery"): self._start_discovery,
            (ADAPTER, "StopDiscovery"): self._stop_discovery,
            (ADAPTER, "RemoveDevice"): self._remove_device,
            (DEVICE, "Connect"): self._connect,
            (DEVICE, "Disconnect"): self._disconnect,
            (DEVICE, "Pair"): self._pair,
            (GATT_CHARACTERISTIC, "StartNotify"): self._start_notify,
            (GATT_CHARACTERISTIC, "StopNotify"): self._stop_notify,
            (GATT_CHARACTERISTIC, "ReadValue"): self._read_value,
            (GATT_CHARACTERISTIC, "WriteValue"): self._write_value,
        }

    def answer(self, call: Message) -> Answer | Awaitable[Answer]:
        """Do what a call asks for.

        Raises:
            BluezError: what it is answered with instead; also out of what is awaited.
        """
        method = self._table.get((call.interface or "", call.member or ""))
        interface, path = call.interface, call.path or ""
        if interface == OBJECT_MANAGER and path == "/" and method is not None:
            return method(call)
        if path not in self._tree:
            raise BluezError(UNKNOWN_OBJECT, f'Method "{call.member}" on unknown object "{path}"')
        shown = self._tree.objects[path]
        if method is None or (interface != PROPERTIES and interface not in shown):
            raise BluezError(
                UNKNOWN_METHOD, f'Method "{call.member}" on interface "{interface}" does not exist'
            )
        return method(call)

    def cancel_connects(self, path: str) -> None:
        """Give up connecting to what is at a path, or below."""
        for each in [known for known in self._connecting if known == path or known.startswith(f"{path}/")]:
            self._connecting.pop(each).cancel()

    # Objects and properties

    def _get_managed_objects(self, _call: Message) -> Answer:
        return Answer("a{oa{sa{sv}}}", (self._tree.objects,))

    def _get_all(self, call: Message) -> Answer:
        return Answer("a{sv}", (self._tree.objects[call.path or ""].get(call.body[0], {}),))

    def _get(self, call: Message) -> Answer:
        interface, name = call.body
        found = self._tree.objects[call.path or ""].get(interface, {}).get(name)
        if found is None:
            raise BluezError("org.freedesktop.DBus.Error.InvalidArgs", f"No such property '{name}'")
        return Answer("v", (found,))

    def _set(self, call: Message) -> Answer:
        interface, name, value = call.body
        path = call.path or ""
        if (interface, name) == (ADAPTER, "Powered"):
            adapter = self._adapter(call)
            if value.value and adapter.blocked:
                raise BluezError(BLOCKED, "Blocked through rfkill")
            self._world.power(adapter, value.value)
        elif (interface, name) in {
            (DEVICE, "Trusted"),
            (DEVICE, "Blocked"),
            (DEVICE, "Alias"),
            (ADAPTER, "Alias"),
        }:
            self._tree.set(path, interface, {name: value})
        else:
            raise BluezError(
                "org.freedesktop.DBus.Error.PropertyReadOnly", f"Property '{name}' is not writable"
            )
        return Answer()

    # Adapter1

    def _set_discovery_filter(self, call: Message) -> Answer:
        key = (self._adapter(call), call.sender or "")
        self._daemon.sessions.filters[key] = call.body[0]
        return Answer()

    def _start_discovery(self, call: Message) -> Answer:
        adapter = self._ready(call)
        if call.sender in self._daemon.sessions.discovering[adapter]:
            raise BluezError(IN_PROGRESS, "Operation already in progress")
        self._daemon.begin_discovery(adapter, call.sender or "")
        return Answer()

    def _stop_discovery(self, call: Message) -> Answer:
        adapter = self._ready(call)
        if call.sender not in self._daemon.sessions.discovering.get(adapter, set()):
            raise BluezError(FAILED, "No discovery started")
        self._daemon.end_discovery(adapter, call.sender or "")
        return Answer()

    def _remove_device(self, call: Message) -> Answer:
        path = call.body[0]
        addresses = self._daemon.hardware.addresses_at(path)
        strap = self._daemon.hardware.strap_at(path)
        if path not in self._tree or strap is None:
            raise BluezError(DOES_NOT_EXIST, "Does Not Exist")
        self.cancel_connects(path)
        strap.bonded = False
        self._world.link_down(strap)
        self._daemon.remove_device(path)
        self._world.cure(Cure.REMOVE_DEVICE, addresses)
        return Answer()

    # Device1

    async def _connect(self, call: Message) -> Answer:
        strap, adapter = self._strap(call)
        if strap.link is not None:
            raise BluezError(ALREADY_CONNECTED, "Already Connected")
        await self._link(strap, adapter)
        return Answer()

    async def _pair(self, call: Message) -> Answer:
        strap, adapter = self._strap(call)
        if strap.bonded:
            raise BluezError(ALREADY_EXISTS, "Already Exists")
        if strap.link is None:
            await self._link(strap, adapter)
        strap.bonded = True
        flags = {"Paired": YES, "Bonded": YES}
        self._tree.set(call.path or "", DEVICE, flags)
        self._world.cure(Cure.PAIR, frozenset({strap.address}))
        return Answer()

    async def _link(self, strap: FakeStrap, adapter: FakeAdapter) -> None:
        """Connect; who asked may leave the bus meanwhile, it goes on."""
        path = strap.path_on(adapter)
        if path in self._connecting:
            raise BluezError(IN_PROGRESS, "In Progress")
        if not adapter.powered:
            raise BluezError(NOT_READY, "Resource Not Ready")
        task = self._daemon.spawn(self._reach(strap, adapter), "connect")
        self._connecting[path] = task
        try:
            await asyncio.wait([task])
            if task.cancelled():
                raise BluezError(FAILED, CANCELED)
            task.result()
        finally:
            if self._connecting.get(path) is task:
                del self._connecting[path]

    async def _reach(self, strap: FakeStrap, adapter: FakeAdapter) -> None:
        clock = self._daemon.clock
        until_ns = clock.mono_ns() + round(CONNECT_TIMEOUT_S * NS_PER_S)
        while not strap.reachable_by(adapter):
            if clock.mono_ns() >= until_ns:
                raise BluezError(FAILED, "Software caused connection abort")
            await clock.sleep(_LISTEN_S)
        if adapter.slots is not None and len(self._daemon.hardware.linked_to(adapter)) >= adapter.slots:
            raise BluezError(FAILED, "Operation failed")
        if strap.connects_in_s:
            await clock.sleep(strap.connects_in_s)
        self._world.link_up(strap, adapter)

    def _disconnect(self, call: Message) -> Answer:
        strap, _ = self._strap(call)
        if call.path in self._connecting:
            self.cancel_connects(call.path or "")
        elif strap.link is None:
            raise BluezError(NOT_CONNECTED, "Not Connected")
        self._world.link_down(strap)
        return Answer()

    # GattCharacteristic1

    def _start_notify(self, call: Message) -> Answer:
        self._connected(call)
        path = call.path or ""
        if not {"notify", "indicate"} & self._flags(path):
            raise BluezError(NOT_SUPPORTED, "Operation is not supported")
        clients = self._daemon.sessions.notifying[path]
        if call.sender in clients:
            raise BluezError(IN_PROGRESS, "In Progress")
        clients.add(call.sender or "")
        self._tree.set(path, GATT_CHARACTERISTIC, {"Notifying": YES})
        return Answer()

    def _stop_notify(self, call: Message) -> Answer:
        if call.sender not in self._daemon.sessions.notifying.get(call.path or "", set()):
            raise BluezError(FAILED, "No notify session started")
        self._daemon.end_notifying(call.path or "", call.sender or "")
        return Answer()

    def _read_value(self, call: Message) -> Answer:
        strap, channel = self._connected(call)
        path = call.path or ""
        if "read" not in self._flags(path):
            raise BluezError(NOT_PERMITTED, "Read not permitted")
        value = strap.values.get(channel, b"")
        if value != self._tree.get(path, GATT_CHARACTERISTIC, "Value"):
            self._tree.set(path, GATT_CHARACTERISTIC, {"Value": Variant("ay", value)})
        return Answer("ay", (value,))

    def _write_value(self, call: Message) -> Answer:
        strap, channel = self._connected(call)
        if not {"write", "write-without-response"} & self._flags(call.path or ""):
            raise BluezError(NOT_SUPPORTED, "Operation is not supported")
        answers = strap.on_write(channel, bytes(call.body[0]))
        return Answer(then=partial(self._world.notify, strap, answers))

    # What a call is about

    def _adapter(self, call: Message) -> FakeAdapter:
        adapter = self._daemon.hardware.adapter_at(call.path or "")
        assert adapter is not None
        return adapter

    def _ready(self, call: Message) -> FakeAdapter:
        adapter = self._adapter(call)
        if not adapter.powered:
            raise BluezError(NOT_READY, "Resource Not Ready")
        return adapter

    def _strap(self, call: Message) -> tuple[FakeStrap, FakeAdapter]:
        strap = self._daemon.hardware.strap_at(call.path or "")
        assert strap is not None
        return strap, self._adapter(call)

    def _connected(self, call: Message) -> tuple[FakeStrap, str]:
        strap, adapter = self._strap(call)
        if strap.link is not adapter:
            raise BluezError(FAILED, "Not connected")
        return strap, short_uuid(self._tree.get(call.path or "", GATT_CHARACTERISTIC, "UUID"))

    def _flags(self, path: str) -> set[str]:
        return set(self._tree.get(path, GATT_CHARACTERISTIC, "Flags"))
