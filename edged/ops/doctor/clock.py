"""The clock: plausible, and set by a time server."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from edged.clock import ClockQuality
from edged.model import NS_PER_S
from edged.ops.doctor.finding import Finding, problem, warning, well
from edged.ops.doctor.kernel import text
from edged.ops.doctor.patient import Patient

CHECK: Final = "clock"
_FIRST_YEAR: Final = 2026
"""This software is not older."""
_LAST_YEAR: Final = 2099
_BEHIND_S: Final = 3600
_DAEMONS: Final = {
    "chronyd": "`chronyc sources` shows them",
    "systemd-timesyn": "`timedatectl timesync-status` shows them",
    "ntpd": "`ntpq -p` shows them",
    "ntpd-rs": "`ntp-ctl status` shows them",
    "openntpd": "`ntpctl -s all` shows them",
}
"""Name of a process (the kernel keeps 15 characters) to how it is asked."""


async def check_clock(patient: Patient) -> Sequence[Finding]:
    """Compare the clock with what is known of the time, and look who sets it."""
    return await patient.threads.run(CHECK, lambda: list(_look(patient)))


def _look(patient: Patient) -> Iterator[Finding]:
    now = datetime.fromtimestamp(patient.clock.utc_ns() // NS_PER_S, UTC)
    shown = now.strftime("%Y-%m-%d %H:%M:%S UTC")
    has_rtc = any((patient.sys / "class/rtc").glob("rtc*"))
    newest = _newest(patient)
    set_it = "Connect the board to a time server, or `sudo date -s` sets it by hand."
    if not _FIRST_YEAR <= now.year <= _LAST_YEAR:
        yield problem(
            CHECK,
            "Clock",
            f"it cannot be {now.year}: times are wrong, and TLS takes no certificate",
            mend=set_it,
            utc=shown,
            battery_backed=has_rtc,
        )
    elif newest is not None and newest.stat().st_mtime > now.timestamp() + _BEHIND_S:
        yield problem(
            CHECK,
            "Clock",
            f"it has gone back: {newest.name} was written later than it shows",
            where=str(newest),
            mend=f"{set_it} A board without a battery-backed clock needs that at each start.",
            utc=shown,
            battery_backed=has_rtc,
        )
    else:
        yield well(CHECK, "Clock", "the date is plausible", utc=shown, battery_backed=has_rtc)
    yield _sync(patient)


def _sync(patient: Patient) -> Finding:
    if patient.clock.quality() is ClockQuality.SYNCED:
        return well(CHECK, "Time sync", "a time server sets the clock")
    running = next((name for name in _processes(patient.proc) if name in _DAEMONS), None)
    meanwhile = "Meanwhile nothing is lost: times are corrected once it is set."
    if running is not None:
        return warning(
            CHECK,
            "Time sync",
            "no time server has set the clock yet",
            mend=f"{running} runs, but reaches none: {_DAEMONS[running]}. "
            f"Look at the network, and whether UDP port 123 is let through. {meanwhile}",
            program=running,
        )
    return warning(
        CHECK,
        "Time sync",
        "no time server sets the clock",
        mend=f"`sudo timedatectl set-ntp true` starts that, or `sudo apt install chrony`. {meanwhile}",
    )


def _newest(patient: Patient) -> Path | None:
    """Return the file that was last written of those edged writes."""
    files = [patient.file] if patient.file else []
    if patient.known is not None:
        files.append(patient.known.journal.path)
    there = [file for file in files if file.exists()]
    return max(there, key=lambda file: file.stat().st_mtime, default=None)


def _processes(proc: Path) -> Iterator[str]:
    """Yield the names of all processes that may be seen."""
    for process in proc.glob("[0-9]*"):
        yield text(process / "comm")
