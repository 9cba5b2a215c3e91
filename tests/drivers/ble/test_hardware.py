import asyncio
from pathlib import Path

import pytest

from drivers.ble.hardware import Hardware
from edged.clock import ManualClock
from edged.model import NS_PER_S
from tests.rigs.sys_tree import SysTree
from tests.rigs.waiting import until

PLUG = "devices/pci0000:00/0000:00:14.0/usb1/1-1"


@pytest.fixture
def tree(tmp_path_factory: pytest.TempPathFactory) -> SysTree:
    return SysTree(tmp_path_factory.mktemp("root"))


@pytest.fixture
def hardware(tree: SysTree) -> Hardware:
    return Hardware(tree.root)


def test_what_an_adapter_hangs_on(tree: SysTree, hardware: Hardware) -> None:
    tree.plug("hci0", bus="uart")
    tree.plug("hci1", port="1-1")
    tree.plug("hci2", port="1-2")
    assert [hardware.bus(name) for name in ("hci0", "hci1", "hci2")] == ["uart", "usb", "usb"]


@pytest.mark.parametrize("name", ["", "hci0", "hci7"])
def test_one_that_is_not_there_hangs_on_nothing(hardware: Hardware, name: str) -> None:
    assert hardware.bus(name) == ""
    assert hardware.block(name) == ""


def test_a_virtual_one_hangs_on_nothing(tree: SysTree, hardware: Hardware) -> None:
    virtual = tree.root / "devices/virtual/bluetooth/hci0"
    virtual.mkdir(parents=True)
    (tree.root / "class/bluetooth/hci0").symlink_to(virtual)
    assert hardware.bus("hci0") == ""


def test_a_machine_without_bluetooth_has_nothing(tmp_path: Path) -> None:
    bare = Hardware(tmp_path / "none")
    assert (bare.bus("hci0"), bare.block("hci0")) == ("", "")


def test_an_adapter_that_was_unplugged_hangs_on_nothing(tree: SysTree, hardware: Hardware) -> None:
    tree.plug("hci0")
    tree.unplug("hci0", port="1-1")
    assert hardware.bus("hci0") == ""
    tree.plug("hci1")
    assert hardware.bus("hci1") == "usb"


@pytest.mark.parametrize(
    ("soft", "hard", "block"),
    [(False, False, ""), (True, False, "soft"), (False, True, "hard"), (True, True, "hard")],
)
def test_which_switch_blocks_it(
    tree: SysTree, hardware: Hardware, *, soft: bool, hard: bool, block: str
) -> None:
    tree.plug("hci0", bus="uart")
    tree.plug("hci1")
    tree.block("hci1", soft=soft, hard=hard)
    assert hardware.block("hci1") == block
    assert hardware.block("hci0") == "", "the other one's switch is another"


def test_a_switch_that_vanishes_while_it_is_read_blocks_nothing(tree: SysTree, hardware: Hardware) -> None:
    tree.plug("hci0")
    tree.block("hci0", soft=True)
    switch = next((tree.root / "class/rfkill").iterdir())
    (switch / "hard").unlink()
    assert hardware.block("hci0") == "soft"
    (switch / "soft").unlink()
    assert hardware.block("hci0") == ""
    (switch / "name").unlink()
    assert hardware.block("hci0") == ""


async def test_a_plug_is_out_for_a_second(tree: SysTree, hardware: Hardware) -> None:
    tree.plug("hci0", port="1-1")
    tree.plug("hci1", port="1-2")
    clock = ManualClock()
    replugging = asyncio.create_task(hardware.replug("hci0", clock))
    await until(lambda: clock.sleepers)
    await clock.advance(0.9)
    assert (tree.authorized("1-1"), tree.authorized("1-2")) == (False, True)
    await clock.advance(0.1)
    assert await replugging
    assert tree.authorized("1-1")
    assert clock.mono_ns() == NS_PER_S


async def test_the_plug_is_the_devices_and_not_that_of_its_interface(
    tree: SysTree, hardware: Hardware
) -> None:
    """Linux lets interfaces be authorized too; taking one out resets nothing."""
    tree.plug("hci0")
    interface = tree.root / PLUG / "1-1:1.0/authorized"
    interface.write_text("1\n", encoding="ascii")
    clock = ManualClock()
    replugging = asyncio.create_task(hardware.replug("hci0", clock))
    await until(lambda: clock.sleepers)
    assert interface.read_text(encoding="ascii") == "1\n"
    assert not tree.authorized("1-1")
    await clock.advance(1)
    assert await replugging


async def test_who_gives_up_in_between_leaves_it_plugged_in(tree: SysTree, hardware: Hardware) -> None:
    tree.plug("hci0")
    clock = ManualClock()
    replugging = asyncio.create_task(hardware.replug("hci0", clock))
    await until(lambda: not tree.authorized("1-1"))
    replugging.cancel()
    await asyncio.wait([replugging])
    assert replugging.cancelled()
    await until(lambda: tree.authorized("1-1"))


@pytest.mark.parametrize("name", ["hci0", "hci9", ""])
async def test_what_has_no_plug_is_left_alone(tree: SysTree, hardware: Hardware, name: str) -> None:
    tree.plug("hci0", bus="uart")
    clock = ManualClock()
    assert not await hardware.replug(name, clock)
    assert clock.mono_ns() == 0


async def test_a_plug_that_may_not_be_touched_is_said_so(tree: SysTree, hardware: Hardware) -> None:
    tree.plug("hci0")
    plug = tree.root / PLUG / "authorized"
    plug.unlink()
    plug.mkdir()  # writing to it fails for every user
    assert not await hardware.replug("hci0", ManualClock())


async def test_a_device_that_does_not_come_back_is_said_so(tree: SysTree, hardware: Hardware) -> None:
    tree.plug("hci0")
    clock = ManualClock()
    replugging = asyncio.create_task(hardware.replug("hci0", clock))
    await until(lambda: clock.sleepers)
    await clock.advance(0.5)
    tree.unplug("hci0", port="1-1")
    await clock.advance(1)
    assert not await replugging


def test_how_long_the_board_has_slept() -> None:
    slept_ns = Hardware().suspended_ns()
    assert slept_ns >= -NS_PER_S // 1000, "two clocks are read one after the other"
    assert Hardware().suspended_ns() - slept_ns < NS_PER_S
