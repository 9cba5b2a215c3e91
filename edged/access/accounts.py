"""The accounts: who may log in, and as what."""

import asyncio
import re
from dataclasses import replace
from typing import Final

from edged.access.password import check_password, hashed, is_password, nobodys
from edged.access.role import ANYBODY, LOCAL, PAGE, Role
from edged.errors import RefusedError
from edged.store.access_db import AccessDb, AccountRow

NAME_PATTERN: Final = r"^[a-z0-9][a-z0-9._-]{0,31}$"
NAME_RULE: Final = "1 to 32 of a-z, 0-9, '.', '-' and '_', a letter or digit first"
_RESERVED: Final = frozenset({ANYBODY, LOCAL, PAGE})


class Accounts:
    """All of them, in memory as in the file. Whoever changes them, or tries a password, waits for his turn.

    Args:
        db: the file.
    """

    def __init__(self, db: AccessDb) -> None:
        self._db = db
        self._accounts: dict[str, AccountRow] = {}
        self._nobodys = ""

    async def load(self) -> None:
        """Read the file.

        Raises:
            StoreUnavailable: it cannot be read now.
            StoreCorrupt: it is damaged.
        """
        self._accounts = {row.name: row for row in await self._db.accounts()}

    def __contains__(self, name: str) -> bool:
        return name in self._accounts

    def __bool__(self) -> bool:
        return bool(self._accounts)

    @property
    def rows(self) -> list[AccountRow]:
        """All, by name."""
        return [self._accounts[name] for name in sorted(self._accounts)]

    def role(self, name: str) -> Role | None:
        """Return the role of an account; None where there is none."""
        account = self._accounts.get(name)
        return Role(account.role) if account else None

    async def add(self, name: str, role: Role, password: str, at: str) -> None:
        """Add an account.

        Raises:
            RefusedError: the name is taken or no name, or the password is too easily guessed.
            StoreUnavailable: it cannot be kept.
        """
        if not re.fullmatch(NAME_PATTERN, name) or name in _RESERVED:
            raise RefusedError(f"A name is {NAME_RULE}; not {', '.join(sorted(_RESERVED))}.", field="name")
        if name in self._accounts:
            raise RefusedError("This name is taken.", field="name")
        check_password(password, name)
        await self._put(AccountRow(name, role, await asyncio.to_thread(hashed, password), at))

    async def change(self, name: str, *, role: Role | None = None, password: str | None = None) -> None:
        """Give an account another role, or another password.

        Raises:
            LookupError: there is none of that name.
            RefusedError: nobody would be left who may administer, or the password is too easily guessed.
            StoreUnavailable: it cannot be kept.
        """
        account = self._account(name)
        if role is not None and role is not Role.ADMIN:
            self._demand_another_admin(name)
        if role is not None:
            account = replace(account, role=role)
        if password is not None:
            check_password(password, name)
            account = replace(account, password=await asyncio.to_thread(hashed, password))
        await self._put(account)

    async def remove(self, name: str) -> None:
        """Remove an account.

        Raises:
            LookupError: there is none of that name.
            RefusedError: nobody would be left who may administer.
            StoreUnavailable: it cannot be kept.
        """
        self._account(name)
        self._demand_another_admin(name)
        await self._db.remove_account(name)
        self._accounts.pop(name, None)

    async def is_password(self, name: str, password: str) -> bool:
        """Say whether this is the password of an account; takes as long for a name that nobody has."""
        account = self._accounts.get(name)
        self._nobodys = self._nobodys or await asyncio.to_thread(nobodys)  # the first time, whoever it is
        kept = account.password if account else self._nobodys
        return await asyncio.to_thread(is_password, password, kept) and account is not None

    async def logged_in(self, name: str, at: str) -> None:
        """Note when an account was used.

        Raises:
            StoreUnavailable: it cannot be kept.
        """
        await self._put(replace(self._account(name), last_login=at))

    async def _put(self, account: AccountRow) -> None:
        await self._db.put_account(account)
        self._accounts[account.name] = account

    def _account(self, name: str) -> AccountRow:
        if name not in self._accounts:
            raise LookupError(f"there is no account {name}")
        return self._accounts[name]

    def _demand_another_admin(self, name: str) -> None:
        if not any(row.role == Role.ADMIN and row.name != name for row in self._accounts.values()):
            raise RefusedError("This is the last admin: make another one first.", field="role")
