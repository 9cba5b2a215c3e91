"""The fake BlueZ, as unmodified bleak sees it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self

import pytest
from bleak import BleakClient, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData
from bleak.exc import (
    BleakBluetoothNotAvailableError,
    BleakDBusError,
    BleakDeviceNotFoundError,
    BleakError,
    BleakGATTProtocolError,
)

from edged.clock import ManualClock
from edged.model import Packet
from tests.rigs.bleak_manager import close_bleak
from tests.rigs.bluez_equipment import (
    BATTERY,
    HEART_RATE,
    PMD_CONTROL,
    POLAR_MEASUREMENT_DATA,
    FakeAdapter,
    FakeStrap,
)
from tests.rigs.bluez_faults import (
    Cure,
    Fault,
    att_error,
    bonding_wanted,
    hung,
    in_progress,
    stale_handle,
)
from tests.rigs.fake_bluez import FakeBluez
from tests.rigs.private_bus import PrivateBus
from tests.rigs.sys_tree import SysTree

HRM = "00002a37-0000-1000-8000-00805f9b34fb"
BATTERY_LEVEL = "00002a19-0000-1000-8000-00805f9b34fb"
ADDRESS = "A0:9E:1A:00:00:01"
FOREVER_S = 1000.0
"""bleak's own time-outs go by the wall clock, and are none of this."""


class Bench(FakeBluez):
    """A fake BlueZ, and the clients on it, which are closed at the end."""

    clients: list[BleakClient]

    async def __aenter__(self) -> Self:
        self.clients = []
        return await super().__aenter__()

    async def __aexit__(self, *raised: object) -> None:
        for client in self.clients:
            with suppress(BleakError):  # it has no link or no device any more
                await self.during(client.disconnect())
        await close_bleak()
        await super().__aexit__(*raised)

    async def find(self, name: str = "hci0") -> BLEDevice:
        scan = BleakScanner.find_device_by_address(ADDRESS, timeout=FOREVER_S, bluez={"adapter": name})
        found = await self.during(scan, within_s=5)
        assert found is not None
        return found

    def client(self, device: BLEDevice, *lost: Callable[[BleakClient], None]) -> BleakClient:
        self.clients.append(BleakClient(device, *lost, timeout=FOREVER_S))
        return self.clients[-1]

    async def connect(self) -> BleakClient:
        client = self.client(await self.find())
        await self.during(client.connect())
        return client


@pytest.fixture(scope="module")
def shared_bus() -> Iterator[PrivateBus]:
    with PrivateBus() as bus, bus.exported():
        yield bus


@pytest.fixture
async def bluez(shared_bus: PrivateBus, tmp_path: Path) -> AsyncIterator[Bench]:
    async with Bench(shared_bus.address, ManualClock(), sys=SysTree(tmp_path)) as fake:
        fake.plug(FakeAdapter())
        yield fake


@pytest.fixture
def adapter(bluez: Bench) -> FakeAdapter:
    return bluez.hardware.adapters[0]


@pytest.fixture
async def strap(bluez: Bench) -> FakeStrap:
    return bluez.wear(made_strap())


def made_strap() -> FakeStrap:
    return FakeStrap(
        ADDRESS,
        "Polar H10 0001",
        (HEART_RATE, BATTERY, POLAR_MEASUREMENT_DATA),
        packets=lambda turn: (Packet("2a37", bytes((0, turn % 256))),),
        values={"2a19": b"\x57"},
    )


async def subscribe(bluez: Bench, client: BleakClient, channel: str = HRM) -> list[bytes]:
    heard: list[bytes] = []
    await bluez.during(client.start_notify(channel, lambda _, data: heard.append(bytes(data))))
    return heard


async def test_a_strap_is_found_with_what_it_advertises(bluez: Bench, strap: FakeStrap) -> None:
    strap.manufacturer_data = {0x006B: b"\x72\x08"}
    found = await bluez.during(_discover(bluez), within_s=10)
    device, advertisement = found[ADDRESS]
    assert (device.name, device.details["path"]) == (
        "Polar H10 0001",
        "/org/bluez/hci0/dev_A0_9E_1A_00_00_01",
    )
    assert advertisement.service_uuids == ["0000180d-0000-1000-8000-00805f9b34fb"]
    assert advertisement.manufacturer_data == {0x006B: b"\x72\x08"}
    assert advertisement.rssi in strap.rssi


