"""Keeps the journal within its cap: what was delivered makes room first, oldest first.

The cap holds for file and WAL together. ``max_page_count`` bounds the file hard; deleting begins well
below that, so that there is always room to delete. A ballast file beside the journal is given up when
the disk itself is full: its space takes the WAL, whose pages the file may not have grown for yet. From
then on, until there is space for a ballast again, the file grows no more and oldest records make room.
"""

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import aiosqlite

from edged.store.database import PAGE_BYTES

_WAL_PAGES: Final = 1000
_BEGIN_AT: Final = 0.9
_DOWN_TO: Final = 0.85
_SLICE: Final = 100
_AT_MOST: Final = 10_000
"""Records removed in one transaction; more go with the next, so that commits never wait long."""


@dataclass(frozen=True, slots=True)
class Removed:
    """What had to go although it was not delivered.

    Attributes:
        first: the lowest id that is missing; a range may repeat an earlier one's ids, whose ``gap``
            event may itself have had to go.
        last: the highest.
        records: how many went this time.
    """

    first: int
    last: int
    records: int


def size_bytes(path: Path) -> int:
    """Return what file and WAL take on the disk."""
    parts = (path, path.with_name(path.name + "-wal"))
    return sum(part.stat().st_size for part in parts if part.exists())


def wal_pages(cap_bytes: int) -> int:
    """Return to how many pages the WAL may grow before it is folded into the file."""
    return min(_WAL_PAGES, cap_bytes // 8 // PAGE_BYTES)


def max_pages(cap_bytes: int) -> int:
    """Return how many pages the file may have, so that with its WAL it stays under the cap.

    The WAL is folded once a commit has brought it to its limit; that commit, and one that had to wait
    for a reader, come on top.
    """
    return cap_bytes // PAGE_BYTES - 3 * wal_pages(cap_bytes)


def max_group_bytes(cap_bytes: int) -> int:
    """Return how much may be committed at once, so that the WAL stays within its limits."""
    return wal_pages(cap_bytes) * PAGE_BYTES // 2


def ballast_bytes(cap_bytes: int) -> int:
    """Return how much space is kept to be given up: what folding the WAL may need, and a commit more."""
    return wal_pages(cap_bytes) * PAGE_BYTES * 3 // 2


def spare_pages(path: Path, cap_bytes: int) -> int:
    """Return by how many pages the file may grow on a disk that has no space for a ballast."""
    spare = shutil.disk_usage(path.parent).free - wal_pages(cap_bytes) * PAGE_BYTES
    return max(spare // 2 // PAGE_BYTES, 0)


async def set_wal_limit(db: aiosqlite.Connection, cap_bytes: int) -> None:
    """Have the WAL folded into the file when it has grown to its limit."""
    await db.execute(f"PRAGMA wal_autocheckpoint = {wal_pages(cap_bytes)}")
    await db.execute(f"PRAGMA journal_size_limit = {wal_pages(cap_bytes) * PAGE_BYTES}")


async def set_limit(db: aiosqlite.Connection, pages: int) -> None:
    """Bound the file."""
    await db.execute(f"PRAGMA max_page_count = {pages}")


async def page_count(db: aiosqlite.Connection) -> int:
    """Return how many pages the file has, free ones included."""
    ((pages,),) = await db.execute_fetchall("PRAGMA page_count")
    return int(pages)


def has_ballast(path: Path) -> bool:
    """Return whether there is space that can be given up."""
    return _ballast(path).exists()


def lay_ballast(path: Path, size_bytes: int) -> bool:
    """Take some disk space that can be given up later, where it is free twice; return whether it is."""
    ballast = _ballast(path)
    try:
        if shutil.disk_usage(path.parent).free < 2 * size_bytes:
            return False
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, size_bytes)
    except OSError:
        drop_ballast(path)
        return False
    return True


def drop_ballast(path: Path) -> None:
    """Give the ballast's space up: the disk is full."""
    with suppress(OSError):  # then there is nothing to give up
        _ballast(path).unlink(missing_ok=True)


async def is_crowded(db: aiosqlite.Connection, limit_pages: int) -> bool:
    """Return whether it is time to make room."""
    return await _used_pages(db) > _BEGIN_AT * limit_pages


async def remove_oldest(
    db: aiosqlite.Connection, limit_pages: int, delivered: int, *, at_least: int = 0
) -> Removed | None:
    """Delete oldest records within the caller's transaction, until there is room again.

    Args:
        db: the file, a transaction begun.
        limit_pages: bound of the file.
        delivered: the id up to which every uplink has everything.
        at_least: how many records to delete whatever room there is.

    Returns:
        The ids that went although they were not delivered; None where none had to.
    """
    removed = forced = upto = 0
    enough = _DOWN_TO * limit_pages
    while removed < at_least or (removed < _AT_MOST and await _used_pages(db) > enough):
        sql = "SELECT min(id), max(id), count(*) FROM (SELECT id FROM record ORDER BY id LIMIT ?)"
        ((first, last, n),) = await db.execute_fetchall(sql, (_SLICE,))
        if not n:
            break
        if first <= delivered < last:
            last, n = delivered, delivered - first + 1
        await db.execute("DELETE FROM record WHERE id <= ?", (last,))
        removed += n
        if first > delivered:
            forced += n
            upto = last
    return Removed(delivered + 1, upto, forced) if forced else None


async def _used_pages(db: aiosqlite.Connection) -> int:
    ((free,),) = await db.execute_fetchall("PRAGMA freelist_count")
    return await page_count(db) - int(free)


def _ballast(path: Path) -> Path:
    return path.with_name(path.name + ".ballast")
