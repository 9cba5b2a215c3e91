"""What time it is here, who says so, and how far it may be off."""

import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from edged.adjtimex import KernelClock, kernel_clock
from edged.clock import Clock, ClockQuality
from edged.model import NS_PER_MS, NS_PER_S
from edged.ops.doctor.kernel import text
from edged.ops.network import chrony
from edged.ops.network.chrony import Tracking
from edged.ops.network.status import TimeStatus
from edged.publish.payload import time_text

_TIMESYNC: Final = Path("run/systemd/timesync/synchronized")
_ZONE: Final = Path("etc/localtime")
_ZONES: Final = "zoneinfo/"


def time_status(
    clock: Clock,
    root: Path = Path("/"),
    *,
    ask_kernel: Callable[[], KernelClock | None] = kernel_clock,
    ask_chrony: Callable[[], Tracking | None] = chrony.ask,
    environment: Mapping[str, str] = os.environ,
) -> TimeStatus:
    """Look; blocks a third of a second at most, where chronyd does not answer.

    Args:
        clock: the node's.
        root: the board's file system.
        ask_kernel: returns what the kernel says.
        ask_chrony: returns what chronyd says.
        environment: may name a time zone.
    """
    utc_ns, kernel, tracking = clock.utc_ns(), ask_kernel(), ask_chrony()
    now_s = utc_ns / NS_PER_S
    touched_s = _modified_s(root / _TIMESYNC)
    set_s = tracking.set_s if tracking and tracking.is_synced else touched_s
    offset_ms = kernel.offset_ns / NS_PER_MS if kernel and kernel.is_synced else None
    if tracking and tracking.is_synced:
        offset_ms = tracking.offset_s * 1000
    zone, zone_min = _zone(now_s, root, environment)
    return TimeStatus(
        utc=time_text(utc_ns),
        synced=clock.quality() is ClockQuality.SYNCED,
        program="chrony" if tracking else "systemd-timesyncd" if touched_s is not None else "",
        server=tracking.server if tracking else "",
        stratum=tracking.stratum if tracking and tracking.is_synced else None,
        offset_ms=None if offset_ms is None else round(offset_ms, 3),
        max_error_ms=round(kernel.max_error_ns / NS_PER_MS, 1) if kernel and kernel.is_synced else None,
        set_s=None if set_s is None or set_s > now_s else round(now_s - set_s, 1),
        zone=zone,
        zone_min=zone_min,
        boot=clock.boot,
        up_s=up_s(text(root / "proc/uptime")),
    )


def up_s(uptime: str) -> float | None:
    """Return the first number of ``/proc/uptime``; None where there is none."""
    try:
        seconds = float(uptime.split(maxsplit=1)[0])
    except (ValueError, IndexError):
        return None
    return seconds if 0 <= seconds < float("inf") else None


def _modified_s(file: Path) -> float | None:
    try:
        return file.stat().st_mtime
    except OSError:
        return None


def _zone(now_s: float, root: Path, environment: Mapping[str, str]) -> tuple[str, int]:
    """Return the name of the time zone, and what it is ahead of UTC, minutes."""
    ahead_min = round(time.localtime(now_s).tm_gmtoff / 60)
    named = environment.get("TZ", "").removeprefix(":") or text(root / "etc/timezone")
    if not named:
        try:
            target = str((root / _ZONE).readlink())
        except OSError:
            target = ""
        named = target.partition(_ZONES)[2]
    return named[:64], ahead_min
