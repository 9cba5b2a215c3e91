"""Adapters that go, bluetoothd that dies, a bus that ends: as unmodified bleak sees them."""

from pathlib import Path

import pytest
from bleak import BleakScanner
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakDBusError,
)

from edged.clock import ManualClock
from tests.rigs.bleak_manager import close_bleak
from tests.rigs.bluez_bench import ADDRESS, HRM, Bench, made_strap
from tests.rigs.bluez_equipment import FakeAdapter, FakeStrap
from tests.rigs.bluez_faults import Cure, in_progress
from tests.rigs.private_bus import PrivateBus


async def test_an_adapter_pulled_in_order_drops_its_links_first(bluez: Bench, strap: FakeStrap) -> None:
    client = await bluez.connect()
    bluez.unplug(strap.link or pytest.fail("no link"))
    await bluez.calm()
    assert not client.is_connected
    with pytest.raises(BleakBluetoothNotAvailableError, match="No Bluetooth adapters"):
        await BleakScanner().start()


async def test_an_adapter_pulled_abruptly_says_nothing_and_comes_back_renumbered(
    bluez: Bench, adapter: FakeAdapter, strap: FakeStrap
) -> None:
    client = await bluez.connect()
    bluez.unplug(adapter, abruptly=True)
    await bluez.calm()
    assert client.is_connected
    assert strap.link is None
    adapter.name = "hci1"
    bluez.plug(adapter)
    await bluez.calm()
    assert (await bluez.find("hci1")).details["path"] == "/org/bluez/hci1/dev_A0_9E_1A_00_00_01"
    with pytest.raises(BleakDBusError, match="UnknownObject"):
        await bluez.during(client.disconnect())


async def test_a_killed_bluetoothd_leaves_links_that_the_next_one_finds(
    bluez: Bench, adapter: FakeAdapter, strap: FakeStrap
) -> None:
    client = await bluez.connect()
    await bluez.kill()
    await bluez.advance(5)
    assert client.is_connected
    with pytest.raises(BleakDBusError, match="ServiceUnknown"):
        await bluez.during(client.start_notify(HRM, lambda *_: None))
    await close_bleak()
    await bluez.start()
    assert strap.link is adapter
    scan = BleakScanner.find_device_by_address(ADDRESS, timeout=0.05)
    assert await bluez.during(scan) is None
    assert bluez.daemon is not None
    assert bluez.daemon.tree.get(strap.path_on(adapter), "org.bluez.Device1", "Connected")


async def test_a_stopped_bluetoothd_drops_links_and_adapters(bluez: Bench, strap: FakeStrap) -> None:
    client = await bluez.connect()
    await bluez.stop()
    await bluez.calm()
    assert (client.is_connected, strap.link) == (False, None)


async def test_an_adapter_that_is_off_or_blocked(bluez: Bench, adapter: FakeAdapter) -> None:
    bluez.block(adapter)
    await bluez.calm()
    with pytest.raises(BleakBluetoothNotAvailableError, match="powered"):
        await BleakScanner().start()
    bluez.block(adapter, blocked=False)
    bluez.switch(adapter, on=True)
    await bluez.calm()
    assert bluez.power_cycles(adapter) == 0
    await bluez.during(bluez.discover())


async def test_writing_to_authorized_resets_an_adapter(
    bluez: Bench, adapter: FakeAdapter, strap: FakeStrap, tmp_path: Path
) -> None:
    bluez.faults.add(in_progress("StartDiscovery", Cure.USB_RESET))
    with pytest.raises(BleakDBusError, match="InProgress"):
        await bluez.during(BleakScanner().start())
    interface = (tmp_path / "sys/class/bluetooth/hci0/device").resolve()
    authorized = interface.parent / "authorized"
    authorized.write_text("0")
    await bluez.advance(1)
    assert bluez.hardware.adapters == []
    assert not (tmp_path / "sys/class/bluetooth/hci0").exists()
    authorized.write_text("1")
    await bluez.advance(1)
    assert bluez.hardware.adapters == [adapter]
    assert (await bluez.find()).address == strap.address


async def test_one_bus_refuses_and_dies_and_comes_back() -> None:
    with PrivateBus() as bus, bus.exported():
        async with Bench(bus.address, ManualClock()) as bluez:
            bluez.plug(FakeAdapter())
            strap = bluez.wear(made_strap())
            await bus.deny_bluez()
            with pytest.raises(BleakDBusError, match="AccessDenied"):
                await BleakScanner().start()
            await bus.deny_bluez(denied=False)
            client = await bluez.connect()
            bus.kill()
            await bluez.until(lambda: not client.is_connected, within_s=1)
            bluez.drop(strap)
            bus.start()
            await bluez.start()
            await bluez.calm()
            assert (await bluez.find()).address == strap.address
