"""BlueZ on a bus of the test's own: gone, forbidden, without an adapter, or with one that is off."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from drivers.ble.checkup import check_bluetooth
from edged.clock import ManualClock
from edged.ops.doctor.account import Account
from edged.ops.doctor.finding import Finding
from edged.ops.doctor.patient import Patient
from tests.ops.doctor.bodies import NOBODY, patient
from tests.rigs.bluez_equipment import FakeAdapter
from tests.rigs.bluez_faults import hung
from tests.rigs.fake_bluez import FakeBluez
from tests.rigs.private_bus import PrivateBus
from tests.rigs.sys_tree import SysTree

HCI0 = "00:1A:7D:DA:71:13"
HCI1 = "00:1A:7D:DA:71:14"


@pytest.fixture
def bus() -> Iterator[PrivateBus]:
    with PrivateBus() as bus, bus.exported():
        yield bus


@pytest.fixture
def sys(tmp_path: Path) -> SysTree:
    return SysTree(tmp_path)


@pytest.fixture
async def bluez(bus: PrivateBus, sys: SysTree) -> AsyncIterator[FakeBluez]:
    async with FakeBluez(bus.address, ManualClock(), sys=sys) as fake:
        yield fake


def straps(folder: Path, *links: str, account: Account | None = None, **ble: Any) -> Patient:
    links = links or ("ble:any?service=180d",)
    source = [{"name": f"strap-{n}", "link": link} for n, link in enumerate(links)]
    return patient(
        folder, config={"source": source, "ble": ble}, account=account or Account("me", 0, frozenset())
    )


async def looked(node: Patient) -> list[Finding]:
    found = list(await check_bluetooth(node))
    assert {each.check for each in found} == {"bluetooth"}
    assert all(each.mend for each in found if each.level in {"problem", "warning"})
    return found


async def only(node: Patient) -> Finding:
    (found,) = await looked(node)
    return found


async def test_nobody_needs_bluetooth(tmp_path: Path) -> None:
    found = await only(patient(tmp_path, config={"source": [{"name": "a", "link": "sim:resting"}]}))
    assert (found.level, found.what) == ("not_applicable", "no source uses Bluetooth")


async def test_no_bus(tmp_path: Path, bus: PrivateBus) -> None:
    bus.kill()
    found = await only(straps(tmp_path))
    assert (found.title, found.level, found.what) == ("D-Bus", "problem", "D-Bus does not answer")
    assert found.mend == "Start it: systemctl start dbus; or restart the board."


async def test_no_bluez(tmp_path: Path, bus: PrivateBus) -> None:
    assert bus.address
    found = await only(straps(tmp_path))
    assert (found.title, found.level) == ("BlueZ", "problem")
    assert found.what == "the Bluetooth service does not run"
    assert found.mend == "Start it: systemctl start bluetooth."


async def test_bluez_that_is_forbidden(tmp_path: Path, bus: PrivateBus, bluez: FakeBluez) -> None:
    bluez.plug(FakeAdapter())
    await bus.deny_bluez()
    found = await only(straps(tmp_path))
    assert (found.title, found.level) == ("Bluetooth permission", "problem")
    assert found.mend == "Put the user that edged runs as into the group bluetooth."


async def test_another_user_who_is_not_in_the_group(
    tmp_path: Path, bluez: FakeBluez, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which group there is on this machine does not matter: one that there is, and he is not in."""
    bluez.plug(FakeAdapter())
    monkeypatch.setattr("drivers.ble.checkup.GROUP", "daemon")
    right, adapter = await looked(straps(tmp_path, account=NOBODY))
    assert (right.title, right.level) == ("Bluetooth permission", "problem")
    assert right.mend == "`sudo usermod -aG daemon nobody`, then `sudo systemctl restart edged`."
    assert adapter.level == "ok"
    monkeypatch.setattr("drivers.ble.checkup.GROUP", "nogroup")
    assert (await only(straps(tmp_path, account=NOBODY))).level == "ok"


