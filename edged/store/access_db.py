"""The file of accounts, sessions, tokens and the audit log: SQLite, readable by the service alone."""

import asyncio
import json
import os
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, Self

import aiosqlite

from edged.durable import settle
from edged.errors import StoreCorrupt
from edged.store.database import translated

WHAT: Final = "the file of accounts"
MODE: Final = 0o600
_VERSION: Final = 1
_SCHEMA: Final = f"""
BEGIN;
CREATE TABLE account (
    name TEXT PRIMARY KEY, role TEXT NOT NULL, password TEXT NOT NULL, created TEXT NOT NULL,
    last_login TEXT
) STRICT;
CREATE TABLE session (
    digest TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES account ON DELETE CASCADE
) STRICT;
CREATE TABLE token (
    id INTEGER PRIMARY KEY AUTOINCREMENT, digest TEXT NOT NULL UNIQUE, name TEXT NOT NULL,
    scope TEXT NOT NULL, owner TEXT NOT NULL, created TEXT NOT NULL, expires TEXT NOT NULL,
    expires_s REAL NOT NULL, last_used TEXT
) STRICT;
CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, who TEXT NOT NULL, role TEXT NOT NULL,
    address TEXT NOT NULL, what TEXT NOT NULL, target TEXT NOT NULL, before TEXT NOT NULL,
    after TEXT NOT NULL, outcome TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER audit_is_not_shortened BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'append-only'); END;
PRAGMA user_version = {_VERSION};
COMMIT;
"""


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account.

    Attributes:
        name: of the account.
        role: see ``edged.access.role.Role``.
        password: what is kept of it.
        created: RFC 3339 UTC, as the board's clock was then.
        last_login: the same; None before the first.
    """

    name: str
    role: str
    password: str
    created: str
    last_login: str | None = None


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token for programs.

    Attributes:
        id: its number, 0 before it is kept.
        digest: what is kept of its secret.
        name: what it is for.
        scope: a role.
        owner: the account that made it.
        created: RFC 3339 UTC.
        expires: the same.
        expires_s: the same, s since 1970.
        last_used: RFC 3339 UTC; None before the first time.
    """

    id: int
    digest: str
    name: str
    scope: str
    owner: str
    created: str
    expires: str
    expires_s: float
    last_used: str | None = None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An entry of the audit log.

    Attributes:
        id: counts from 1; 0 before it is kept.
        at: RFC 3339 UTC, as the board's clock was then.
        who: account, account/token, or one of ``edged.access.role``'s for who has none.
        role: what he might do; empty, nothing.
        address: where he was, an IP address; empty over the socket.
        what: the request: method and path.
        target: what it was about: the name of an account, a source, a version.
        before: what held before, without secrets.
        after: what holds then, without secrets.
        outcome: ``done``, ``failed`` or ``refused``, with the HTTP status.
    """

    id: int
    at: str
    who: str
    role: str
    address: str
    what: str
    target: str
    before: str
    after: str
    outcome: str


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which entries are wanted.

    Attributes:
        before: only older ones than this id; 0, the newest too.
        limit: most.
        who: only of this one; empty, of all.
        what: only those whose request or target contains this; empty, all.
    """

    before: int = 0
    limit: int = 100
    who: str = ""
    what: str = ""


