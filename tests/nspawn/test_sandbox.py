"""What the sandbox forbids in fact: a program in the daemon's place tries."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.nspawn.base import ROOT, require_containers
from tests.nspawn.configs import straps
from tests.nspawn.container import Container

UNITS = ("edged.service", "edged-safe.service")
EXPOSURE = 1.5
PROBE = Path(__file__).with_name("probe.py")


@pytest.mark.parametrize("unit", UNITS)
def test_exposure(unit: str) -> None:
    require_containers()
    told = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--json=short", ROOT / "systemd" / unit],
        check=True,
        capture_output=True,
        text=True,
    )
    exposure = sum(float(row["exposure"] or 0) for row in json.loads(told.stdout) if row.get("exposure"))
    said = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=15", ROOT / "systemd" / unit],
        check=False,
        capture_output=True,
        text=True,
    )
    assert said.returncode == 0, f"{exposure}: {said.stdout}"


def test_the_units_say_nothing_that_systemd_does_not_know(board: Container) -> None:
    with board:
        for unit in (*UNITS, "edged-firstboot.service"):
            done = board.attempt("systemd-analyze", "verify", f"/lib/systemd/system/{unit}")
            assert (done.returncode, done.stderr) == (0, "")


def test_it_can_do_its_work_and_nothing_else(board: Container) -> None:
    board.write("/etc/edged/edged.toml", straps("sim:resting"), 0o664)
    board.write("/opt/probe.py", PROBE.read_text(encoding="utf-8"))
    board.write("/etc/edged/credentials/mqtt-password", "s3cret", 0o600)
    board.write(
        "/etc/systemd/system/edged.service.d/test.conf",
        "[Service]\nExecStartPre=/usr/bin/python3 /opt/probe.py /var/lib/edged/probe.json\n",
    )
    with board:
        board.until(lambda: "1 of 1" in board.show("edged.service", "StatusText"))
        tried = json.loads(board.run("cat", "/var/lib/edged/probe.json"))
    allowed = {name for name, said in tried.items() if said == "done"}
    assert allowed == {
        "write the state",
        "write the configuration",
        "write a private temporary file",
        "an internet socket",
        "a local socket",
        "read a credential handed over",
    }, tried
    assert "Read-only file system" in tried["write /usr"]
    assert "Read-only file system" in tried["write /var/lib"]
