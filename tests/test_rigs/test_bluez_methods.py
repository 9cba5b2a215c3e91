"""The fake BlueZ's answers, call by call, where bleak does not ask."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from tests.rigs.bluez_bench import Bench
from tests.rigs.bluez_equipment import FakeAdapter, FakeStrap
from tests.rigs.bluez_objects import ADAPTER, DEVICE, PROPERTIES, YES
from tests.rigs.private_bus import PrivateBus, hang_up


class Caller:
    """Calls ``org.bluez`` as any client of D-Bus may."""

    def __init__(self, connection: MessageBus) -> None:
        self._connection = connection

    async def call(self, path: str, interface: str, member: str, signature: str = "", *body: object) -> Any:
        """Return what comes back, or the error's name."""
        message = Message(
            destination="org.bluez",
            path=path,
            interface=interface,
            member=member,
            signature=signature,
            body=list(body),
        )
        reply = await self._connection.call(message)
        assert reply is not None
        return reply.error_name if reply.message_type is MessageType.ERROR else reply.body


@pytest.fixture
async def caller(shared_bus: PrivateBus, bluez: Bench) -> AsyncIterator[Caller]:  # noqa: ARG001  the fixture is asked for because it serves what the caller calls; its value is not used
    connection = await MessageBus(bus_address=shared_bus.address).connect()
    yield Caller(connection)
    await hang_up(connection)


async def test_what_is_done_already_is_refused(
    bluez: Bench, adapter: FakeAdapter, strap: FakeStrap, caller: Caller
) -> None:
    path = strap.path_on(adapter)
    await bluez.connect()
    assert await caller.call(path, DEVICE, "Connect") == "org.bluez.Error.AlreadyConnected"
    assert await caller.call(path, DEVICE, "Pair") == []
    assert await caller.call(path, DEVICE, "Pair") == "org.bluez.Error.AlreadyExists"
    assert await caller.call(path, DEVICE, "Disconnect") == []
    assert await caller.call(path, DEVICE, "Disconnect") == "org.bluez.Error.NotConnected"
    assert await caller.call(adapter.path, ADAPTER, "RemoveDevice", "o", path) == []
    refused = await caller.call(adapter.path, ADAPTER, "RemoveDevice", "o", path)
    assert refused == "org.bluez.Error.DoesNotExist"
    assert await caller.call(path, DEVICE, "Connect") == "org.freedesktop.DBus.Error.UnknownObject"


async def test_a_second_connect_waits_for_nobody(
    bluez: Bench, adapter: FakeAdapter, strap: FakeStrap, caller: Caller
) -> None:
    strap.connects_in_s = 5.0
    connecting = asyncio.create_task(bluez.client(await bluez.find()).connect())
    await bluez.advance(1)
    assert await caller.call(strap.path_on(adapter), DEVICE, "Connect") == "org.bluez.Error.InProgress"
    await bluez.finished(connecting)


async def test_discovery_is_each_clients_own(bluez: Bench, adapter: FakeAdapter, caller: Caller) -> None:
    at = (adapter.path, ADAPTER)
    assert await caller.call(*at, "StopDiscovery") == "org.bluez.Error.Failed"
    assert await caller.call(*at, "StartDiscovery") == []
    assert await caller.call(*at, "StartDiscovery") == "org.bluez.Error.InProgress"
    await bluez.during(bluez.discover())
    [discovering] = await caller.call(adapter.path, PROPERTIES, "Get", "ss", ADAPTER, "Discovering")
    assert discovering == YES
    assert await caller.call(*at, "StopDiscovery") == []
    bluez.switch(adapter, on=False)
    assert await caller.call(*at, "StartDiscovery") == "org.bluez.Error.NotReady"


async def test_power_is_what_clients_may_set(bluez: Bench, adapter: FakeAdapter, caller: Caller) -> None:
    async def power(*, on: bool) -> object:
        value = Variant("b", on)
        return await caller.call(adapter.path, PROPERTIES, "Set", "ssv", ADAPTER, "Powered", value)

    assert await power(on=False) == []
    assert (adapter.powered, bluez.power_cycles(adapter)) == (False, 1)
    bluez.block(adapter)
    assert await power(on=True) == "org.bluez.Error.Blocked"
    bluez.block(adapter, blocked=False)
    assert await power(on=True) == []
    assert adapter.powered
    readonly = await caller.call(adapter.path, PROPERTIES, "Set", "ssv", ADAPTER, "Address", Variant("s", ""))
    assert readonly == "org.freedesktop.DBus.Error.PropertyReadOnly"


async def test_a_method_that_there_is_not(adapter: FakeAdapter, caller: Caller) -> None:
    assert await caller.call(adapter.path, ADAPTER, "Fly") == "org.freedesktop.DBus.Error.UnknownMethod"
    assert await caller.call(adapter.path, DEVICE, "Connect") == "org.freedesktop.DBus.Error.UnknownMethod"
