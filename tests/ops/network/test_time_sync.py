"""What time it is, and who says so."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edged.adjtimex import KernelClock, kernel_clock
from edged.clock import ClockQuality, ManualClock
from edged.model import NS_PER_S
from edged.ops.network.chrony import Tracking
from edged.ops.network.status import TimeStatus
from edged.ops.network.time_sync import time_status, up_s

NOW_S = 1_767_225_600


def told(
    root: Path,
    kernel: KernelClock | None = None,
    chrony: Tracking | None = None,
    quality: ClockQuality = ClockQuality.SYNCED,
    **environment: str,
) -> TimeStatus:
    clock = ManualClock(utc_ns=NOW_S * NS_PER_S, boot="boot-1", quality=quality)
    return time_status(
        clock, root, ask_kernel=lambda: kernel, ask_chrony=lambda: chrony, environment=environment
    )


def test_nothing_is_known(tmp_path: Path) -> None:
    found = told(tmp_path, quality=ClockQuality.UNSYNCED)
    assert found.utc == "2026-01-01T00:00:00.000000Z"
    assert (found.synced, found.program, found.server, found.stratum) == (False, "", "", None)
    assert (found.offset_ms, found.max_error_ms, found.set_s, found.up_s) == (None, None, None, None)
    assert (found.zone, found.boot) == ("", "boot-1")


def test_timesyncd_says_when_it_set_the_clock(tmp_path: Path) -> None:
    file = tmp_path / "run/systemd/timesync/synchronized"
    file.parent.mkdir(parents=True)
    file.touch()
    os.utime(file, (NOW_S - 90, NOW_S - 90))
    found = told(tmp_path, KernelClock(is_synced=True, offset_ns=-1_500_000, max_error_ns=20_000_000))
    assert (found.program, found.set_s) == ("systemd-timesyncd", 90.0)
    assert (found.offset_ms, found.max_error_ms) == (-1.5, 20.0)
    os.utime(file, (NOW_S + 90, NOW_S + 90))
    assert told(tmp_path).set_s is None, "set in the future: the clock has gone back since"


def test_chrony_says_by_whom(tmp_path: Path) -> None:
    chrony = Tracking(is_synced=True, server="192.168.1.1", stratum=3, set_s=NOW_S - 7, offset_s=0.002)
    found = told(tmp_path, KernelClock(is_synced=True, offset_ns=0, max_error_ns=10**6), chrony)
    assert (found.program, found.server, found.stratum) == ("chrony", "192.168.1.1", 3)
    assert (found.offset_ms, found.set_s) == (2.0, 7.0)
    lost = Tracking(is_synced=False, server="", stratum=0, set_s=0.0, offset_s=0.0)
    found = told(tmp_path, None, lost, ClockQuality.UNSYNCED)
    assert (found.program, found.stratum, found.offset_ms, found.set_s) == ("chrony", None, None, None)


def test_an_unset_clock_is_off_by_nobody_knows_what(tmp_path: Path) -> None:
    found = told(tmp_path, KernelClock(is_synced=False, offset_ns=0, max_error_ns=16 * 10**9))
    assert (found.offset_ms, found.max_error_ms) == (None, None)


def test_the_zone(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/localtime").symlink_to("/usr/share/zoneinfo/Europe/Vienna")
    assert told(tmp_path).zone == "Europe/Vienna"
    (tmp_path / "etc/timezone").write_text("Europe/Berlin\n", encoding="ascii")
    assert told(tmp_path).zone == "Europe/Berlin"
    assert told(tmp_path, TZ=":Asia/Kolkata").zone == "Asia/Kolkata"


@pytest.mark.parametrize(
    ("text", "expected"), [("5.25 3.00", 5.25), ("", None), ("-1 2", None), ("nan", None)]
)
def test_up_time(text: str, expected: float | None) -> None:
    assert up_s(text) == expected


@given(st.text())
def test_whatever_the_file_says(text: str) -> None:
    found = up_s(text)
    assert found is None or found >= 0


def test_the_kernel_of_this_machine() -> None:
    kernel = kernel_clock()
    assert kernel is None or (abs(kernel.offset_ns) < NS_PER_S and kernel.max_error_ns >= 0)
