"""Tokens: for programs, which cannot log in."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Final

from edged.access.role import Role
from edged.access.secret import digest, new_token
from edged.clock import Clock, wait_for
from edged.errors import RefusedError, StoreUnavailable
from edged.model import NS_PER_S
from edged.publish.payload import time_text
from edged.store.access_db import AccessDb, TokenRow

MOST: Final = 100
LONGEST_DAYS: Final = 366
_DAY_S: Final = 86400
_NOTED_S: Final = 60.0
"""So often at most it is noted that a token was used."""
_LOOKED_S: Final = 3600.0
"""So often at least it is looked at the time, which may be set."""


class Tokens:
    """All of them, in memory as in the file.

    Args:
        db: the file.
        clock: whose wall time decides when one expires.
    """

    def __init__(self, db: AccessDb, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._tokens: dict[str, TokenRow] = {}
        self._noted_ns: dict[int, int] = {}
        self._fewer = asyncio.Event()

    async def load(self) -> None:
        """Read the file.

        Raises:
            StoreUnavailable: it cannot be read now.
            StoreCorrupt: it is damaged.
        """
        self._tokens = {row.digest: row for row in await self._db.tokens()}

    @property
    def rows(self) -> list[TokenRow]:
        """All, by number."""
        return sorted(self._tokens.values(), key=lambda row: row.id)

    async def make(self, name: str, scope: Role, owner: str, days: int) -> tuple[TokenRow, str]:
        """Make one; return it and its secret, which is kept nowhere.

        Raises:
            RefusedError: there are too many.
            StoreUnavailable: it cannot be kept.
        """
        if len(self._tokens) >= MOST:
            raise RefusedError(
                f"There are {MOST} tokens: revoke one that is not needed any more.", field="name"
            )
        secret = new_token()
        now_ns = self._clock.utc_ns()
        expires_ns = now_ns + days * _DAY_S * NS_PER_S
        row = TokenRow(
            id=0,
            digest=digest(secret),
            name=name,
            scope=scope,
            owner=owner,
            created=time_text(now_ns),
            expires=time_text(expires_ns),
            expires_s=expires_ns / NS_PER_S,
        )
        row = replace(row, id=await self._db.add_token(row))
        self._tokens[row.digest] = row
        return row, secret

    async def used(self, secret: str) -> TokenRow | None:
        """Return the token of a secret, and note that it is used; None where it has expired or never was.

        Where the clock says a time before the token was made, it is wrong, and nobody knows whether the token
        has expired: it is not taken then.
        """
        row = self._tokens.get(digest(secret))
        now_ns = self._clock.utc_ns()
        if row is None or not row.created <= time_text(now_ns) or now_ns / NS_PER_S >= row.expires_s:
            return None
        mono_ns = self._clock.mono_ns()
        if mono_ns >= self._noted_ns.get(row.id, mono_ns):
            self._noted_ns[row.id] = mono_ns + round(_NOTED_S * NS_PER_S)
            row = self._tokens[row.digest] = replace(row, last_used=time_text(now_ns))
            with suppress(StoreUnavailable):
                await self._db.use_token(row.id, row.last_used or "")
        return row

    async def revoke(self, number: int) -> TokenRow:
        """Forget one; return it.

        Raises:
            LookupError: there is none of that number.
            StoreUnavailable: it cannot be kept.
        """
        row = self.row(number)
        await self._db.remove_token(number)
        del self._tokens[row.digest]
        self._tell()
        return row

    def row(self, number: int) -> TokenRow:
        """Return one.

        Raises:
            LookupError: there is none of that number.
        """
        for row in self._tokens.values():
            if row.id == number:
                return row
        raise LookupError(f"there is no token {number}")

    def forget_those_of(self, owner: str) -> None:
        """Forget those of an account that is gone from the file, and they with it."""
        self._tokens = {key: row for key, row in self._tokens.items() if row.owner != owner}
        self._tell()

    async def over(self, number: int) -> None:
        """Wait until a token has expired, or is revoked."""
        while row := next((row for row in self._tokens.values() if row.id == number), None):
            left_s = row.expires_s - self._clock.utc_ns() / NS_PER_S
            if left_s <= 0:
                return
            await wait_for(self._fewer, self._clock, min(left_s, _LOOKED_S))

    def _tell(self) -> None:
        """Wake who waits for one to be over."""
        self._fewer.set()
        self._fewer = asyncio.Event()
