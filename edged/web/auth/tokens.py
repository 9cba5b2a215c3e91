"""Tokens for programs: everybody makes his own, and admins see all."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter
from fastapi import Path as InPath
from pydantic import Field

from edged.access.caller import Caller
from edged.access.role import Permission, Role
from edged.access.tokens import LONGEST_DAYS
from edged.ops.document import Document
from edged.store.access_db import TokenRow
from edged.web import problem
from edged.web.auth.errors import NOT_FOUND, REFUSED, of_gate
from edged.web.auth.permission import TheCaller, TheGate, TheNote, requires

router = APIRouter(prefix="/tokens", tags=["access"], dependencies=requires(Permission.SEE))

_Number = Annotated[int, InPath(ge=1, le=10**9)]


class TokenDocument(Document):
    """A token, without its secret."""

    id: int = Field(ge=1)
    name: str
    scope: Role = Field(description="What it may do; never more than its owner may.")
    owner: str
    created: str = Field(description="RFC 3339 UTC, as the board's clock was then.")
    expires: str = Field(description="The same.")
    last_used: str | None = Field(description="The same, within a minute; null before the first time.")


class NewToken(Document):
    """A token to be made."""

    name: str = Field(min_length=1, max_length=40, pattern=r"^[^\x00-\x1f]+$", description="What it is for.")
    scope: Role
    days: int = Field(ge=1, le=LONGEST_DAYS, description="So long it is good.")


class MadeToken(TokenDocument):
    """A token that has been made."""

    secret: str = Field(description="Told this once. Send it as `Authorization: Bearer ...`.")


@router.get("", summary="Tokens")
async def get_tokens(gate: TheGate, caller: TheCaller) -> list[TokenDocument]:
    """Return those of who asks; all for an admin."""
    return [_document(row) for row in gate.tokens.rows if _is_his(row, caller)]


@router.post("", status_code=HTTPStatus.CREATED, summary="A new one", responses=REFUSED)
async def make(body: NewToken, gate: TheGate, caller: TheCaller, note: TheNote) -> MadeToken:
    """Make a token; nobody can do more with it than who makes it."""
    note.target, note.after = body.name, f"scope {body.scope}, {body.days} days"
    if caller.way != "session":
        detail = "Tokens are made by who has logged in: they belong to an account."
        raise problem.Told(HTTPStatus.CONFLICT, detail)
    if caller.role is None or not caller.role.contains(body.scope):
        mistake = problem.Mistake(pointer="/scope", detail=f"You are {caller.role} yourself.")
        raise problem.Told(HTTPStatus.UNPROCESSABLE_ENTITY, "A token may do no more than you may.", [mistake])
    with of_gate():
        row, secret = await gate.tokens.make(body.name, body.scope, caller.name, body.days)
    return MadeToken(**_document(row).model_dump(), secret=secret)


@router.delete(
    "/{number}", status_code=HTTPStatus.NO_CONTENT, summary="Revoke one", responses=REFUSED | NOT_FOUND
)
async def revoke(number: _Number, gate: TheGate, caller: TheCaller, note: TheNote) -> None:
    """Make a token good for nothing; one's own, or as an admin anybody's."""
    with of_gate():
        row = gate.tokens.row(number)
        if not _is_his(row, caller):
            raise problem.Told(HTTPStatus.NOT_FOUND, f"There is no token {number}.")
        note.target, note.before = row.name, f"scope {row.scope}, owner {row.owner}"
        await gate.tokens.revoke(number)


def _is_his(row: TokenRow, caller: Caller) -> bool:
    return row.owner == caller.name or caller.may(Permission.ADMINISTER)


def _document(row: TokenRow) -> TokenDocument:
    return TokenDocument(
        id=row.id,
        name=row.name,
        scope=Role(row.scope),
        owner=row.owner,
        created=row.created,
        expires=row.expires,
        last_used=row.last_used,
    )