async def _discover(bluez: Bench) -> dict[str, tuple[BLEDevice, AdvertisementData]]:
    async with BleakScanner() as scanner:
        await bluez.clock.sleep(2)
        return dict(scanner.discovered_devices_and_advertisement_data)


async def test_fifty_notifications_come_in_order(bluez: Bench, strap: FakeStrap) -> None:
    client = await bluez.connect()
    assert await client.read_gatt_char(BATTERY_LEVEL) == b"\x57"
    heard = await subscribe(bluez, client)
    strap.rate_hz = 10.0
    await bluez.until(lambda: len(heard) >= 50, within_s=7)
    assert heard == [packet.data for packet in strap.delivered]
    assert [data[1] for data in heard] == list(range(heard[0][1], heard[0][1] + len(heard)))
    await bluez.during(client.disconnect())
    assert strap.link is None


async def test_a_control_point_answers_in_notifications(bluez: Bench, strap: FakeStrap) -> None:
    strap.on_write = lambda channel, data: [Packet(channel, b"\xf0" + data[:2] + b"\x00\x00")]
    client = await bluez.connect()
    heard = await subscribe(bluez, client, PMD_CONTROL)
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
        await bluez.during(client.connect())


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
        await bluez.during(_result(connecting))
    await bluez.during(client.connect())
    assert strap.link is adapter


async def _result(task: "asyncio.Task[None]") -> None:
    await task


async def test_a_client_that_leaves_while_it_connects_leaves_a_link(
    bluez: Bench, adapter: FakeAdapter, strap: FakeStrap
) -> None:
    strap.connects_in_s = 3.0
    client = bluez.client(await bluez.find())
    connecting = asyncio.create_task(client.connect())
    await bluez.advance(1)
    assert client._backend._bus is not None  # type: ignore[attr-defined]
    client._backend._bus.disconnect()  # type: ignore[attr-defined]
    await bluez.until(lambda: strap.link is adapter, within_s=3)
    with pytest.raises(EOFError):
        await bluez.during(_result(connecting))


async def test_a_silent_adapter_hears_again_after_a_power_cycle(
    bluez: Bench, adapter: FakeAdapter, strap: FakeStrap
) -> None:
    client = await bluez.connect()
    heard = await subscribe(bluez, client)
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
    assert await subscribe(bluez, client) == []


async def test_a_characteristic_for_the_bonded_only(bluez: Bench, strap: FakeStrap) -> None:
    bluez.faults.add(bonding_wanted("StartNotify", strap.address, "2a37"))
    client = await bluez.connect()
    with pytest.raises(BleakDBusError, match="Not paired"):
        await bluez.during(client.start_notify(HRM, lambda *_: None))
    await bluez.during(client.pair())
    heard = await subscribe(bluez, client)
    await bluez.until(lambda: heard, within_s=2)


async def test_an_adapter_that_is_off_or_blocked(bluez: Bench, adapter: FakeAdapter) -> None:
    bluez.block(adapter)
    await bluez.calm()
    with pytest.raises(BleakBluetoothNotAvailableError, match="powered"):
        await BleakScanner().start()
    bluez.block(adapter, blocked=False)
    bluez.switch(adapter, on=True)
    await bluez.calm()
    assert bluez.power_cycles(adapter) == 0
    await bluez.during(_discover(bluez))


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


async def test_a_device_that_was_not_heard_for_long_is_forgotten(bluez: Bench, strap: FakeStrap) -> None:
    device = await bluez.find()
    bluez.take_away(strap)
    await bluez.advance(40)
    with pytest.raises((BleakDeviceNotFoundError, BleakError)):
        await bluez.during(bluez.client(device).connect())


async def test_slow_answers_go_by_the_clock(bluez: Bench, strap: FakeStrap) -> None:
    bluez.faults.add(Fault("Connect", after_s=10.0, times=1))
    client = bluez.client(await bluez.find())
    connecting = asyncio.create_task(client.connect())
    assert await bluez.until(connecting.done, within_s=11) == pytest.approx(10, abs=0.3)
    assert strap.link is not None


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
            await bluez.kill(links_stay=False)
            bus.start()
            await bluez.start()
            await bluez.calm()
            assert (await bluez.find()).address == strap.address
