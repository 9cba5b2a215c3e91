"""A look around beside straps that stream: over the adapters that serve them, and they do not notice."""

from pathlib import Path

import pytest

from edged.sources.nearby import Device
from tests.rigs.bluez_equipment import FakeAdapter, FakeStrap
from tests.rigs.bluez_faults import hung
from tests.rigs.board import Board, address, board, heart_strap
from tests.system.test_air import HCI0

PHONE = FakeStrap("C0:00:00:00:00:01", "", services=(), advertised=())


def searches(stage: Board) -> bool:
    """Return whether the adapter searches."""
    members = [call.member for call in stage.bluez.calls]
    return members.count("StartDiscovery") > members.count("StopDiscovery")


def found(stage: Board) -> dict[str, Device]:
    """Return what is around, by its address; to ask keeps the look going."""
    return {device.found.address: device for device in stage.node.view.devices.nearby().devices()}


@pytest.mark.parametrize("slots", [5, 1], ids=["room", "no room"])
async def test_strangers_are_found_and_who_streams_goes_on(slots: int, tmp_path: Path) -> None:
    """Also over an adapter that is full, and would not search by itself."""
    async with board(tmp_path, FakeAdapter(), ble=f"[ble]\nslots = {slots}") as stage:
        stage.bluez.wear(heart_strap(1))
        stage.bluez.wear(heart_strap(2))
        stage.bluez.wear(PHONE)
        await stage.until(stage.streams(1), within_s=15)
        calls = len(stage.bluez.calls)
        before = stage.source(1).packets
        stage.node.view.devices.start_scan()
        await stage.until(lambda: {address(1), address(2), PHONE.address} <= set(found(stage)), within_s=12)
        ours, other, phone = (found(stage)[each] for each in (address(1), address(2), PHONE.address))
        assert (ours.owner and ours.owner.source, ours.found.connected) == ("strap-1", True)
        assert (other.owner, other.found.connected, other.found.decoder) == (None, False, "polar")
        assert other.found.rssi_dbm is not None
        assert (phone.owner, phone.found.decoder) == (None, "")

        took = 0.0
        while stage.node.view.devices.scan_left_s:
            found(stage)
            await stage.bluez.advance(0.5)
            took += 0.5
        assert took < 31
        assert stage.source(1).state == "streaming"
        assert stage.source(1).restarts == 0
        assert stage.source(1).packets - before >= took - 2, "a packet a second"
        assert stage.adapter(HCI0).resets == 0
        members = [call.member for call in stage.bluez.calls[calls:]]
        assert "Connect" not in members
        assert members.count("StartDiscovery") >= 2, "with pauses for who streams"
        await stage.bluez.advance(2)
        assert not searches(stage)


async def test_it_ends_when_nobody_asks(tmp_path: Path) -> None:
    async with board(tmp_path, FakeAdapter()) as stage:
        stage.bluez.wear(heart_strap(1))
        await stage.until(stage.streams(1), within_s=15)
        stage.node.view.devices.start_scan()
        await stage.until(lambda: searches(stage), within_s=3)
        await stage.until(lambda: not stage.node.view.devices.scan_left_s, within_s=9)
        await stage.until(lambda: not searches(stage), within_s=2)


async def test_a_source_that_takes_any_strap_has_the_one_that_it_took(tmp_path: Path) -> None:
    text = (
        f'[web]\nenabled = false\n[journal]\npath = "{tmp_path}/edged.db"\n'
        '[[source]]\nname = "strap-1"\nlink = "ble:any?service=180d"\n'
    )
    async with board(tmp_path, FakeAdapter(), text=text) as stage:
        stage.bluez.wear(heart_strap(1))
        await stage.until(stage.streams(1), within_s=15)
        stage.bluez.wear(heart_strap(2))
        stage.node.view.devices.start_scan()
        await stage.until(lambda: address(2) in found(stage), within_s=12)
        assert [found(stage)[address(n)].owner is not None for n in (1, 2)] == [True, False]


async def problems(stage: Board) -> list[str]:
    """Return what is in the way of a look around."""
    stage.node.view.devices.start_scan()
    await stage.until(lambda: stage.node.view.devices.nearby().problems, within_s=8)
    return [str(problem) for problem in stage.node.view.devices.nearby().problems]


async def test_without_an_adapter_it_says_so_and_goes_on_when_there_is_one(tmp_path: Path) -> None:
    async with board(tmp_path) as stage:
        assert await problems(stage) == ["there is no Bluetooth adapter. Plug one in."]
        stage.bluez.plug(FakeAdapter())
        stage.bluez.wear(heart_strap(2))
        await stage.until(lambda: address(2) in found(stage), within_s=15)
        await stage.until(lambda: not stage.node.view.devices.nearby().problems, within_s=5)


async def test_without_bluetoothd_it_says_so(tmp_path: Path) -> None:
    async with board(tmp_path, FakeAdapter(), bluetoothd=False) as stage:
        (problem,) = await problems(stage)
        assert "bluetooth" in problem.lower()
        assert "systemctl" in problem


async def test_a_search_that_hangs_ends_with_the_look(tmp_path: Path) -> None:
    async with board(tmp_path, FakeAdapter()) as stage:
        stage.bluez.wear(heart_strap(1))
        await stage.until(stage.streams(1), within_s=15)
        stage.bluez.faults.add(hung("StartDiscovery", times=1))
        stage.node.view.devices.start_scan()
        for _ in range(70):
            found(stage)
            await stage.bluez.advance(0.5)
        assert not stage.node.view.devices.scan_left_s
        assert stage.source(1).restarts == 0
