"""Who has a port open."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from drivers.serial.holders import holders


def process(proc: Path, number: int, name: str | None, *files: str) -> None:
    folder = proc / str(number) / "fd"
    folder.mkdir(parents=True)
    for fd, file in enumerate(files):
        (folder / str(fd)).symlink_to(file)
    if name is not None:
        (folder.parent / "comm").write_text(f"{name}\n", encoding="utf-8")


def test_programs_by_name_and_number(tmp_path: Path) -> None:
    process(tmp_path, 412, "ModemManager", "/dev/null", "/dev/ttyUSB0", "/dev/ttyUSB0", "socket:[1]")
    process(tmp_path, 99, "minicom", "/dev/ttyUSB0", "/dev/ttyACM0")
    process(tmp_path, 100, None, "/dev/ttyACM0")
    process(tmp_path, 101, "other", "/dev/ttyUSB10")
    process(tmp_path, os.getpid(), "edged", "/dev/ttyUSB0")
    (tmp_path / "uptime").touch()
    (tmp_path / "200").mkdir()  # one that we may not look into, or that just ended
    assert holders(["/dev/ttyUSB0", "/dev/ttyACM0", "/dev/ttyS0"], tmp_path) == {
        "/dev/ttyUSB0": ["ModemManager (412)", "minicom (99)"],
        "/dev/ttyACM0": ["a program (100)", "minicom (99)"],
    }


def test_a_file_closed_meanwhile_is_passed_over(tmp_path: Path) -> None:
    process(tmp_path, 412, "picocom", "/dev/ttyUSB0")
    (tmp_path / "412/fd/9").touch()  # no link, as one that is gone
    assert holders(["/dev/ttyUSB0"], tmp_path) == {"/dev/ttyUSB0": ["picocom (412)"]}


OPEN: Final = """
import os, sys
ports = [os.openpty() for _ in range(int(sys.argv[1]) + 1)]
print(os.ttyname(ports[-1][1]), flush=True)
sys.stdin.read()
"""
APART: Final = (
    "mount -t devpts -o newinstance,ptmxmode=666 devpts /dev/pts"
    ' && mount --bind /dev/pts/ptmx /dev/ptmx && exec "$@"'
)


@pytest.fixture
def port() -> Iterator[str]:
    master, slave = os.openpty()
    yield os.ttyname(slave)
    os.close(master)
    os.close(slave)


def test_a_device_of_the_same_name_in_a_container_is_another_one(port: str) -> None:
    if os.geteuid() != 0 or shutil.which("unshare") is None:
        pytest.skip("needs root and unshare: a container has devices of its own")
    command = ["unshare", "--mount", "sh", "-c", APART, "sh", sys.executable, "-c", OPEN, Path(port).name]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as container:
        assert container.stdout is not None
        assert container.stdout.readline().strip() == port, "it is called the same there"
        assert holders([port]) == {}
        container.communicate()


def test_the_same_device_in_another_process_is_held(port: str) -> None:
    command = [
        sys.executable,
        "-c",
        "import sys; port = open(sys.argv[1]); print('open', flush=True); sys.stdin.read()",
    ]
    with subprocess.Popen(
        [*command, port], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        ((name,),) = holders([port]).values()
        assert name.endswith(f"({other.pid})")
        other.communicate()
