"""The accounts, as admins see them."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as InPath
from pydantic import Field

from edged.access.accounts import NAME_PATTERN, NAME_RULE
from edged.access.gate import Gate
from edged.access.password import LONGEST, SHORTEST
from edged.access.role import Permission, Role
from edged.ops.document import Document
from edged.store.access_db import AccountRow
from edged.web.auth.errors import NOT_FOUND, REFUSED, of_gate
from edged.web.auth.permission import TheCaller, TheGate, TheNote, requires

router = APIRouter(prefix="/accounts", tags=["access"], dependencies=requires(Permission.ADMINISTER))

_InPath = Annotated[str, InPath(max_length=64)]
_Password = Annotated[str, Field(max_length=LONGEST, description=f"At least {SHORTEST} characters.")]


class AccountDocument(Document):
    """An account."""

    name: str
    role: Role
    created: str = Field(description="RFC 3339 UTC, as the board's clock was then.")
    last_login: str | None = Field(description="The same; null before the first.")
    sessions: int = Field(ge=0, description="That are open now.")


class NewAccount(Document):
    """An account to be made."""

    # Held to by the gate, which says the rule in words.
    name: str = Field(max_length=64, json_schema_extra={"pattern": NAME_PATTERN}, description=NAME_RULE)
    role: Role
    password: _Password


class AccountChange(Document):
    """What is to become of an account; what is left out stays."""

    role: Role | None = None
    password: _Password | None = None


@router.get("", summary="All accounts")
async def get_accounts(gate: TheGate) -> list[AccountDocument]:
    """Return all, by name."""
    return [_document(gate, row) for row in gate.accounts.rows]


@router.post("", status_code=HTTPStatus.CREATED, summary="A new one", responses=REFUSED)
async def add(body: NewAccount, gate: TheGate, caller: TheCaller, note: TheNote) -> AccountDocument:
    """Make an account."""
    note.target, note.after = body.name, f"role {body.role}"
    with of_gate():
        await gate.add_account(body.name, body.role, body.password, by=caller.name)
    return _document(gate, next(row for row in gate.accounts.rows if row.name == body.name))


@router.patch("/{name}", summary="Another role or password", responses=REFUSED | NOT_FOUND)
async def change(
    name: _InPath, body: AccountChange, gate: TheGate, caller: TheCaller, note: TheNote
) -> AccountDocument:
    """Change an account; its sessions end."""
    note.target = name
    note.before = f"role {gate.accounts.role(name)}" if name in gate.accounts else ""
    note.after = ", ".join(
        [*([f"role {body.role}"] if body.role else []), *(["another password"] if body.password else [])]
    )
    with of_gate():
        await gate.change_account(name, role=body.role, password=body.password, by=caller.name)
    return _document(gate, next(row for row in gate.accounts.rows if row.name == name))


@router.delete(
    "/{name}", status_code=HTTPStatus.NO_CONTENT, summary="Remove one", responses=REFUSED | NOT_FOUND
)
async def remove(name: _InPath, gate: TheGate, caller: TheCaller, note: TheNote) -> None:
    """Remove an account, its sessions and its tokens."""
    note.target = name
    note.before = f"role {gate.accounts.role(name)}" if name in gate.accounts else ""
    with of_gate(HTTPStatus.CONFLICT):
        await gate.remove_account(name, by=caller.name)


@router.delete(
    "/{name}/sessions", status_code=HTTPStatus.NO_CONTENT, summary="Log somebody out", responses=REFUSED
)
async def log_out(name: _InPath, gate: TheGate, note: TheNote) -> None:
    """End all sessions of an account; does nothing where there are none."""
    note.target = name
    with of_gate():
        await gate.end_sessions(name)


def _document(gate: Gate, row: AccountRow) -> AccountDocument:
    return AccountDocument(
        name=row.name,
        role=Role(row.role),
        created=row.created,
        last_login=row.last_login,
        sessions=len(gate.sessions.of(row.name)),
    )
