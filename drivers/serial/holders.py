"""Which other programs have a port open, as far as ``/proc`` tells: root sees all, others their own."""

import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")


def holders(devices: Collection[str], proc: Path = _PROC) -> dict[str, list[str]]:
    """Return device node to programs, such as ``ModemManager (412)``; this process is left out."""
    found: dict[str, list[str]] = {}
    for process in proc.iterdir():
        if not process.name.isdigit() or int(process.name) == os.getpid():
            continue
        for device in set(_open_files(process)) & set(devices):
            found.setdefault(device, []).append(f"{_name(process)} ({process.name})")
    return {device: sorted(names) for device, names in found.items()}


def _open_files(process: Path) -> Iterator[str]:
    try:
        files = list((process / "fd").iterdir())
    except OSError:  # another user's, or ended meanwhile
        return
    for file in files:
        try:
            yield str(file.readlink())
        except OSError:  # closed meanwhile
            continue


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return "a program"
