"""The board as it is in the field: the package, its sandbox and limits, and a system that is read-only."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.field.board import Board, booted
from tests.field.journal import read_journal
from tests.field.report import publish
from tests.field.vm.board_image import CACHE, ROOT

pytestmark = pytest.mark.field

UNIT: Final = "edged.service"
CGROUP: Final = f"/sys/fs/cgroup/system.slice/{UNIT}"
STREAMING_S: Final = 180.0
RESTART_S: Final = 60.0
DAY_S: Final = 86_400
MIB: Final = 1 << 20

HOG: Final = f"echo $$ >{CGROUP}/cgroup.procs; exec python3 -c 'x = bytes([1]) * (300 << 20)'"
"""A process of the unit that takes more than it may have."""


@pytest.fixture(scope="module")
def figures(request: pytest.FixtureRequest) -> Iterator[list[str]]:
    """What was measured, in lines: printed at the end, and kept."""
    lines: list[str] = []
    yield lines
    publish(request, CACHE / "installed.txt", "\n".join(lines))


@pytest.fixture(scope="module")
def board(package: Path, figures: list[str]) -> Iterator[Board]:
    with booted(package, name="installed") as board:
        board.node.until_all_stream(STREAMING_S)
        figures.append(f"All three straps stream {board.machine.on_s:.0f} s after power on.")
        yield board


def show(board: Board, key: str) -> str:
    return board.machine.run("systemctl", "show", "-P", key, UNIT).strip()


def of_cgroup(board: Board, name: str) -> int:
    """Return a figure of the unit's control group."""
    return int(board.machine.run("cat", f"{CGROUP}/{name}"))


def memory_max() -> int:
    """Return what the unit of this checkout says that it may have, in bytes."""
    found = re.search(
        r"^MemoryMax=(\d+)M$", (ROOT / "systemd" / UNIT).read_text(encoding="utf-8"), re.MULTILINE
    )
    assert found is not None
    return int(found[1]) * MIB


def test_it_streams_in_its_sandbox_on_a_system_that_nothing_can_write_to(board: Board) -> None:
    with pytest.raises(RuntimeError, match="Read-only file system"):
        board.machine.run("touch", "/usr/probe")
    for place in ("/var/lib/edged", "/etc/edged"):
        assert board.machine.run("findmnt", "-no", "LABEL,OPTIONS", place).startswith("state rw,"), place
    process = f"/proc/{show(board, 'MainPID')}"
    status = board.machine.run("cat", f"{process}/status")
    assert "NoNewPrivs:\t1" in status
    assert "Seccomp:\t2" in status
    assert "CapEff:\t0000000000000000" in status
    assert board.machine.run("stat", "-c", "%U", process, "/var/lib/edged").split() == ["edged", "edged"]
    users = board.machine.run("cat", f"{process}/uid_map").splitlines()
    assert len(users) == 2, "root and itself, as PrivateUsers has it"
    assert "3 of 3 sources live." in show(board, "StatusText")


def test_it_fits_and_who_takes_too_much_is_ended(board: Board, figures: list[str]) -> None:
    limit = of_cgroup(board, "memory.max")
    assert limit == memory_max()
    now, peak = of_cgroup(board, "memory.current"), of_cgroup(board, "memory.peak")
    figures.append(f"The unit takes {now / MIB:.0f} MB, at most {peak / MIB:.0f}, of {limit / MIB:.0f} MB.")
    assert peak < limit // 2
    restarts = int(show(board, "NRestarts"))
    with pytest.raises(RuntimeError, match="'signal': 9"):
        board.machine.run("sh", "-c", HOG)
    deadline = time.monotonic() + RESTART_S
    while int(show(board, "NRestarts")) == restarts:
        assert time.monotonic() < deadline, board.journal()
        time.sleep(0.5)
    assert "Failed with result 'oom-kill'" in board.journal()
    board.node.until_all_stream(STREAMING_S)
    assert of_cgroup(board, "memory.max") == limit


def test_with_a_clock_that_begins_in_1970_it_is_ready_says_so_and_streams(
    package: Path, figures: list[str]
) -> None:
    with booted(package, name="1970", utc="1970-01-01T00:00:00") as board:
        board.node.until_all_stream(STREAMING_S)
        figures.append(f"With a clock that begins in 1970 they do {board.machine.on_s:.0f} s after power on.")
        # systemd moves a clock that begins in 1970 to the day that it was built itself: wrong all the same
        assert int(board.machine.run("date", "+%s")) < time.time() - DAY_S
        assert show(board, "ActiveState") == "active"
        assert "Clock not set." in show(board, "StatusText")
        assert read_journal(board.machine).head > 0
