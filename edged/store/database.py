"""Opens the journal's SQLite file: settings, schema, integrity check, and setting a damaged file aside."""

import asyncio
import fcntl
import re
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Final
from urllib.parse import quote

import aiosqlite

from edged.errors import StoreCorrupt, StoreUnavailable

PAGE_BYTES: Final = 1024
"""Small pages: a commit of a few hundred bytes rewrites two thirds less than with 4 KiB pages."""
_DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CONSTRAINT})
"""A constraint that fails is damage too: every id is given once."""
_NO_SPACE: Final = frozenset({sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE})
"""The shared memory beside the WAL takes space too; for want of it SQLite reports an I/O error."""
_MAX_VERSION: Final = 9999
_TABLES: Final = frozenset({"meta", "boot", "clock_step", "stream", "record", "cursor"})


async def open_database(path: Path, *, check: bool) -> aiosqlite.Connection:
    """Open the file for writing, made and brought up to date where needed; the caller closes it.

    With ``check`` the file is read through, unless it was closed in order the last time.

    Raises:
        StoreUnavailable: it cannot be opened or written now.
        StoreCorrupt: it is damaged, or of a newer version.
    """
    with translated(path):
        size = _size_bytes(path)
        if size == 0:  # SQLite would take it for new, and drop its WAL
            raise StoreCorrupt("the journal is damaged: the file is empty", where=str(path))
        db = await aiosqlite.connect(path, isolation_level=None)
    try:
        with translated(path):
            await db.execute(f"PRAGMA page_size = {PAGE_BYTES}")
            await _one(db, "PRAGMA journal_mode = WAL")
            await db.execute("PRAGMA synchronous = FULL")
            await db.execute("PRAGMA cache_size = -1024")
            await _migrate(db, path)
            if check and await _one(db, "SELECT value FROM meta WHERE key = 'clean'") != "1":
                found = await _one(db, "PRAGMA quick_check(1)")
                if found != "ok":
                    raise StoreCorrupt(f"the journal is damaged: {found}", where=str(path))
            await db.execute("UPDATE meta SET value = '0' WHERE key = 'clean'")
    except BaseException:
        await db.close()
        if size is None and _size_bytes(path) == 0:  # the next try would take it for a damaged one
            await asyncio.to_thread(path.unlink)
        raise
    return db


async def open_reader(path: Path) -> aiosqlite.Connection:
    """Open the file once more, for reading beside the writer; the caller closes it.

    Raises:
        StoreUnavailable: it cannot be opened now.
    """
    uri = f"file:{quote(str(path))}?mode=ro"
    with translated(path):
        db = await aiosqlite.connect(uri, uri=True, isolation_level=None)
    try:
        with translated(path):
            await db.execute("PRAGMA cache_size = -512")
    except BaseException:
        await db.close()
        raise
    return db


async def close_in_order(db: aiosqlite.Connection, path: Path) -> None:
    """Mark the file as closed in order, fold the WAL in, and close.

    Raises:
        StoreUnavailable: the mark could not be written; the file is closed all the same.
    """
    try:
        with translated(path):
            await db.execute("UPDATE meta SET value = '1' WHERE key = 'clean'")
            await _one(db, "PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        await db.close()


def quarantine(path: Path) -> Path:
    """Set a damaged file and what belongs to it aside, under a free name beside it; return that.

    Raises:
        StoreUnavailable: it cannot be renamed.
    """
    n = 1
    while (aside := path.with_name(f"{path.name}.corrupt-{n}")).exists():
        n += 1
    with translated(path):
        for suffix in ("-wal", "-shm", ""):
            part = path.with_name(path.name + suffix)
            if part.exists():
                part.rename(aside.with_name(aside.name + suffix))
    return aside


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the journal against another edged, which would give the same ids again.

    Raises:
        StoreUnavailable: another one holds it, or its folder cannot be written.
    """
    with translated(path), path.with_name(path.name + ".lock").open("ab") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreUnavailable(
                "another edged uses this journal",
                where=str(path),
                mend="Stop it, or set another journal.path.",
            ) from error
        yield


@contextmanager
def translated(path: Path, what: str = "the journal") -> Iterator[None]:
    """Turn SQLite's and the system's errors into ours, of what the file is.

    Raises:
        StoreUnavailable: it may work later: disk full, I/O error, no permission, locked.
        StoreCorrupt: the file is damaged.
    """
    try:
        yield
    except sqlite3.Error as error:
        extended = getattr(error, "sqlite_errorcode", 0)
        code = sqlite3.SQLITE_FULL if extended in _NO_SPACE else extended & 0xFF
        undecodable = not code and isinstance(error, sqlite3.OperationalError)  # Python's own: not UTF-8
        if code in _DAMAGE or undecodable:
            raise StoreCorrupt(f"{what} is damaged: {error}", where=str(path)) from error
        mend = {
            sqlite3.SQLITE_FULL: "Free some space on the disk, or lower journal.max_size_mb.",
            sqlite3.SQLITE_CANTOPEN: "Check journal.path: the folder must exist and be writable.",
            sqlite3.SQLITE_READONLY: "Check journal.path: file and folder must be writable.",
            sqlite3.SQLITE_BUSY: "Another edged uses this journal: stop it, or set another journal.path.",
        }.get(code, "Look into the kernel's log (dmesg) for errors of the disk.")
        raise StoreUnavailable(
            f"{what} cannot be used: {error}",
            where=str(path),
            mend=mend,
            full=code == sqlite3.SQLITE_FULL,
        ) from error
    except OSError as error:
        raise StoreUnavailable(
            f"{what} cannot be used: {error.strerror}",
            where=str(path),
            mend="Check journal.path: the folder must exist and be writable.",
        ) from error


def _schemas() -> list[tuple[int, str]]:
    found = [
        (int(match[1]), file.read_text(encoding="utf-8"))
        for file in (files("edged.store") / "schema").iterdir()
        if (match := re.fullmatch(r"(\d{4})\.sql", file.name))
    ]
    return sorted(found)


def _size_bytes(path: Path) -> int | None:
    return path.stat().st_size if path.exists() else None


async def _migrate(db: aiosqlite.Connection, path: Path) -> None:
    version = int(str(await _one(db, "PRAGMA user_version")))
    schemas = _schemas()
    if not 0 <= version <= _MAX_VERSION:
        raise StoreCorrupt(f"the journal is damaged: it has schema {version}", where=str(path))
    if version > schemas[-1][0]:
        raise StoreUnavailable(
            f"the journal has schema {version}, this software knows up to {schemas[-1][0]}",
            where=str(path),
            mend="Install the newer edged again, or set another journal.path.",
        )
    tables = {str(name) for (name,) in await db.execute_fetchall("SELECT name FROM sqlite_schema")}
    if version == 0 and tables:
        raise StoreUnavailable(
            "this is another program's database", where=str(path), mend="Set another journal.path."
        )
    if version and not tables >= _TABLES:
        missing = ", ".join(sorted(_TABLES - tables))
        raise StoreCorrupt(f"the journal is damaged: it has no {missing}", where=str(path))
    for number, script in schemas:
        if number > version:
            await db.executescript(f"BEGIN IMMEDIATE;\n{script}\nPRAGMA user_version = {number};\nCOMMIT;")
    await db.execute(
        "INSERT OR IGNORE INTO meta VALUES ('epoch', ?), ('clean', '1')", (uuid.uuid4().hex[:16],)
    )


async def _one(db: aiosqlite.Connection, sql: str) -> object:
    async with db.execute(sql) as cursor:
        row = await cursor.fetchone()
    return row[0] if row else None
