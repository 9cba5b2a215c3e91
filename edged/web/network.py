"""Where the board stands in the network, and what time it has."""

from http import HTTPStatus

from fastapi import APIRouter

from edged.errors import TransientError
from edged.ops.network.status import NetworkStatus
from edged.web import problem
from edged.web.desk import NOBODY, TheDesk

router = APIRouter(tags=["network"])


@router.get("/network", summary="Network and time", responses=NOBODY)
async def get_network(desk: TheDesk) -> NetworkStatus:
    """Return interfaces, addresses, gateways, name servers, where the page answers, and the clock."""
    try:
        return await desk.network.status()
    except TransientError as error:
        raise problem.Told(HTTPStatus.SERVICE_UNAVAILABLE, problem.sentence(error)) from error