class AccessDb:
    """The open file. Make one with ``open``."""

    def __init__(self, path: Path, db: aiosqlite.Connection) -> None:
        self._path = path
        self._db = db

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open or make the file.

        Raises:
            StoreUnavailable: it cannot be opened or written now.
            StoreCorrupt: it is damaged, or of a newer version.
        """
        with translated(path, WHAT):
            await asyncio.to_thread(_make, path)
            db = await aiosqlite.connect(path, isolation_level=None)
        try:
            with translated(path, WHAT):
                await db.execute("PRAGMA synchronous = FULL")
                await db.execute("PRAGMA foreign_keys = ON")
                await db.execute("PRAGMA secure_delete = ON")
                version = (await _all(db, "PRAGMA user_version"))[0][0]
                if version > _VERSION:
                    raise StoreCorrupt("accounts are those of a newer version of edged", where=str(path))
                if version < _VERSION:
                    raise StoreCorrupt("the file of accounts is damaged: it is another one", where=str(path))
                if await _all(db, "PRAGMA quick_check(1)") != [("ok",)]:
                    raise StoreCorrupt("the file of accounts is damaged", where=str(path))
        except BaseException:
            await db.close()
            raise
        return cls(path, db)

    async def close(self) -> None:
        """Close it."""
        await self._db.close()

    async def accounts(self) -> list[AccountRow]:
        """Return all accounts, by name."""
        return [AccountRow(*row) for row in await self._read("SELECT * FROM account ORDER BY name")]

    async def put_account(self, account: AccountRow) -> None:
        """Keep an account, new or changed."""
        await self._write(
            "INSERT INTO account VALUES (?, ?, ?, ?, ?)"
            " ON CONFLICT (name) DO UPDATE SET role = excluded.role,"
            " password = excluded.password, last_login = excluded.last_login",
            (account.name, account.role, account.password, account.created, account.last_login),
        )

    async def remove_account(self, name: str) -> None:
        """Forget an account, its sessions and its tokens."""
        await self._write("DELETE FROM token WHERE owner = ?", (name,))
        await self._write("DELETE FROM account WHERE name = ?", (name,))

    async def sessions(self) -> list[tuple[str, str]]:
        """Return the sessions that are not ended: digest and account."""
        return [(row[0], row[1]) for row in await self._read("SELECT digest, account FROM session")]

    async def put_session(self, digest: str, account: str) -> None:
        """Keep a session."""
        await self._write("INSERT INTO session VALUES (?, ?)", (digest, account))

    async def remove_session(self, digest: str) -> None:
        """Forget a session."""
        await self._write("DELETE FROM session WHERE digest = ?", (digest,))

    async def tokens(self) -> list[TokenRow]:
        """Return all tokens, by number."""
        return [TokenRow(*row) for row in await self._read("SELECT * FROM token ORDER BY id")]

    async def add_token(self, token: TokenRow) -> int:
        """Keep a new token; return its number."""
        return await self._write(
            "INSERT INTO token (digest, name, scope, owner, created, expires, expires_s)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                token.digest,
                token.name,
                token.scope,
                token.owner,
                token.created,
                token.expires,
                token.expires_s,
            ),
        )

    async def use_token(self, number: int, at: str) -> None:
        """Note when a token was used last."""
        await self._write("UPDATE token SET last_used = ? WHERE id = ?", (at, number))

    async def remove_token(self, number: int) -> None:
        """Forget a token."""
        await self._write("DELETE FROM token WHERE id = ?", (number,))

    async def audit(self, row: AuditRow) -> None:
        """Append an entry."""
        await self._write(
            "INSERT INTO audit (at, who, role, address, what, target, before, after, outcome)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                row.at,
                row.who,
                row.role,
                row.address,
                row.what,
                row.target,
                row.before,
                row.after,
                row.outcome,
            ),
        )

    async def entries(self, query: AuditQuery) -> list[AuditRow]:
        """Return entries of the audit log, newest first."""
        rows = await self._read(
            "SELECT * FROM audit WHERE (:before = 0 OR id < :before)"
            " AND (:who = '' OR who = :who) AND (:what = '' OR instr(what || ' ' || target, :what))"
            " ORDER BY id DESC LIMIT :limit",
            {"before": query.before, "limit": query.limit, "who": query.who, "what": query.what},
        )
        return [AuditRow(*row) for row in rows]

    async def _read(
        self, statement: str, values: Mapping[str, object] | tuple[object, ...] = ()
    ) -> list[Any]:
        with translated(self._path, WHAT):
            return await _all(self._db, statement, values)

    async def _write(self, statement: str, values: tuple[object, ...]) -> int:
        with translated(self._path, WHAT):
            cursor = await self._db.execute(statement, values)
            number = cursor.lastrowid or 0
            await cursor.close()
        return number


def as_json_line(row: AuditRow) -> str:
    """Return an entry as a line of the export."""
    return json.dumps({each.name: getattr(row, each.name) for each in fields(row)}, ensure_ascii=False) + "\n"


def _make(path: Path) -> None:
    """Make the file where there is none, for nobody else to read: it is there as a whole, or not at all.

    Raises:
        StoreCorrupt: it is empty. SQLite would take it for new, and a claimed board for one that is not.
    """
    if path.exists():  # on a disk, perhaps, that is read-only now
        if path.stat().st_size == 0:
            raise StoreCorrupt(f"{WHAT} is damaged: it is empty", where=str(path))
        return
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    os.close(os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, MODE))
    with closing(sqlite3.connect(fresh, isolation_level=None)) as db:
        db.executescript(_SCHEMA)  # synchronous is FULL unless it is set
    fresh.rename(path)
    settle(path.parent)


async def _all(
    db: aiosqlite.Connection, statement: str, values: Mapping[str, object] | tuple[object, ...] = ()
) -> list[Any]:
    async with db.execute(statement, values) as cursor:
        return list(await cursor.fetchall())
