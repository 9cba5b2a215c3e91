"""Straps in the air, and everything a field can do to them: each comes back by itself, and says what was."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from edged.model import Packet
from edged.sim.strap import encode_heart_rate
from tests.rigs.bluez_equipment import FakeAdapter
from tests.rigs.bluez_faults import Cure, Fault, bonding_wanted, hung, in_progress, stale_handle
from tests.rigs.board import Board, SimulatedH10, SleepyHardware, address, board, heart_strap

AT_START_S = 15.0
RECOVERY_S = 90.0
HCI0 = "00:1A:7D:DA:71:13"
HCI1 = "00:1A:7D:DA:71:14"


@dataclass(frozen=True)
class Trouble:
    """A call that goes wrong before the strap was ever had, and what it takes to come through.

    Attributes:
        name: of the test.
        faults: stand from the start.
        resets: of the adapter that it takes.
        bus: of the adapter.
    """

    name: str
    faults: tuple[Fault, ...]
    resets: int = 0
    bus: str = "usb"


TROUBLES = (
    Trouble("five times in progress", (in_progress("Connect", times=5),), resets=1),
    Trouble("in progress until it is forgotten", (in_progress("Connect", Cure.REMOVE_DEVICE),)),
    Trouble("in progress until the power goes", (in_progress("Connect", Cure.POWER_CYCLE),), resets=1),
    Trouble("in progress until the plug is out", (in_progress("Connect", Cure.USB_RESET),), resets=2),
    Trouble("a search in progress", (in_progress("StartDiscovery", Cure.POWER_CYCLE),), resets=1),
    Trouble("a search in progress, on a plug", (in_progress("StartDiscovery", Cure.USB_RESET),), resets=2),
    Trouble("a connect that hangs once", (hung("Connect", times=1),)),
    Trouble("a connect that hangs until it is forgotten", (hung("Connect", Cure.REMOVE_DEVICE),)),
    Trouble("a stale handle", (stale_handle(address(1), "2a37"),)),
    Trouble("a stale object", (stale_handle(address(1), "2a37", unknown=True),)),
    Trouble("a strap that wants a bond", (bonding_wanted("StartNotify", address(1), "2a37"),)),
)


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.name)
async def test_it_comes_through(trouble: Trouble, tmp_path: Path) -> None:
    async with board(tmp_path, FakeAdapter()) as stage:
        stage.bluez.faults.add(*trouble.faults)
        stage.bluez.wear(heart_strap(1))
        await stage.until(stage.streams(1), within_s=RECOVERY_S)
        assert stage.adapter(HCI0).resets <= trouble.resets
        assert stage.source(1).words.word == "Live"


async def test_an_adapter_that_nothing_helps_asks_for_a_restart(tmp_path: Path) -> None:
    async with board(tmp_path, FakeAdapter(bus="uart")) as stage:
        storm = in_progress("Connect")
        stage.bluez.faults.add(storm)
        stage.bluez.wear(heart_strap(1))
        await stage.until(lambda: stage.adapter(HCI0).state == "reboot_needed", within_s=RECOVERY_S)
        await stage.until(lambda: stage.source(1).state == "reboot_needed", within_s=10)
        assert "Restart the board" in stage.source(1).words.sentence
        assert "BlueZ is still busy" in stage.source(1).words.sentence
        assert stage.adapter(HCI0).words.icon == "cross"
        await stage.bluez.advance(600, step_s=1)
        assert stage.bluez.power_cycles(stage.bluez.hardware.adapters[0]) <= 4
        stage.bluez.faults.remove(storm)
        await stage.until(stage.streams(1), within_s=RECOVERY_S)
        await stage.until(lambda: stage.adapter(HCI0).state == "ready", within_s=15)


async def test_no_adapter_is_reset_under_a_strap_that_streams(tmp_path: Path) -> None:
    async with board(tmp_path, FakeAdapter(), straps=2) as stage:
        stage.bluez.faults.add(in_progress("Connect", on=address(2)))
        stage.bluez.wear(heart_strap(1))
        await stage.until(stage.streams(1), within_s=AT_START_S)
        stage.bluez.wear(heart_strap(2))
        for _ in range(120):
            await stage.bluez.advance(1)
            assert stage.source(1).state == "streaming"
        assert stage.adapter(HCI0).resets == 0
        assert stage.bluez.power_cycles(stage.bluez.hardware.adapters[0]) == 0
        assert stage.source(2).state != "streaming"


Break = Callable[[Board], Awaitable[None]]


async def kill_bluetoothd(stage: Board) -> None:
    await stage.bluez.kill(links_stay=False)
    await stage.until(lambda: stage.source(1).state == "adapter_down", within_s=10)
    assert "Bluetooth service does not run" in stage.source(1).words.sentence
    assert stage.status.adapters[0].state == "no_service"
    await stage.bluez.advance(10)
    await stage.bluez.start()


async def kill_bluetoothd_under_links(stage: Board) -> None:
    await stage.bluez.kill()
    await stage.bluez.advance(10)
    await stage.bluez.start()


async def stop_bluetoothd(stage: Board) -> None:
    await stage.bluez.stop()
    await stage.bluez.advance(10)
    await stage.bluez.start()


async def unplug(stage: Board, *, abruptly: bool = False) -> None:
    adapter = stage.bluez.hardware.adapters[0]
    stage.bluez.unplug(adapter, abruptly=abruptly)
    await stage.until(lambda: stage.source(1).state == "adapter_down", within_s=10)
    assert "not plugged in" in stage.source(1).words.sentence
    assert stage.adapter(HCI0).state == "unplugged"
    await stage.bluez.advance(5)
    adapter.name = "hci3"
    stage.bluez.plug(adapter)


async def unplug_abruptly(stage: Board) -> None:
    await unplug(stage, abruptly=True)


async def switch_off(stage: Board) -> None:
    stage.bluez.switch(stage.bluez.hardware.adapters[0], on=False)


async def block(stage: Board) -> None:
    adapter = stage.bluez.hardware.adapters[0]
    stage.bluez.block(adapter)
    await stage.until(lambda: stage.adapter(HCI0).state == "blocked", within_s=10)
    await stage.until(lambda: stage.source(1).state == "adapter_down", within_s=10)
    assert "rfkill unblock bluetooth" in stage.source(1).words.sentence
    stage.bluez.block(adapter, blocked=False)


async def silence(stage: Board) -> None:
    stage.bluez.silence(stage.bluez.hardware.adapters[0])
    await stage.bluez.advance(15)


async def hide(stage: Board) -> None:
    strap = stage.bluez.hardware.straps[0]
    stage.bluez.take_away(strap)
    await stage.until(lambda: stage.source(1).state == "searching", within_s=15)
    await stage.bluez.advance(120, step_s=1)
    stage.bluez.bring_back(strap)


async def end_dbus(stage: Board) -> None:
    await stage.bluez.kill(links_stay=False)
    stage.bus.kill()
    await stage.until(lambda: stage.source(1).state == "adapter_down", within_s=20)
    assert "D-Bus" in stage.source(1).words.sentence
    stage.bus.start()
    await stage.bluez.start()


async def suspend(stage: Board) -> None:
    SleepyHardware.slept_ns += 3600 * 10**9
    stage.bluez.drop(stage.bluez.hardware.straps[0])
    await stage.until(lambda: stage.adapter(HCI0).state == "waking", within_s=5)


@pytest.mark.parametrize(
    "trouble",
    [
        kill_bluetoothd,
        kill_bluetoothd_under_links,
        stop_bluetoothd,
        unplug,
        unplug_abruptly,
        switch_off,
        block,
        silence,
        hide,
        end_dbus,
        suspend,
    ],
    ids=lambda trouble: trouble.__name__,
)
async def test_it_comes_back(trouble: Break, tmp_path: Path) -> None:
    async with board(tmp_path, FakeAdapter()) as stage:
        stage.bluez.wear(heart_strap(1))
        await stage.until(stage.streams(1), within_s=AT_START_S)
        await trouble(stage)
        await stage.until(lambda: stage.source(1).state != "streaming", within_s=20)
        await stage.until(stage.streams(1), within_s=RECOVERY_S)
        assert stage.source(1).words.word == "Live"
        assert stage.status.adapters[0].state in {"ready", "scanning"}


async def test_a_link_that_is_up_at_the_start_is_taken_over(tmp_path: Path) -> None:
    adapter = FakeAdapter()
    async with board(tmp_path, adapter, bluetoothd=False) as stage:
        stage.bluez.wear(heart_strap(1, link=adapter))
        await stage.bluez.start()
        await stage.until(stage.streams(1), within_s=30)
        assert not stage.bluez.called("Connect")


async def test_a_strap_too_many_is_refused_by_name_and_the_rest_stream(tmp_path: Path) -> None:
    async with board(tmp_path, FakeAdapter(), straps=3, ble="[ble]\nslots = 2") as stage:
        straps = [stage.bluez.wear(heart_strap(n)) for n in (1, 2, 3)]
        await stage.until(lambda: len(stage.adapter(HCI0).sources) == 2, within_s=AT_START_S)
        (late,) = {1, 2, 3} - {int(name[-1]) for name in stage.adapter(HCI0).sources}
        first, second = sorted({1, 2, 3} - {late})
        await stage.until(stage.streams(first, second), within_s=AT_START_S)
        await stage.until(lambda: stage.source(late).state == "no_room", within_s=10)
        assert f"hci0 serves strap-{first}, strap-{second}" in stage.source(late).words.sentence
        assert stage.source(late).words.word == "No room"
        await stage.bluez.advance(60)
        assert stage.streams(first, second)()
        stage.bluez.take_away(straps[first - 1])
        await stage.until(stage.streams(late), within_s=60)


async def test_two_adapters_share_the_straps(tmp_path: Path) -> None:
    adapters = (FakeAdapter(), FakeAdapter("hci1", HCI1, port="1-2"))
    async with board(tmp_path, *adapters, straps=4, ble="[ble]\nslots = 2") as stage:
        for n in range(1, 5):
            stage.bluez.wear(heart_strap(n))
        await stage.until(stage.streams(1, 2, 3, 4), within_s=30)
        assert len(stage.adapter(HCI0).sources) == len(stage.adapter(HCI1).sources) == 2


async def test_a_search_leaves_time_for_what_streams(tmp_path: Path) -> None:
    async with board(tmp_path, FakeAdapter(), straps=2) as stage:
        stage.bluez.wear(heart_strap(1))
        await stage.until(stage.streams(1), within_s=AT_START_S)
        stage.bluez.calls.clear()
        await stage.bluez.advance(60)
        assert 4 <= len(stage.bluez.called("StartDiscovery")) <= 8, "five seconds on, five off"
        stage.bluez.wear(heart_strap(2))
        await stage.until(stage.streams(1, 2), within_s=15)
        stage.bluez.calls.clear()
        await stage.bluez.advance(30)
        assert not stage.bluez.called("StartDiscovery"), "nobody is looked for"


async def test_what_any_means_is_left_to_who_names_it(tmp_path: Path) -> None:
    sources = [
        f'[[source]]\nname = "strap-{n}"\nlink = "{link}"\n'
        for n, link in ((1, "ble:any?service=180d"), (2, f"ble:{address(1)}"), (3, "ble:polar h10 000*"))
    ]
    text = f'[web]\nenabled = false\n[journal]\npath = "{tmp_path}/edged.db"\n{"".join(sources)}'
    async with board(tmp_path, FakeAdapter(), text=text) as stage:
        stage.bluez.wear(heart_strap(1))
        await stage.until(stage.streams(2), within_s=AT_START_S)
        assert [stage.source(n).state for n in (1, 3)] == ["searching", "searching"]
        for n in (2, 3):
            stage.bluez.wear(heart_strap(n))
        await stage.until(stage.streams(1, 2, 3), within_s=30)


async def test_only_the_adapters_that_are_named_are_used(tmp_path: Path) -> None:
    adapters = (FakeAdapter(), FakeAdapter("hci1", HCI1, port="1-2"))
    async with board(tmp_path, *adapters, ble=f'[[ble.adapter]]\naddress = "{HCI1}"') as stage:
        stage.bluez.wear(heart_strap(1))
        await stage.until(stage.streams(1), within_s=AT_START_S)
        assert [adapter.address for adapter in stage.status.adapters] == [HCI1]


async def test_drops_every_30_s_are_diagnosed_with_the_battery(tmp_path: Path) -> None:
    async with board(tmp_path, FakeAdapter()) as stage:
        stage.bluez.wear(heart_strap(1, drops_after_s=30.0, values={"2a19": b"\x08", "2a38": b"\x01"}))
        await stage.until(lambda: "drops every 30 s" in stage.source(1).words.sentence, within_s=130)
        sentence = stage.source(1).words.sentence
        assert "refuses the connection parameters" in sentence
        assert "Battery 8 %" in sentence


async def test_contact_lost_and_a_low_battery_are_said(tmp_path: Path) -> None:
    async with board(tmp_path, FakeAdapter()) as stage:
        strap = stage.bluez.wear(heart_strap(1, values={"2a19": b"\x05", "2a38": b"\x01"}))
        await stage.until(stage.streams(1), within_s=AT_START_S)
        await stage.until(lambda: stage.source(1).battery_pct == 5, within_s=10)
        assert "Battery 5 %" in stage.source(1).words.sentence
        strap.packets = lambda _turn: [Packet("2a37", encode_heart_rate(0, contact=False))]
        await stage.until(lambda: stage.status.subjects[0].contact is False, within_s=5)
        await stage.until(lambda: stage.status.subjects[0].words.word == "No contact", within_s=10)
        assert stage.status.subjects[0].heart_rate is None


async def test_who_may_not_use_bluetooth_is_told_so(tmp_path: Path) -> None:
    async with board(tmp_path, FakeAdapter(), bluetoothd=False) as stage:
        await stage.bus.deny_bluez()
        await stage.bluez.start()
        stage.bluez.wear(heart_strap(1))
        await stage.until(lambda: stage.status.adapters[0].state == "denied", within_s=20)
        assert "group bluetooth" in stage.source(1).words.sentence
        await stage.bus.deny_bluez(denied=False)
        await stage.until(stage.streams(1), within_s=30)


async def test_a_board_without_an_adapter_says_so(tmp_path: Path) -> None:
    async with board(tmp_path) as stage:
        await stage.until(lambda: stage.source(1).state == "adapter_down", within_s=10)
        assert "no Bluetooth adapter" in stage.source(1).words.sentence.replace("There is ", "")
        stage.bluez.plug(FakeAdapter())
        stage.bluez.wear(heart_strap(1))
        await stage.until(stage.streams(1), within_s=30)


def samples(stage: Board, quantity: str) -> int:
    """How many samples of a stream of the first strap were recorded."""
    return sum(len(chunk) for chunk in stage.recorded if chunk.info.quantity == quantity)


async def test_an_electrocardiogram_comes_after_the_heart_rate(tmp_path: Path) -> None:
    async with board(tmp_path, FakeAdapter(), decoder="polar?streams=ecg,acc") as stage:
        stage.bluez.wear(SimulatedH10(1).strap)
        await stage.until(stage.streams(1), within_s=AT_START_S)
        await stage.until(lambda: samples(stage, "ecg"), within_s=10)
        await stage.until(lambda: samples(stage, "acceleration"), within_s=10)
        first = [chunk.info.quantity for chunk in stage.recorded]
        assert first.index("heart_rate") < first.index("ecg")
        before = samples(stage, "ecg")
        await stage.bluez.advance(30)
        assert samples(stage, "ecg") - before == pytest.approx(30 * 130, abs=150)


async def test_a_refused_electrocardiogram_leaves_the_heart_rate_alone(tmp_path: Path) -> None:
    h10 = SimulatedH10(1, refuses={0: 12})
    async with board(tmp_path, FakeAdapter(), decoder="polar?streams=ecg") as stage:
        stage.bluez.wear(h10.strap)
        await stage.until(stage.streams(1), within_s=AT_START_S)
        await stage.until(lambda: stage.source(1).last_fault, within_s=15)
        assert "ecg" in stage.source(1).last_fault.lower()
        beats = samples(stage, "heart_rate")
        await stage.bluez.advance(20)
        assert samples(stage, "heart_rate") - beats >= 19
        assert stage.source(1).state == "streaming"
        assert samples(stage, "ecg") == 0
        h10.refuses.clear()
        await stage.until(lambda: samples(stage, "ecg"), within_s=60)
