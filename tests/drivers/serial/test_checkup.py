"""Ports that are not there, not ours to open, held by others, or named by a number."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from serial.tools.list_ports_common import ListPortInfo

from drivers.serial.checkup import check_serial
from edged.ops.doctor.finding import Finding
from edged.ops.doctor.patient import Patient
from tests.ops.doctor.bodies import NOBODY, patient
from tests.rigs.serial_port import SerialPort

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root may look with another user's eyes")
RULES = "Install the udev rules, as docs/serial.md says."


def board(folder: Path, *links: str, **more: Any) -> Patient:
    source = [{"name": f"board-{n}", "link": link, "decoder": "board"} for n, link in enumerate(links)]
    (folder / "proc").mkdir(exist_ok=True)
    return patient(folder, config={"source": source}, **more)


async def looked(node: Patient) -> list[Finding]:
    found = list(await check_serial(node))
    assert {each.check for each in found} == {"serial"}
    assert all(each.mend for each in found if each.level in {"problem", "warning"})
    return found


async def only(node: Patient) -> Finding:
    (found,) = await looked(node)
    return found


async def test_nobody_needs_a_port(tmp_path: Path) -> None:
    found = await only(board(tmp_path, "sim:resting"))
    assert (found.level, found.what) == ("not_applicable", "no source uses a serial port")
    assert (await only(board(tmp_path, "serial:nowhere"))).level == "not_applicable", (
        "the configuration's fault"
    )


async def test_a_port_that_is_free(tmp_path: Path, port: SerialPort) -> None:
    found = await only(board(tmp_path, port.url))
    assert (found.level, found.what) == ("ok", "it is there for board-0")
    assert (found.where, found.facts) == (str(port.path), {"device": port.device})


async def test_a_port_that_is_unplugged(tmp_path: Path, port: SerialPort) -> None:
    port.unplug()
    found = await only(board(tmp_path, port.url))
    assert (found.level, found.where) == ("problem", str(port.path))
    assert found.what == "the port of board-0 is not plugged in, or has another name"
    assert found.mend.startswith("Plug it in; `edged scan` shows what is there. Now there are: ")


@as_root
async def test_a_port_of_a_group_that_the_user_is_not_in(tmp_path: Path, port: SerialPort) -> None:
    os.chown(port.device, 0, 20)
    Path(port.device).chmod(0o660)
    found = await only(board(tmp_path, port.url, account=NOBODY))
    assert (found.title, found.level, found.where) == ("Serial permission", "problem", port.device)
    assert found.what == "the user nobody may not open the port of board-0"
    assert found.mend == "`sudo usermod -aG dialout nobody`, then `sudo systemctl restart edged`."
    assert found.facts == {"user": "nobody", "group": "dialout"}


@as_root
@pytest.mark.parametrize(("gid", "mode"), [(20, 0o600), (0, 0o660)])
async def test_a_port_that_no_group_helps_with(tmp_path: Path, port: SerialPort, gid: int, mode: int) -> None:
    os.chown(port.device, 0, gid)
    Path(port.device).chmod(mode)
    found = await only(board(tmp_path, port.url, account=NOBODY))
    assert (found.title, found.mend) == ("Serial permission", RULES)


def held(port: SerialPort) -> "subprocess.Popen[bytes]":
    """Start a program that has a port open, and waits."""
    code = (
        "import os, sys; os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY); print(flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, port.device]
    holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    holder.stdout.readline()
    return holder


async def test_a_port_that_another_program_has(tmp_path: Path, port: SerialPort) -> None:
    (tmp_path / "proc").symlink_to("/proc")
    with held(port) as holder:
        found = await only(board(tmp_path, port.url))
        holder.communicate()
    assert (found.level, found.where) == ("problem", port.device)
    assert found.what.startswith("another program has the port of board-0 open: ")
    assert f"({holder.pid})" in found.what
    assert found.mend == "Stop that program, or give edged another port."
    assert (await only(board(tmp_path, port.url))).level == "ok"


@pytest.mark.parametrize(
    ("name", "level", "mend"),
    [
        ("ModemManager", "problem", f"It takes every new port for a modem. {RULES}"),
        ("edged", "ok", ""),
    ],
)
async def test_holders_by_name(tmp_path: Path, port: SerialPort, name: str, level: str, mend: str) -> None:
    files = tmp_path / "proc/412/fd"
    files.mkdir(parents=True)
    (files / "7").symlink_to(port.device)
    (files.parent / "comm").write_text(f"{name}\n", encoding="ascii")
    found = await only(board(tmp_path, port.url))
    assert (found.level, found.mend) == (level, mend)


@pytest.mark.parametrize("has_name", [True, False])
async def test_a_port_named_by_its_number(
    tmp_path: Path, port: SerialPort, monkeypatch: pytest.MonkeyPatch, *, has_name: bool
) -> None:
    numbered = tmp_path / "ttyUSB0"
    numbered.symlink_to(port.device)
    monkeypatch.setattr("drivers.serial.checkup._NUMBERED", str(numbered))
    monkeypatch.setattr("drivers.serial.ports.comports", lambda: [ListPortInfo(port.device)])
    stable = tmp_path / "dev/serial/by-id/usb-FTDI_1"
    if has_name:
        stable.parent.mkdir(parents=True)
        stable.symlink_to(port.device)
    found = await only(board(tmp_path, f"serial:{numbered}"))
    assert (found.level, found.where) == ("warning", str(numbered))
    assert found.what.endswith("which another device may have after a replug")
    assert found.mend == (f"Write serial:{stable} instead." if has_name else RULES)
