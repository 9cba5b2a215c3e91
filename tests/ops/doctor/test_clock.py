"""A clock that is wrong, or that nobody sets."""

import os
from pathlib import Path

import pytest

from edged.clock import ClockQuality
from edged.model import NS_PER_S
from tests.ops.doctor.bodies import UTC_2026, looked, manual, patient, write

YEAR_1970 = 3600 * NS_PER_S
YEAR_2106 = (2**32 + 1) * NS_PER_S


async def test_a_clock_that_is_well(tmp_path: Path) -> None:
    write(tmp_path / "sys/class/rtc/rtc0/name", "rtc-ds3231")
    clock, sync = await looked("clock", patient(tmp_path, manual()))
    assert (clock.title, clock.level, clock.facts) == (
        "Clock",
        "ok",
        {"utc": "2026-05-28 20:26:40 UTC", "battery_backed": True},
    )
    assert (sync.title, sync.level, sync.what) == ("Time sync", "ok", "a time server sets the clock")


@pytest.mark.parametrize(("utc_ns", "year"), [(YEAR_1970, 1970), (YEAR_2106, 2106)])
async def test_an_impossible_year(tmp_path: Path, utc_ns: int, year: int) -> None:
    clock, _ = await looked("clock", patient(tmp_path, manual(utc_ns)))
    assert clock.level == "problem"
    assert clock.what == f"it cannot be {year}: times are wrong, and TLS takes no certificate"
    assert clock.mend == "Connect the board to a time server, or `sudo date -s` sets it by hand."
    assert clock.facts["battery_backed"] is False


async def test_a_clock_that_has_gone_back(tmp_path: Path) -> None:
    file = write(tmp_path / "etc/edged.toml", "")
    journal = write(tmp_path / "state/edged.db", "")
    now_s = UTC_2026 // NS_PER_S
    os.utime(file, (now_s, now_s))
    os.utime(journal, (now_s + 3599, now_s + 3599))
    node = patient(tmp_path, manual(), file=file)
    assert (await looked("clock", node))[0].level == "ok"
    os.utime(journal, (now_s + 3601, now_s + 3601))
    clock, _ = await looked("clock", node)
    assert (clock.level, clock.where) == ("problem", str(journal))
    assert clock.what == "it has gone back: edged.db was written later than it shows"
    assert clock.mend.endswith("A board without a battery-backed clock needs that at each start.")


async def test_nobody_sets_it(tmp_path: Path) -> None:
    write(tmp_path / "proc/1/comm", "systemd")
    (tmp_path / "proc/self").mkdir()
    clock = manual(quality=ClockQuality.UNSYNCED)
    _, sync = await looked("clock", patient(tmp_path, clock))
    assert (sync.level, sync.what) == ("warning", "no time server sets the clock")
    assert sync.mend.startswith("`sudo timedatectl set-ntp true` starts that")


@pytest.mark.parametrize(
    ("program", "asked"),
    [
        ("systemd-timesyn", "`timedatectl timesync-status` shows them"),
        ("chronyd", "`chronyc sources` shows them"),
        ("ntpd", "`ntpq -p` shows them"),
    ],
)
async def test_who_sets_it_reaches_nobody(tmp_path: Path, program: str, asked: str) -> None:
    write(tmp_path / "proc/1/comm", "systemd")
    write(tmp_path / "proc/312/comm", program)
    clock = manual(quality=ClockQuality.UNSYNCED)
    _, sync = await looked("clock", patient(tmp_path, clock))
    assert (sync.level, sync.what) == ("warning", "no time server has set the clock yet")
    assert sync.mend.startswith(f"{program} runs, but reaches none: {asked}. Look at the network")
