"""What a route demands of who asks."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends
from fastapi.params import Depends as Dependency
from fastapi.requests import HTTPConnection

from edged.access.audit import Note
from edged.access.caller import Caller
from edged.access.gate import Gate
from edged.access.role import Permission
from edged.web import problem


class Requires:
    """A route's dependency: only who has a permission comes through.

    ``APIRouter(dependencies=[Depends(Requires(Permission.SEE))])`` is all that a router needs.

    Args:
        permission: that is required.
    """

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    def __call__(self, connection: HTTPConnection) -> None:
        """Let the request through, or end it.

        Raises:
            Told: 403, he may not.
        """
        caller = the_caller(connection)
        if not caller.may(self.permission):
            if isinstance(gate := connection.app.state.gate, Gate):
                gate.stats.refusals["role"] += 1
            role = caller.role or "nobody"
            detail = (
                f"As {role} you may not do this: it takes the permission to {self.permission}. Ask an admin."
            )
            raise problem.Told(HTTPStatus.FORBIDDEN, detail)


def requires(permission: Permission) -> list[Dependency]:
    """Return the dependencies of a router, or of a route, that demands a permission."""
    return [Dependency(Requires(permission))]


def the_caller(connection: HTTPConnection) -> Caller:
    """Return who asks, as the guard has found."""
    caller: Caller = connection.state.caller
    return caller


def the_gate(connection: HTTPConnection) -> Gate:
    """Return the gate.

    Raises:
        Told: 503, there are no accounts here.
    """
    gate = connection.app.state.gate
    if not isinstance(gate, Gate):
        detail = gate.reason if gate else "This node keeps no accounts. Start it with: edged run -c FILE"
        raise problem.Told(HTTPStatus.SERVICE_UNAVAILABLE, detail)
    return gate


def the_note(connection: HTTPConnection) -> Note:
    """Return what the audit log will say of this request."""
    note: Note = connection.state.note
    return note


TheCaller = Annotated[Caller, Depends(the_caller)]
"""As a route's parameter: who asks."""

TheGate = Annotated[Gate, Depends(the_gate)]
"""As a route's parameter: accounts, sessions, tokens."""

TheNote = Annotated[Note, Depends(the_note)]
"""As a route's parameter: what the audit log is to say."""
