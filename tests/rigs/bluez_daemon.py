"""One life of a fake ``bluetoothd``: its place on the bus, its objects, who uses it and how."""

import asyncio
from collections import defaultdict
from collections.abc import Coroutine
from typing import Final

from dbus_fast import Message, MessageFlag, MessageType, Variant
from dbus_fast.aio import MessageBus

from edged.clock import Clock
from edged.model import NS_PER_S, Packet
from edged.tasks import end
from tests.rigs.bluez_equipment import FakeAdapter, FakeStrap, Hardware
from tests.rigs.bluez_objects import (
    ADAPTER,
    BATTERY_OF_DEVICE,
    DEVICE,
    GATT_CHARACTERISTIC,
    NO,
    YES,
    ObjectTree,
    Properties,
    adapter_properties,
    device_properties,
    manufacturer_data,
)
from tests.rigs.private_bus import hang_up, to_bus

TEMPORARY_S: Final = 30.0
"""A device that was never connected is forgotten when it is unheard for so long (TemporaryTimeout)."""
_RSSI_STEP: Final = 8
"""BlueZ tells of no smaller change, unless a client wants duplicates (RSSI_THRESHOLD in its device.c)."""


class Sessions:
    """What clients asked for; ends with each of them."""

    def __init__(self) -> None:
        self.discovering: defaultdict[FakeAdapter, set[str]] = defaultdict(set)
        self.filters: dict[tuple[FakeAdapter, str], Properties] = {}
        self.notifying: defaultdict[str, set[str]] = defaultdict(set)

    def wants(self, adapter: FakeAdapter, client: str, uuids: list[str]) -> bool:
        """Return whether what advertises these passes a client's filter."""
        wanted = self.filters.get((adapter, client), {}).get("UUIDs")
        return wanted is None or not wanted.value or not set(wanted.value).isdisjoint(uuids)

    def wants_duplicates(self, adapter: FakeAdapter, client: str) -> bool:
        """Return whether a client wants to hear of every advertisement."""
        wanted = self.filters.get((adapter, client), {}).get("DuplicateData")
        return wanted is not None and bool(wanted.value)


