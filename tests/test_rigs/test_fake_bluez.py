"""The fake BlueZ, as unmodified bleak sees it."""

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
from bleak import BleakAdapter, BleakClient
from bleak.exc import (
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
)

from edged.clock import ManualClock, SystemClock
from edged.model import Packet
from tests.rigs.bleak_manager import close_bleak
from tests.rigs.bluez_bench import ADDRESS, BATTERY_LEVEL, HRM, Bench, made_strap
from tests.rigs.bluez_equipment import PMD_CONTROL, FakeAdapter, FakeStrap
from tests.rigs.bluez_faults import att_error
from tests.rigs.fake_bluez import FakeBluez
from tests.rigs.private_bus import PrivateBus

CLIENT: Final = """
import asyncio, sys
from bleak import BleakClient, BleakScanner

async def main(address, channel):
    async with BleakScanner() as scanner:
        async for device, _ in scanner.advertisement_data():
            if device.address == address:
                break
        client = BleakClient(device)
        await client.connect()
        await client.start_notify(channel, lambda _, data: print(data.hex(), flush=True))
        await asyncio.sleep(60)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_strap_is_found_with_what_it_advertises(bluez: Bench, strap: FakeStrap) -> None:
    strap.manufacturer_data = {0x006B: b"\x72\x08"}
    found = await bluez.during(bluez.discover(), within_s=10)
    device, advertisement = found[ADDRESS]
    assert (device.name, device.details["path"]) == (
        "Polar H10 0001",
        "/org/bluez/hci0/dev_A0_9E_1A_00_00_01",
    )
    assert advertisement.service_uuids == ["0000180d-0000-1000-8000-00805f9b34fb"]
    assert advertisement.manufacturer_data == {0x006B: b"\x72\x08"}
    assert advertisement.rssi in strap.rssi


async def test_fifty_notifications_come_in_order(bluez: Bench, strap: FakeStrap) -> None:
    client = await bluez.connect()
    assert await client.read_gatt_char(BATTERY_LEVEL) == b"\x57"
    heard = await bluez.subscribe(client)
    strap.rate_hz = 10.0
    await bluez.until(lambda: len(heard) >= 50, within_s=7)
    assert heard == [packet.data for packet in strap.delivered]
    assert [data[1] for data in heard] == list(range(heard[0][1], heard[0][1] + len(heard)))
    await bluez.during(client.disconnect())
    assert strap.link is None


async def test_a_control_point_answers_in_notifications(bluez: Bench, strap: FakeStrap) -> None:
    strap.on_write = lambda channel, data: [Packet(channel, b"\xf0" + data[:2] + b"\x00\x00")]
    client = await bluez.connect()
    heard = await bluez.subscribe(client, PMD_CONTROL)
    write = client.write_gatt_char(PMD_CONTROL, bytes.fromhex("02000001820001010e00"), response=True)
    await bluez.during(write)
    await bluez.calm()
    assert heard == [bytes.fromhex("f002000000")]


async def test_a_control_point_may_refuse(bluez: Bench, strap: FakeStrap) -> None:
    def refuse(_channel: str, _data: bytes) -> list[Packet]:
        raise att_error(0x0E)

    strap.on_write = refuse
    client = await bluez.connect()
    with pytest.raises(BleakGATTProtocolError) as refused:
        await bluez.during(client.write_gatt_char(PMD_CONTROL, b"\x01", response=True))
    assert refused.value.code == 0x0E


async def test_a_strap_out_of_range_is_gone_until_it_is_back(bluez: Bench, strap: FakeStrap) -> None:
    lost: list[BleakClient] = []
    client = bluez.client(await bluez.find(), lost.append)
    await bluez.during(client.connect())
    bluez.take_away(strap)
    await bluez.calm()
    assert (lost, client.is_connected) == ([client], False)
    await client.disconnect()  # it would leave its socket behind
    with pytest.raises(BleakDBusError, match="connection abort"):
        await bluez.during(client.connect())
    bluez.bring_back(strap)
    await bluez.during(client.connect())
    assert client.is_connected


async def test_a_strap_drops_every_link_after_a_while(bluez: Bench, strap: FakeStrap) -> None:
    strap.drops_after_s = 30.0
    client = await bluez.connect()
    for _ in range(2):
        took_s = await bluez.until(lambda: not client.is_connected, within_s=31)
        assert took_s == pytest.approx(30, abs=0.5)
        await client.disconnect()  # it would leave its socket behind
        await bluez.during(client.connect())


async def test_a_client_that_leaves_while_it_connects_leaves_a_link(
    bluez: Bench, adapter: FakeAdapter, strap: FakeStrap
) -> None:
    strap.connects_in_s = 3.0
    client = bluez.client(await bluez.find())
    connecting = asyncio.create_task(client.connect())
    await bluez.advance(1)
    assert client._backend._bus is not None  # type: ignore[attr-defined]  # bleak's own insides, by which the bus is cut
    client._backend._bus.disconnect()  # type: ignore[attr-defined]  # bleak's own insides, by which the bus is cut
    await bluez.until(lambda: strap.link is adapter, within_s=3)
    with pytest.raises(EOFError):
        await bluez.finished(connecting)


async def test_a_device_that_was_not_heard_for_long_is_forgotten(bluez: Bench, strap: FakeStrap) -> None:
    device = await bluez.find()
    bluez.take_away(strap)
    await bluez.advance(40)
    with pytest.raises((BleakDeviceNotFoundError, BleakError)):
        await bluez.during(bluez.client(device).connect())


async def test_a_client_that_is_killed_ends_its_sessions_but_not_its_link(shared_bus: PrivateBus) -> None:
    async with FakeBluez(shared_bus.address, SystemClock()) as bluez:
        bluez.plug(FakeAdapter())
        strap = bluez.wear(replace(made_strap(), rate_hz=50.0, advertises_every_s=0.02))
        client = await asyncio.create_subprocess_exec(
            sys.executable, "-c", CLIENT, ADDRESS, HRM, stdout=asyncio.subprocess.PIPE
        )
        assert client.stdout is not None
        async with asyncio.timeout(10):
            heard = [bytes.fromhex((await client.stdout.readline()).decode()) for _ in range(20)]
        assert heard == [packet.data for packet in strap.delivered[:20]]
        client.kill()
        await client.wait()
        await bluez.calm()
        assert bluez.daemon is not None
        assert (bluez.daemon.sessions.notifying, bluez.daemon.sessions.discovering) == ({}, {})
        assert strap.link is not None


async def test_an_adapter_has_room_for_so_many_links(
    bluez: Bench, adapter: FakeAdapter, strap: FakeStrap
) -> None:
    adapter.slots = 1
    bluez.wear(FakeStrap("A0:9E:1A:00:00:02", "H9Z 2", link=adapter))
    with pytest.raises(BleakDBusError, match="Failed"):
        await bluez.connect()
    assert strap.link is None


async def test_a_link_that_is_up_already_is_found_and_taken_over(bluez: Bench, adapter: FakeAdapter) -> None:
    strap = made_strap()
    strap.link = adapter
    bluez.wear(strap)
    await bluez.calm()
    [device] = await (await BleakAdapter.get()).get_connected_devices(["180d"])
    client = bluez.client(device)
    await bluez.during(client.connect())
    heard = await bluez.subscribe(client)
    await bluez.until(lambda: heard, within_s=2)
    assert bluez.called("Connect") == []


async def test_it_leaves_nothing_behind(shared_bus: PrivateBus) -> None:
    await close_bleak()
    tasks, files = asyncio.all_tasks(), set(Path("/proc/self/fd").iterdir())
    async with Bench(shared_bus.address, ManualClock()) as bluez:
        bluez.plug(FakeAdapter())
        bluez.wear(made_strap())
        heard = await bluez.subscribe(await bluez.connect())
        await bluez.until(lambda: heard, within_s=2)
    assert asyncio.all_tasks() == tasks
    assert set(Path("/proc/self/fd").iterdir()) == files


async def test_the_battery_is_told_beside_the_services(
    bluez: Bench, adapter: FakeAdapter, strap: FakeStrap
) -> None:
    await bluez.connect()
    bluez.notify(strap, Packet("2a19", b"\x56"))
    assert bluez.daemon is not None
    assert bluez.daemon.tree.get(strap.path_on(adapter), "org.bluez.Battery1", "Percentage") == 0x56


async def test_a_condition_that_never_holds_says_what_is_known(bluez: Bench, strap: FakeStrap) -> None:
    await bluez.find()
    with pytest.raises(
        pytest.fail.Exception, match=rf"not within 1 s(.|\n)*{strap.address}(.|\n)*StartDiscovery"
    ):
        await bluez.until(lambda: False, within_s=1)
