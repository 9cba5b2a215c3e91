"""A serial port that others have, or that is none."""

import asyncio
import errno
import fcntl
import os
import subprocess
import sys
import termios
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from drivers.links.serial import SerialLink
from drivers.serial.errors import port_errors
from edged.clock import ManualClock
from edged.errors import DriverError, SourceLost
from edged.sources.equipment import Equipment
from edged.sources.link import LinkContext, LinkUrl
from tests.conformance.links import open_files
from tests.drivers.serial.run import Run
from tests.rigs.serial_port import SerialPort


async def test_two_sources_do_not_share_a_port(port: SerialPort, tmp_path: Path) -> None:
    (tmp_path / "by-path").symlink_to(port.device)
    equipment = Equipment()
    first = Run(port.url, source="board-1", equipment=equipment)
    second = Run(f"serial:{tmp_path}/by-path", source="board-2", equipment=equipment)
    async with first.going():
        with pytest.raises(SourceLost) as refused:
            await second.refused()
        assert str(refused.value) == (
            f"{tmp_path}/by-path: this port is taken: source 'board-1' has {port.device}. "
            "Give every source a port of its own; `edged scan` lists them."
        )
    async with second.going():
        assert second.phases[-1] == ("streaming", None)


def test_the_source_of_a_link_alone_is_its_url() -> None:
    assert SerialLink(LinkUrl.parse("serial:/dev/x"), LinkContext(ManualClock()))._source == "serial:/dev/x"


async def test_what_is_no_serial_port_is_a_mistake_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in ("/dev/full", tmp_path / "file", tmp_path):
        run = Run(f"serial:{path}")
        with pytest.raises(DriverError, match=rf"{path} is not a serial port\. `edged scan` lists"):
            await run.refused()


HOLD = """
import fcntl, os, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
fcntl.flock(fd, fcntl.{lock})
print('held', flush=True)
sys.stdin.read()
"""


@pytest.mark.parametrize("lock", ["LOCK_UN", "LOCK_EX"])
async def test_another_program_that_has_it_is_named(lock: str, port: SerialPort) -> None:
    command = [sys.executable, "-c", HOLD.format(lock=lock), port.device]
    holder = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE)
    assert holder.stdout
    assert holder.stdin
    try:
        await holder.stdout.readline()
        files, attributes, run = open_files(), port.attributes(), Run(port.url)
        with pytest.raises(SourceLost) as refused:
            await run.refused()
        name = Path(f"/proc/{holder.pid}/comm").read_text(encoding="ascii").strip()
        assert str(refused.value) == (
            f"{port.path}: another program has the port open: {name} ({holder.pid}). Stop it."
        )
        assert open_files() == files
        assert port.attributes() == attributes, "its settings are not touched"
    finally:
        holder.stdin.close()
        await holder.wait()
    async with run.going():
        assert run.phases[-1] == ("streaming", None)


async def test_a_program_that_cannot_be_named_is_looked_for_with_fuser(
    port: SerialPort, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another user's: the lock tells that it is there, and ``/proc`` does not tell who."""
    monkeypatch.setattr("drivers.serial.errors.holders", lambda _devices: {})
    run = Run(port.url)
    fd = os.open(port.device, os.O_RDWR | os.O_NOCTTY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        with pytest.raises(SourceLost, match=rf"has the port open\. Stop it: `sudo fuser -v {port.device}`"):
            await run.refused()
    finally:
        os.close(fd)


AS_NOBODY = """
import asyncio, os, sys
from drivers.links.serial import SerialLink
from edged.clock import ManualClock
from edged.errors import SourceLost
from edged.sources.link import LinkContext, LinkUrl
if os.geteuid() == 0:
    os.setuid(65534)  # nobody: root may open anything
try:
    asyncio.run(SerialLink(LinkUrl.parse(sys.argv[1]), LinkContext(ManualClock())).run(print))
except SourceLost as error:
    print(error)
"""


def test_who_may_not_open_it_is_told_of_the_group(port: SerialPort) -> None:
    Path(port.device).chmod(0)
    url = f"serial:{port.device}"
    command = [sys.executable, "-c", AS_NOBODY, url]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    assert done.stdout == (
        f"{port.device}: the user of edged may not open {port.device}. "
        "Put it into the group dialout (`sudo usermod -aG dialout USER`) and restart edged.\n"
    )


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.EIO, "x"), "the port is not plugged in"),
        (OSError(errno.EBUSY, "x"), "another program has the port open"),
        (termios.error(errno.ENODEV, "x"), "the port is not plugged in"),
        (OSError(errno.EOVERFLOW, "x"), "the port fails: Value too large for defined data type"),
        (OSError("something odd"), "the port fails: something odd"),
    ],
)
def test_errors_in_words(error: Exception, words: str) -> None:
    with pytest.raises(SourceLost) as told, port_errors("/dev/x", "/dev/x"):
        raise error
    assert told.value.what == words