async def test_bluez_that_hangs(tmp_path: Path, bluez: FakeBluez, monkeypatch: pytest.MonkeyPatch) -> None:
    bluez.plug(FakeAdapter())
    bluez.faults.add(hung("GetManagedObjects"))
    monkeypatch.setattr("drivers.ble.checkup._OPEN_TIMEOUT_S", 0.2)
    found = await only(straps(tmp_path))
    assert (found.title, found.level, found.what) == ("BlueZ", "problem", "BlueZ got no answer within 0 s")
    assert found.mend == "Start it again: `sudo systemctl restart bluetooth`."


async def test_no_adapter(tmp_path: Path, bluez: FakeBluez) -> None:
    assert bluez.daemon
    found = await only(straps(tmp_path))
    assert (found.title, found.level, found.what) == ("Bluetooth adapter", "problem", "there is none")
    assert "dtoverlay=disable-bt" in found.mend


async def test_an_adapter_that_bluez_does_not_see(tmp_path: Path, bluez: FakeBluez, sys: SysTree) -> None:
    assert bluez.daemon
    sys.plug("hci0")
    found = await only(straps(tmp_path))
    assert (found.level, found.where) == ("problem", "hci0")
    assert found.what == "the kernel has one, and BlueZ does not see it"
    assert found.mend.startswith("`sudo systemctl restart bluetooth`")


async def test_an_adapter_that_is_well(tmp_path: Path, bluez: FakeBluez) -> None:
    bluez.plug(FakeAdapter())
    found = await only(straps(tmp_path, slots=3))
    assert (found.level, found.what, found.where) == ("ok", "it is on", "hci0")
    assert found.facts == {"address": HCI0, "bus": "usb", "slots": 3}


async def test_an_adapter_that_is_off(tmp_path: Path, bluez: FakeBluez) -> None:
    bluez.plug(FakeAdapter(powered=False))
    found = await only(straps(tmp_path))
    assert (found.level, found.what, found.where) == ("problem", "it is switched off", "hci0")
    assert found.mend.startswith("`bluetoothctl power on` switches it on")


@pytest.mark.parametrize(
    ("kind", "mend"),
    [
        ("soft", "`sudo rfkill unblock bluetooth` unblocks it."),
        ("hard", "A switch of this board has it off: look for one, or for flight mode."),
    ],
)
async def test_an_adapter_that_is_blocked(
    tmp_path: Path, bluez: FakeBluez, sys: SysTree, kind: str, mend: str
) -> None:
    bluez.plug(FakeAdapter())
    sys.block("hci0", soft=kind == "soft", hard=kind == "hard")
    found = await only(straps(tmp_path))
    assert (found.level, found.what, found.mend) == ("problem", "it is blocked", mend)


async def test_a_configured_adapter_that_is_missing(tmp_path: Path, bluez: FakeBluez) -> None:
    bluez.plug(FakeAdapter())
    named = [{"address": HCI0, "slots": 2}, {"address": HCI1}]
    missing, there = await looked(straps(tmp_path, adapter=named))
    assert (missing.level, missing.where) == ("problem", HCI1)
    assert missing.what == "it is not there, and the configuration names it"
    assert missing.mend == f"Plug it in, or correct its address in the configuration; there are: {HCI0}."
    assert (there.level, there.facts["slots"]) == ("ok", 2)


async def test_an_adapter_that_a_strap_alone_wants(tmp_path: Path, bluez: FakeBluez) -> None:
    bluez.plug(FakeAdapter())
    wanted = (f"ble:Polar*?adapter={HCI1}", f"ble:Polar*?adapter={HCI0}", "ble:any?nonsense=1")
    missing, there = await looked(straps(tmp_path, *wanted))
    assert (missing.level, missing.where) == ("problem", HCI1)
    assert missing.what == "it is not there, and strap-0 may use no other"
    assert there.level == "ok"


async def test_more_straps_than_there_is_room_for(tmp_path: Path, bluez: FakeBluez) -> None:
    bluez.plug(FakeAdapter())
    adapter, room = await looked(straps(tmp_path, *(["ble:any"] * 4), slots=3))
    assert (adapter.level, room.level) == ("ok", "warning")
    assert room.what == "4 sources are configured, and the adapters serve 3 at once"
    assert room.mend.startswith("Plug in another adapter")
    bluez.plug(FakeAdapter("hci1", HCI1, port="1-2"))
    assert [each.level for each in await looked(straps(tmp_path, *(["ble:any"] * 4), slots=3))] == [
        "ok",
        "ok",
    ]
