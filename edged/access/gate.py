"""The gate: who comes in, and by which way."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from edged.access.accounts import Accounts
from edged.access.audit import AuditLog
from edged.access.caller import Caller
from edged.access.claim import ClaimCode
from edged.access.role import Role
from edged.access.sessions import Sessions
from edged.access.throttle import Throttle
from edged.access.tokens import Tokens
from edged.clock import Clock
from edged.errors import RefusedError, StoreUnavailable
from edged.log import log_event
from edged.messages import ACCOUNT_CHANGED, BOARD_CLAIMED, BOARD_NOT_CLAIMED, LOG_IN_REFUSED
from edged.ops.instruments import AccessStats
from edged.publish.payload import time_text
from edged.store.access_db import AccessDb

_log: Final = logging.getLogger(__name__)


class ThrottledError(RefusedError):
    """Too many failures: one has to wait.

    Args:
        wait_s: how long, s.
    """

    def __init__(self, wait_s: float) -> None:
        super().__init__(f"Too many tries that failed. Wait {max(round(wait_s), 1)} s.")
        self.wait_s = wait_s


class Gate:
    """Lets in who belongs. Make one with ``open``.

    Attributes:
        accounts: who may log in.
        sessions: who has.
        tokens: of programs.
        audit: who changed what.
        stats: counts since the start.
    """

    def __init__(self, db: AccessDb, clock: Clock, stats: AccessStats) -> None:
        self.stats = stats
        self.accounts = Accounts(db)
        self.sessions = Sessions(db, clock, self.stats)
        self.tokens = Tokens(db, clock)
        self.audit = AuditLog(db, clock)
        self._db = db
        self._clock = clock
        self._throttle = Throttle(clock)
        self._code = ClaimCode(clock)
        # Who guesses many passwords at once waits, and nobody comes in by an account that is being changed.
        self._turn = asyncio.Lock()
        self._claimed = asyncio.Event()

    @classmethod
    async def open(cls, path: Path, clock: Clock, stats: AccessStats) -> Self:
        """Open or make the file of accounts.

        Raises:
            StoreUnavailable: it cannot be opened now.
            StoreCorrupt: it is damaged, or of a newer version.
        """
        db = await AccessDb.open(path)
        try:
            gate = cls(db, clock, stats)
            await gate.accounts.load()
            await gate.sessions.load()
            await gate.tokens.load()
        except BaseException:
            await db.close()
            raise
        if gate.is_claimed:
            gate._claimed.set()
        else:
            log_event(_log, BOARD_NOT_CLAIMED, code=gate.claim_code())
        return gate

    async def close(self) -> None:
        """Close the file."""
        await self._db.close()

    @property
    def is_claimed(self) -> bool:
        """Whether anybody has an account."""
        return bool(self.accounts)

    def claim_code(self) -> str:
        """Return the code by which the board is claimed now; empty where it is claimed."""
        return "" if self.is_claimed else self._code.code

    async def claim(self, code: str, name: str, password: str, address: str) -> str:
        """Make the first account, that of an admin; return the secret of its session.

        Raises:
            RefusedError: the code is wrong, the board is claimed, or name or password cannot be taken.
            ThrottledError: too many tries.
            StoreUnavailable: it cannot be kept.
        """
        async with self._turn:
            if self.is_claimed:
                raise RefusedError("This board is claimed already. Log in.")
            self._demand_patience(address)
            if not self._code.is_right(code):
                self._throttle.failed(address)
                self.stats.log_ins["refused"] += 1
                raise RefusedError(
                    "This is not the code. `sudo edged claim` on the board tells it.", field="code"
                )
            await self.accounts.add(name, Role.ADMIN, password, self.now())
            self._claimed.set()
            self._code.renew()
            log_event(_log, BOARD_CLAIMED, account=name, address=address)
        return await self._welcome(name, address)

    async def log_in(self, name: str, password: str, address: str) -> str:
        """Begin a session; return its secret.

        Raises:
            RefusedError: name or password are wrong; nobody learns which.
            ThrottledError: too many tries.
            StoreUnavailable: it cannot be kept.
        """
        async with self._turn:
            self._demand_patience(f"account {name}", address)
            if not await self.accounts.is_password(name, password):
                self._throttle.failed(f"account {name}", address)
                self.stats.log_ins["refused"] += 1
                log_event(_log, LOG_IN_REFUSED, address=address)
                raise RefusedError("Name or password are wrong.", field="password")
            return await self._welcome(name, address)

    async def change_own_password(self, caller: Caller, old: str, new: str) -> None:
        """Give the caller another password; his other sessions end.

        Raises:
            RefusedError: the old one is wrong, or the new one is too easily guessed.
            ThrottledError: too many tries.
            StoreUnavailable: it cannot be kept.
        """
        async with self._turn:
            self._demand_patience(f"account {caller.name}", caller.address)
            if not await self.accounts.is_password(caller.name, old):
                self._throttle.failed(f"account {caller.name}", caller.address)
                raise RefusedError("This is not your password.", field="old")
            try:
                await self.accounts.change(caller.name, password=new)
            except RefusedError as refused:
                raise RefusedError(refused.what, field="new") from refused
            await self.end_sessions(caller.name, but=caller.session)
        log_event(_log, ACCOUNT_CHANGED, account=caller.name, by=caller.name, what="password")

    async def add_account(self, name: str, role: Role, password: str, *, by: str) -> None:
        """Make an account.

        Raises:
            RefusedError: the name is taken or no name, or the password is too easily guessed.
            StoreUnavailable: it cannot be kept.
        """
        async with self._turn:
            if not self.is_claimed and role is not Role.ADMIN:
                raise RefusedError("The first account is that of an admin.", field="role")
            await self.accounts.add(name, role, password, self.now())
            self._claimed.set()
        log_event(_log, ACCOUNT_CHANGED, account=name, by=by, what="added")

    async def change_account(
        self, name: str, *, role: Role | None = None, password: str | None = None, by: str
    ) -> None:
        """Give an account another role, or another password; its sessions end.

        Raises:
            LookupError: there is none of that name.
            RefusedError: nobody would be left who may administer, or the password is too easily guessed.
            StoreUnavailable: it cannot be kept.
        """
        async with self._turn:
            await self.accounts.change(name, role=role, password=password)
            await self.end_sessions(name)
        log_event(_log, ACCOUNT_CHANGED, account=name, by=by, what="changed")

    async def remove_account(self, name: str, *, by: str) -> None:
        """Remove an account, its sessions and its tokens.

        Raises:
            LookupError: there is none of that name.
            RefusedError: nobody would be left who may administer.
            StoreUnavailable: it cannot be kept.
        """
        async with self._turn:
            await self.accounts.remove(name)
            await self.end_sessions(name)
            self.tokens.forget_those_of(name)
        log_event(_log, ACCOUNT_CHANGED, account=name, by=by, what="removed")

    async def end_sessions(self, name: str, *, but: str = "") -> int:
        """End the sessions of an account, all or all but one; return how many there were.

        Raises:
            StoreUnavailable: it cannot be kept.
        """
        keys = [key for key in self.sessions.of(name) if key != but]
        await self.sessions.end(*keys)
        return len(keys)

    async def by_session(self, secret: str, address: str) -> Caller | None:
        """Return who has a session; None where it is over."""
        session = await self.sessions.used(secret)
        role = self.accounts.role(session.account) if session else None
        if session is None or role is None:
            return None
        return Caller(session.account, role, "session", address, session.key)

    async def by_token(self, secret: str, address: str) -> Caller | None:
        """Return whose token it is; None where it is none, or has expired."""
        row = await self.tokens.used(secret)
        owner = self.accounts.role(row.owner) if row else None
        if row is None or owner is None:
            return None
        scope = Role(row.scope)
        role = scope if owner.contains(scope) else owner
        return Caller(f"{row.owner}/{row.name}", role, "token", address, token=row.id)

    async def gone(self, caller: Caller) -> None:
        """Wait until somebody who was let in would not be any more: for ever over the board's socket."""
        if caller.way == "session":
            await self.sessions.over(caller.session)
        elif caller.way == "token":
            await self.tokens.over(caller.token)
        elif caller.way == "loopback":
            await self._claimed.wait()
        else:
            await asyncio.get_running_loop().create_future()

    def now(self) -> str:
        """Return the board's time, RFC 3339 UTC."""
        return time_text(self._clock.utc_ns())

    async def _welcome(self, name: str, address: str) -> str:
        self._throttle.succeeded(f"account {name}", address)
        with suppress(StoreUnavailable):  # a full disk keeps nobody from mending it
            await self.accounts.logged_in(name, self.now())
        self.stats.log_ins["done"] += 1
        return await self.sessions.begin(name)

    def _demand_patience(self, *keys: str) -> None:
        if wait_s := self._throttle.wait_s(*keys):
            self.stats.log_ins["throttled"] += 1
            raise ThrottledError(wait_s)


@dataclass(frozen=True, slots=True)
class Locked:
    """A gate that cannot be opened: nobody comes in but over the board's own socket.

    Attributes:
        reason: why, and the mend.
    """

    reason: str
