"""Reads the small files of ``/sys`` and ``/proc``."""

from pathlib import Path


def text(file: Path) -> str:
    """Return what a file says, without blanks around it; nothing where it cannot be read."""
    try:
        return file.read_text(encoding="ascii", errors="replace").strip()
    except OSError:
        return ""


def number(file: Path, base: int = 10) -> int | None:
    """Return the number in a file; None where there is none."""
    try:
        return int(text(file), base)
    except ValueError:
        return None
