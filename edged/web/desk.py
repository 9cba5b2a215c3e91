"""How a route comes to who knows more than the status."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import Depends
from fastapi.requests import HTTPConnection

from edged.ops.desk import Delivery, Desk
from edged.web import problem

NOBODY: Final[dict[int | str, dict[str, Any]]] = {
    HTTPStatus.SERVICE_UNAVAILABLE: problem.described("Nobody can tell now.")
}


def _desk(connection: HTTPConnection) -> Desk:
    desk: Desk | None = connection.app.state.desk
    if desk is None:
        raise problem.Told(HTTPStatus.SERVICE_UNAVAILABLE, "This page cannot tell. Run: edged run -c FILE")
    return desk


def _delivery(connection: HTTPConnection) -> Delivery:
    delivery = _desk(connection).delivery
    if delivery is None:
        detail = "In safe mode nothing is delivered. Mend what the page says first."
        raise problem.Told(HTTPStatus.SERVICE_UNAVAILABLE, detail)
    return delivery


TheDesk = Annotated[Desk, Depends(_desk)]
"""As a route's parameter: who knows of network, configuration, and perhaps delivery."""

TheDelivery = Annotated[Delivery, Depends(_delivery)]
"""As a route's parameter: who knows how delivery goes."""
