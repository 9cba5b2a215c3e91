"""Which other programs have a port open, as far as ``/proc`` tells: root sees all, others their own."""

import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_PSEUDO_TERMINALS: Final = range(136, 144)
"""Major numbers (admin-guide/devices.txt of Linux); each instance of devpts counts the minor ones anew."""


def holders(devices: Collection[str], proc: Path = _PROC) -> dict[str, list[str]]:
    """Return device node to programs, such as ``ModemManager (412)``; this process is left out.

    In a container another device may have the same name: one is told from the other by its number.
    """
    found: dict[str, list[str]] = {}
    for process in proc.iterdir():
        if not process.name.isdigit() or int(process.name) == os.getpid():
            continue
        held = {
            name for file, name in _open_files(process) if name in devices and not _is_another(file, name)
        }
        for device in held:
            found.setdefault(device, []).append(f"{_name(process)} ({process.name})")
    return {device: sorted(names) for device, names in found.items()}


def _is_another(file: Path, device: str) -> bool:
    """Say whether an open file is known to be another device than the one of its name here."""
    try:
        theirs, ours = file.stat(), Path(device).stat()
    except OSError:  # closed meanwhile, or the node is gone: the name is all that is known
        return False
    is_numbered_anew = os.major(ours.st_rdev) in _PSEUDO_TERMINALS
    return theirs.st_rdev != ours.st_rdev or (is_numbered_anew and theirs.st_dev != ours.st_dev)


def _open_files(process: Path) -> Iterator[tuple[Path, str]]:
    """Yield the files that a process has open: where they can be looked at, and their names."""
    try:
        files = list((process / "fd").iterdir())
    except OSError:  # another user's, or ended meanwhile
        return
    for file in files:
        try:
            yield file, str(file.readlink())
        except OSError:  # closed meanwhile
            continue


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return "a program"
