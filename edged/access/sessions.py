"""The sessions: who has logged in, and has not been idle for too long."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

from edged.access.secret import digest, new_secret
from edged.clock import Clock, wait_for
from edged.errors import StoreUnavailable
from edged.model import NS_PER_S
from edged.ops.instruments import AccessStats
from edged.store.access_db import AccessDb


@dataclass(slots=True)
class Session:
    """One session.

    Attributes:
        key: the digest of its secret.
        account: whose.
        seen_ns: when it was used last, monotonic.
        over: set when it ends.
    """

    key: str
    account: str
    seen_ns: int
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Sessions:
    """All of them. They outlive the daemon, so that a restart logs nobody out; being idle counts anew then.

    Args:
        db: the file.
        clock: whose monotonic time counts.
        stats: where open ones are counted.

    Attributes:
        idle_s: so long a session may go unused, s.
    """

    def __init__(self, db: AccessDb, clock: Clock, stats: AccessStats) -> None:
        self.idle_s = 1800.0
        self._db = db
        self._clock = clock
        self._stats = stats
        self._sessions: dict[str, Session] = {}

    async def load(self) -> None:
        """Read the file.

        Raises:
            StoreUnavailable: it cannot be read now.
            StoreCorrupt: it is damaged.
        """
        now_ns = self._clock.mono_ns()
        self._sessions = {key: Session(key, account, now_ns) for key, account in await self._db.sessions()}
        self._stats.sessions = len(self._sessions)

    def of(self, account: str) -> list[str]:
        """Return the keys of an account's sessions that are not over."""
        return [
            each.key for each in self._sessions.values() if each.account == account and self._left_s(each) > 0
        ]

    async def begin(self, account: str) -> str:
        """Begin one; return its secret. Where it cannot be kept it lasts until the daemon starts anew."""
        with suppress(StoreUnavailable):
            await self.end(*(each.key for each in self._sessions.values() if self._left_s(each) <= 0))
        secret = new_secret()
        with suppress(StoreUnavailable):
            await self._db.put_session(digest(secret), account)
        self._sessions[digest(secret)] = Session(digest(secret), account, self._clock.mono_ns())
        self._stats.sessions = len(self._sessions)
        return secret

    async def used(self, secret: str) -> Session | None:
        """Return the session of a secret, and note that it is used; None where it is over or never was."""
        session = self._sessions.get(digest(secret))
        if session is None:
            return None
        if self._left_s(session) <= 0:
            with suppress(StoreUnavailable):
                await self.end(session.key)
            return None
        session.seen_ns = self._clock.mono_ns()
        return session

    async def end(self, *keys: str) -> None:
        """End sessions: who holds one open is told.

        Raises:
            StoreUnavailable: it cannot be kept: they are over, but would be open again after a new start.
        """
        ended = [session for key in keys if (session := self._sessions.pop(key, None))]
        self._stats.sessions = len(self._sessions)
        for session in ended:
            session.over.set()
        for session in ended:
            await self._db.remove_session(session.key)

    async def over(self, key: str) -> None:
        """Wait until a session is over."""
        while (session := self._sessions.get(key)) is not None:
            left_s = self._left_s(session)
            if left_s <= 0:
                with suppress(StoreUnavailable):
                    await self.end(key)
                return
            await wait_for(session.over, self._clock, left_s)

    def _left_s(self, session: Session) -> float:
        return self.idle_s - (self._clock.mono_ns() - session.seen_ns) / NS_PER_S
