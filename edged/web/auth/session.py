"""The way in: who am I, the claim, log in, log out."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request, Response
from pydantic import Field

from edged.access.caller import Caller
from edged.access.gate import Gate
from edged.access.password import LONGEST
from edged.access.role import Permission, Role
from edged.access.secret import forgery_token
from edged.ops.document import Document
from edged.web import problem
from edged.web.auth.entrance import COOKIE, address_of, session_secret
from edged.web.auth.errors import REFUSED, THROTTLED, of_gate
from edged.web.auth.permission import TheCaller, TheGate, TheNote, the_caller

router = APIRouter(tags=["access"])

_Name = Annotated[str, Field(max_length=64, description="Of the account.")]
_Password = Annotated[
    str, Field(max_length=LONGEST, description="At least 10 characters where a new one is chosen.")
]
WRONG: Final[dict[int | str, dict[str, Any]]] = {
    HTTPStatus.UNAUTHORIZED: problem.described("Name or password are wrong; which, nobody learns.")
}
NOT_THE_CODE: Final[dict[int | str, dict[str, Any]]] = {
    HTTPStatus.FORBIDDEN: problem.described("This is not the code.")
}


class UserDocument(Document):
    """Who asks."""

    name: str
    role: Role
    permissions: list[Permission]


class SessionDocument(Document):
    """How it stands between the node and who asks."""

    claimed: bool = Field(
        description="Whether anybody has an account. If not, the board itself asks for none."
    )
    claimable: bool = Field(description="Whether it can be claimed now.")
    user: UserDocument | None = Field(description="Who asks; null, nobody knows.")
    csrf: str = Field(
        description="To be sent as `X-Edged-CSRF` with all that changes something; empty, not needed."
    )


class ClaimBody(Document):
    """The claim."""

    code: str = Field(max_length=32, description="As `edged claim` tells it.")
    name: _Name
    password: _Password


class LogInBody(Document):
    """Who wants to come in."""

    name: _Name
    password: _Password


class PasswordBody(Document):
    """Another password."""

    old: _Password
    new: _Password


class CodeDocument(Document):
    """The code by which the board is claimed."""

    code: str = Field(description="Empty where it is claimed.")


@router.get("/session", summary="Who am I?")
async def get_session(request: Request) -> SessionDocument:
    """Return who asks, and whether he has to log in."""
    gate = request.app.state.gate
    caller = the_caller(request)
    csrf = forgery_token(session_secret(request.headers)) if caller.way == "session" else ""
    is_claimed = gate.is_claimed if isinstance(gate, Gate) else gate is not None
    is_claimable = isinstance(gate, Gate) and not gate.is_claimed
    return _document(caller, csrf, is_claimed=is_claimed, is_claimable=is_claimable)


@router.post(
    "/claim",
    status_code=HTTPStatus.CREATED,
    summary="Claim the board",
    responses=REFUSED | THROTTLED | NOT_THE_CODE,
)
async def claim(
    body: ClaimBody, gate: TheGate, note: TheNote, request: Request, response: Response
) -> SessionDocument:
    """Make the first account, of an admin, and log in."""
    if gate.is_claimed:
        raise problem.Told(HTTPStatus.CONFLICT, "This board is claimed already. Log in.")
    note.target, note.after = body.name, f"role {Role.ADMIN}"
    with of_gate():
        secret = await gate.claim(body.code, body.name, body.password, address_of(request.scope))
    note.who = body.name
    return await _welcome(gate, secret, request, response)


@router.get("/claim", summary="The code", responses=NOT_THE_CODE)
async def get_code(gate: TheGate, caller: TheCaller) -> CodeDocument:
    """Return the code by which the board is claimed; over its own socket only."""
    if caller.way != "socket":
        detail = "The code is told on the board only: sudo edged claim"
        raise problem.Told(HTTPStatus.FORBIDDEN, detail)
    return CodeDocument(code=gate.claim_code())


@router.post(
    "/session", status_code=HTTPStatus.CREATED, summary="Log in", responses=REFUSED | THROTTLED | WRONG
)
async def log_in(
    body: LogInBody, gate: TheGate, note: TheNote, request: Request, response: Response
) -> SessionDocument:
    """Begin a session; its cookie comes with the answer."""
    # What is no account's name may be a password that was typed into the wrong field.
    note.target = body.name if body.name in gate.accounts else ""
    with of_gate(HTTPStatus.UNAUTHORIZED):
        secret = await gate.log_in(body.name, body.password, address_of(request.scope))
    note.who = body.name
    return await _welcome(gate, secret, request, response)


@router.delete("/session", status_code=HTTPStatus.NO_CONTENT, summary="Log out", responses=REFUSED)
async def log_out(gate: TheGate, caller: TheCaller, response: Response) -> None:
    """End this session; does nothing where there is none."""
    with of_gate():
        await gate.sessions.end(caller.session)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")


@router.delete(
    "/sessions", status_code=HTTPStatus.NO_CONTENT, summary="Log out everywhere", responses=REFUSED
)
async def log_out_everywhere(gate: TheGate, caller: TheCaller, response: Response) -> None:
    """End all sessions of who asks."""
    _demand_account(caller)
    with of_gate():
        await gate.end_sessions(caller.name)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")


@router.put(
    "/session/password",
    status_code=HTTPStatus.NO_CONTENT,
    summary="Another password",
    responses=REFUSED | THROTTLED,
)
async def change_password(body: PasswordBody, gate: TheGate, caller: TheCaller) -> None:
    """Change the password of who asks; his other sessions end."""
    _demand_account(caller)
    with of_gate():
        await gate.change_own_password(caller, body.old, body.new)


async def _welcome(gate: Gate, secret: str, request: Request, response: Response) -> SessionDocument:
    caller = await gate.by_session(secret, address_of(request.scope))
    if caller is None:  # an admin has removed the account meanwhile, or logged it out
        raise problem.Told(HTTPStatus.CONFLICT, "Your session was ended as it began. Log in again.")
    response.set_cookie(
        COOKIE, secret, path="/", httponly=True, samesite="strict", secure=request.url.scheme == "https"
    )
    return _document(caller, forgery_token(secret), is_claimed=True, is_claimable=False)


def _document(caller: Caller, csrf: str, *, is_claimed: bool, is_claimable: bool) -> SessionDocument:
    user = None
    if caller.role is not None:
        user = UserDocument(name=caller.name, role=caller.role, permissions=list(caller.role.permissions))
    return SessionDocument(claimed=is_claimed, claimable=is_claimable, user=user, csrf=csrf)


def _demand_account(caller: Caller) -> None:
    if caller.way != "session":
        detail = "This is for who has logged in: a token, and the board's socket, have no sessions."
        raise problem.Told(HTTPStatus.CONFLICT, detail)