class Bluetoothd:
    """Shows the hardware on a bus, as far as it has noticed.

    Args:
        address: of the bus.
        hardware: what there is.
        clock: lets time pass.
    """

    def __init__(self, address: str, hardware: Hardware, clock: Clock) -> None:
        self.hardware = hardware
        self.clock = clock
        self.tree = ObjectTree(self.send)
        self.sessions = Sessions()
        self.activity = 0
        self._address = address
        self._heard_ns: dict[str, int] = {}
        self._bus: MessageBus | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def alive(self) -> bool:
        """Whether it is on the bus."""
        return self._bus is not None and self._bus.connected

    async def start(self) -> MessageBus:
        """Connect, and show what is there; the name is not taken yet."""
        self._bus = await MessageBus(bus_address=self._address).connect()
        match = "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged'"
        await self._bus.call(to_bus("AddMatch", match))
        for adapter in self.hardware.adapters:
            self.show_adapter(adapter)
            for strap in self.hardware.linked_to(adapter):
                self.show_link(strap, adapter)
        self.spawn(self._forget_temporaries(), "forget")
        return self._bus

    async def close(self) -> None:
        """Leave the bus, without a word."""
        bus, self._bus = self._bus, None
        await end(*self._tasks)
        if bus is not None:
            await hang_up(bus)

    def spawn(self, work: Coroutine[object, object, None], name: str) -> "asyncio.Task[None]":
        """Do something that takes time; it ends with this life."""
        task = asyncio.create_task(work, name=f"rig-bluetoothd-{name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def send(self, message: Message) -> None:
        """Send a signal or an answer, where there is still someone to take it."""
        if self._bus is not None and self._bus.connected:
            self.activity += 1
            self._bus.send(message).add_done_callback(_forget)

    # What happens to the hardware

    def show_adapter(self, adapter: FakeAdapter) -> None:
        """Notice an adapter."""
        self.tree.add(adapter.path, ADAPTER, adapter_properties(adapter))

    def hide_adapter(self, adapter: FakeAdapter) -> None:
        """Notice that an adapter is gone."""
        self.sessions.discovering.pop(adapter, set())
        self._forget_sessions_below(adapter.path)
        self.tree.remove(adapter.path)

    def show_power(self, adapter: FakeAdapter) -> None:
        """Notice that an adapter was switched on or off; off ends every discovery."""
        if not adapter.powered and self.sessions.discovering.pop(adapter, set()):
            self._end_discovery(adapter)
        self.tree.set(adapter.path, ADAPTER, {"Powered": Variant("b", adapter.powered)})

    def show_link(self, strap: FakeStrap, adapter: FakeAdapter) -> None:
        """Notice that a strap is connected; its services follow."""
        path = strap.path_on(adapter)
        if path not in self.tree:
            self.tree.add(path, DEVICE, device_properties(strap, adapter, connected=True))
        else:
            self.tree.set(path, DEVICE, {"Connected": YES})
        self._heard_ns.pop(path, None)
        if strap.resolves_in_s:
            self.spawn(self._resolve_later(strap, adapter), "resolve")
        else:
            self._resolve(strap, path)

    def hide_link(self, strap: FakeStrap, adapter: FakeAdapter) -> None:
        """Notice that a link is down."""
        path = strap.path_on(adapter)
        if path not in self.tree:
            return
        self._forget_sessions_below(path)
        for each in self.tree.below(path):
            if self.tree.get(each, GATT_CHARACTERISTIC, "Notifying"):
                self.tree.set(each, GATT_CHARACTERISTIC, {"Notifying": NO})
        self.tree.set(path, DEVICE, {"ServicesResolved": NO})
        self.tree.set(path, DEVICE, {"Connected": NO})

    def hear(self, strap: FakeStrap, adapter: FakeAdapter, rssi: int) -> None:
        """Take an advertisement, where a client wants it."""
        shown = device_properties(strap, adapter, connected=False)
        listening = self.sessions.discovering.get(adapter, set())
        wanting = [each for each in listening if self.sessions.wants(adapter, each, shown["UUIDs"].value)]
        if not wanting:
            return
        path = strap.path_on(adapter)
        strength = {"RSSI": Variant("n", rssi)}
        if path not in self.tree:
            self._heard_ns[path] = self.clock.mono_ns()
            self.tree.add(path, DEVICE, shown | strength)
            return
        if path in self._heard_ns:
            self._heard_ns[path] = self.clock.mono_ns()
        changed: Properties = {}
        before = self.tree.get(path, DEVICE, "RSSI")
        all_of_it = any(self.sessions.wants_duplicates(adapter, each) for each in wanting)
        if before is None or all_of_it or abs(before - rssi) >= _RSSI_STEP:
            changed |= strength
        told = manufacturer_data(strap.manufacturer_data)
        if told.value and told != self.tree.objects[path][DEVICE].get("ManufacturerData"):
            changed["ManufacturerData"] = told
        if changed:
            self.tree.set(path, DEVICE, changed)

    def notify(self, strap: FakeStrap, packet: Packet) -> bool:
        """Pass a notification on; return whether anybody has subscribed."""
        adapter = strap.link
        if adapter is None or not adapter.works or not self.alive:
            return False
        device = strap.path_on(adapter)
        if packet.channel == "2a19" and BATTERY_OF_DEVICE in self.tree.objects.get(device, {}):
            self.tree.set(device, BATTERY_OF_DEVICE, {"Percentage": Variant("y", packet.data[0])})
        path = self.tree.characteristic(device, packet.channel)
        if path is None or not self.sessions.notifying.get(path):
            return False
        self.tree.set(path, GATT_CHARACTERISTIC, {"Value": Variant("ay", packet.data)})
        return True

    # What clients do

    def keep(self, path: str) -> None:
        """Do not forget a device any more: somebody connects to it."""
        self._heard_ns.pop(path, None)

    def begin_discovery(self, adapter: FakeAdapter, client: str) -> None:
        """Let a client hear advertisements."""
        self.sessions.discovering[adapter].add(client)
        self.tree.set(adapter.path, ADAPTER, {"Discovering": YES})

    def end_discovery(self, adapter: FakeAdapter, client: str) -> None:
        """Let a client hear no more; the last one ends discovery."""
        clients = self.sessions.discovering[adapter]
        clients.discard(client)
        if not clients:
            del self.sessions.discovering[adapter]
            self._end_discovery(adapter)

    def forget_client(self, client: str) -> None:
        """End what a client asked for who left the bus. Links stay up, as with the real one."""
        for adapter in [each for each, clients in self.sessions.discovering.items() if client in clients]:
            self.end_discovery(adapter, client)
        for key in [each for each in self.sessions.filters if each[1] == client]:
            del self.sessions.filters[key]
        for path in [each for each, clients in self.sessions.notifying.items() if client in clients]:
            self.end_notifying(path, client)

    def end_notifying(self, path: str, client: str) -> None:
        """Pass a characteristic's notifications on to a client no more."""
        clients = self.sessions.notifying[path]
        clients.discard(client)
        if not clients:
            del self.sessions.notifying[path]
            self.tree.set(path, GATT_CHARACTERISTIC, {"Notifying": NO})

    def remove_device(self, path: str) -> None:
        """Forget a device and what is known of its services."""
        self._heard_ns.pop(path, None)
        self._forget_sessions_below(path)
        self.tree.remove(path)

    def _end_discovery(self, adapter: FakeAdapter) -> None:
        for path in self.tree.below(adapter.path):
            if self.tree.get(path, DEVICE, "RSSI") is not None:
                self.tree.set(path, DEVICE, {}, gone=("RSSI",))
        self.tree.set(adapter.path, ADAPTER, {"Discovering": NO})

    def _forget_sessions_below(self, path: str) -> None:
        for each in [known for known in self.sessions.notifying if known.startswith(f"{path}/")]:
            del self.sessions.notifying[each]

    async def _resolve_later(self, strap: FakeStrap, adapter: FakeAdapter) -> None:
        await self.clock.sleep(strap.resolves_in_s)
        if strap.link is adapter:
            self._resolve(strap, strap.path_on(adapter))

    def _resolve(self, strap: FakeStrap, path: str) -> None:
        self.tree.add_characteristics(strap, path)
        charge = strap.values.get("2a19")
        if charge and self.tree.get(path, BATTERY_OF_DEVICE, "Percentage") is None:
            self.tree.add(path, BATTERY_OF_DEVICE, {"Percentage": Variant("y", charge[0])})
        self.tree.set(path, DEVICE, {"ServicesResolved": YES})

    async def _forget_temporaries(self) -> None:
        while True:
            await self.clock.sleep(1)
            now_ns = self.clock.mono_ns()
            for path, heard_ns in list(self._heard_ns.items()):
                if now_ns - heard_ns > TEMPORARY_S * NS_PER_S:
                    self.remove_device(path)


def expects_reply(message: Message) -> bool:
    """Return whether a call wants an answer."""
    return message.message_type is MessageType.METHOD_CALL and not (
        message.flags & MessageFlag.NO_REPLY_EXPECTED
    )


def _forget(sent: "asyncio.Future[None]") -> None:
    if not sent.cancelled():
        sent.exception()  # a bus that ended is noticed elsewhere
