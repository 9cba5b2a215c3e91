"""The disk behind a folder, as the kernel tells of it: its space, its errors, its wear."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edged.ops.doctor.kernel import number, text

_MAX_WEAR: Final = 11
_STEP_PCT: Final = 10


@dataclass(frozen=True, slots=True)
class Disk:
    """A file system, and what it is on.

    Attributes:
        device: such as ``mmcblk0p2``; empty where the kernel tells none, such as of a network share.
        free_mb: that a user may fill.
        size_mb: of all.
        free_inodes: how many files may still be made; None where they are not counted.
        read_only: whether nothing can be written.
        errors: that the file system has noted since it was last checked (ext4).
        wear_pct: how much of its life an eMMC has used up, in steps of ten and rounded up; 110 is beyond
            its end; None where it does not tell, as cards do not.
        spare: what an eMMC says of its spare blocks: ``normal``, ``low``, ``urgent``; else empty.
    """

    device: str
    free_mb: float
    size_mb: float
    free_inodes: int | None
    read_only: bool
    errors: int
    wear_pct: int | None
    spare: str


def disk_of(folder: Path, sys: Path) -> Disk:
    """Return the disk that a folder is on.

    Raises:
        OSError: there is no such folder, or the disk does not answer.
    """
    space = os.statvfs(folder)
    place = _place(folder, sys)
    device = place.name if place else ""
    whole = place.parent if place and (place / "partition").exists() else place
    emmc = whole / "device" if whole else Path()
    return Disk(
        device,
        space.f_bavail * space.f_frsize / 1e6,
        space.f_blocks * space.f_frsize / 1e6,
        space.f_favail if space.f_files else None,
        bool(space.f_flag & os.ST_RDONLY),
        number(sys / "fs/ext4" / device / "errors_count") or 0 if device else 0,
        _wear_pct(emmc) if whole else None,
        _SPARE.get(text(emmc / "pre_eol_info"), "") if whole else "",
    )


_SPARE: Final = {"0x01": "normal", "0x02": "low", "0x03": "urgent"}
"""JEDEC JESD84-B51, PRE_EOL_INFO: urgent once 90 % of the spare blocks are used up."""


def _place(folder: Path, sys: Path) -> Path | None:
    """Return the folder of sysfs that stands for the partition, or the disk."""
    number_of = folder.stat().st_dev
    link = sys / "dev/block" / f"{os.major(number_of)}:{os.minor(number_of)}"
    return link.resolve() if link.exists() else None


def _wear_pct(emmc: Path) -> int | None:
    """Return the worse of an eMMC's two estimates (JEDEC JESD84-B51, DEVICE_LIFE_TIME_EST)."""
    steps = [int(part, 16) for part in text(emmc / "life_time").split() if part.startswith("0x")]
    known = [step for step in steps if 1 <= step <= _MAX_WEAR]
    return max(known) * _STEP_PCT if known else None
