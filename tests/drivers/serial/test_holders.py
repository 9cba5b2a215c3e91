"""Who has a port open."""

import os
from pathlib import Path

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
