"""What is wrong with a fake BlueZ, and what mends it, as unmodified bleak sees it."""

import asyncio

import pytest
from bleak import BleakScanner
from bleak.exc import (
    BleakDBusError,
    BleakError,
)

from tests.rigs.bluez_bench import HRM, Bench
from tests.rigs.bluez_equipment import FakeAdapter, FakeStrap
from tests.rigs.bluez_faults import Cure, Fault, bonding_wanted, hung, in_progress, stale_handle


async def test_in_progress_until_the_device_is_removed(bluez: Bench, strap: FakeStrap) -> None:
    bluez.faults.add(in_progress("Connect", Cure.REMOVE_DEVICE, on=strap.address))
    client = bluez.client(await bluez.find())
    for _ in range(3):
        with pytest.raises(BleakDBusError, match="InProgress"):
            await bluez.during(client.connect())
    await bluez.during(client.unpair())
    assert (await bluez.connect()).is_connected
    assert len(bluez.called("Connect", "/org/bluez/hci0")) == 4


async def test_in_progress_a_few_times(bluez: Bench, strap: FakeStrap) -> None:
    bluez.faults.add(in_progress("StartDiscovery", times=2))
    for _ in range(2):
        with pytest.raises(BleakDBusError, match="InProgress"):
            await bluez.during(BleakScanner().start())
    assert (await bluez.find()).address == strap.address


async def test_a_hung_connect_is_answered_when_the_power_is_cycled(
    bluez: Bench, adapter: FakeAdapter, strap: FakeStrap
) -> None:
    bluez.faults.add(hung("Connect", Cure.POWER_CYCLE))
    client = bluez.client(await bluez.find())
    connecting = asyncio.create_task(client.connect())
    await bluez.advance(60)
    assert not connecting.done()
    bluez.switch(adapter, on=False)
    bluez.switch(adapter, on=True)
    with pytest.raises(BleakDBusError, match="canceled"):
        await bluez.finished(connecting)
    await bluez.during(client.connect())
    assert strap.link is adapter


async def test_a_silent_adapter_hears_again_after_a_power_cycle(
    bluez: Bench, adapter: FakeAdapter, strap: FakeStrap
) -> None:
    client = await bluez.connect()
    heard = await bluez.subscribe(client)
    await bluez.until(lambda: heard, within_s=2)
    bluez.silence(adapter)
    count = len(heard)
    await bluez.advance(10)
    assert (len(heard), client.is_connected) == (count, True)
    bluez.switch(adapter, on=False)
    bluez.switch(adapter, on=True)
    await bluez.calm()
    assert not client.is_connected
    assert (await bluez.find()).address == strap.address


@pytest.mark.parametrize("unknown", [False, True])
async def test_a_stale_handle_is_gone_with_the_device(
    bluez: Bench, strap: FakeStrap, *, unknown: bool
) -> None:
    bluez.faults.add(stale_handle(strap.address, "2a37", unknown=unknown))
    client = await bluez.connect()
    with pytest.raises(BleakError, match="UnknownObject" if unknown else "(?i)handle"):
        await bluez.during(client.start_notify(HRM, lambda *_: None))
    await bluez.during(client.disconnect())
    await bluez.during(client.unpair())
    client = await bluez.connect()
    assert await bluez.subscribe(client) == []


async def test_a_characteristic_for_the_bonded_only(bluez: Bench, strap: FakeStrap) -> None:
    bluez.faults.add(bonding_wanted("StartNotify", strap.address, "2a37"))
    client = await bluez.connect()
    with pytest.raises(BleakDBusError, match="Not paired"):
        await bluez.during(client.start_notify(HRM, lambda *_: None))
    await bluez.during(client.pair())
    heard = await bluez.subscribe(client)
    await bluez.until(lambda: heard, within_s=2)


async def test_slow_answers_go_by_the_clock(bluez: Bench, strap: FakeStrap) -> None:
    bluez.faults.add(Fault("Connect", after_s=10.0, times=1))
    client = bluez.client(await bluez.find())
    connecting = asyncio.create_task(client.connect())
    assert await bluez.until(connecting.done, within_s=11) == pytest.approx(10, abs=0.3)
    assert strap.link is not None
