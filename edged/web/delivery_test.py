"""Tries the way to the broker."""

from http import HTTPStatus
from math import ceil
from typing import Any, Final, Literal

from fastapi import APIRouter
from pydantic import Field

from edged.errors import BrokerRefused, BrokerUnreachable, NotAcknowledged, RefusedError
from edged.ops.document import Document
from edged.publish.probe import TooSoonError
from edged.web import problem
from edged.web.auth.permission import TheCaller
from edged.web.desk import TheDelivery

router = APIRouter(prefix="/delivery", tags=["delivery"])

_ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    HTTPStatus.CONFLICT: problem.described(
        "The broker did not take the message, as where it does not allow the topic; or none is configured."
    ),
    HTTPStatus.TOO_MANY_REQUESTS: problem.described(
        "The last test was less than a second ago, or is not over; ``Retry-After`` says how long to wait."
    ),
    HTTPStatus.SERVICE_UNAVAILABLE: problem.described("The node is not connected to the broker, and why."),
    HTTPStatus.GATEWAY_TIMEOUT: problem.described("The broker did not acknowledge within 5 s."),
}


class ReceiptDocument(Document):
    """The broker has acknowledged a test message."""

    topic: str = Field(description="That it was published to; nobody has to listen there.")
    n: int = Field(ge=1, description="As in its payload.")
    round_trip_ms: float = Field(ge=0, description="From handing it over to the acknowledgement.")
    protocol: Literal["5.0", "3.1.1"] = Field(
        description="MQTT in use: a broker of 3.1.1 acknowledges also what it does not allow."
    )


@router.post("/test", summary="Publish a test message", responses=_ANSWERS)
async def test(delivery: TheDelivery, caller: TheCaller) -> ReceiptDocument:
    """Publish at QoS 1, over the uplink's own connection, and answer once the broker has acknowledged."""
    try:
        receipt = await delivery.test(caller.name)
    except TooSoonError as error:
        headers = {"Retry-After": str(ceil(error.wait_s))}
        raise problem.Told(HTTPStatus.TOO_MANY_REQUESTS, error.what, headers=headers) from error
    except NotAcknowledged as error:
        raise problem.Told(HTTPStatus.GATEWAY_TIMEOUT, problem.sentence(error)) from error
    except BrokerUnreachable as error:
        raise problem.Told(HTTPStatus.SERVICE_UNAVAILABLE, problem.sentence(error)) from error
    except BrokerRefused as error:
        raise problem.Told(HTTPStatus.CONFLICT, problem.sentence(error)) from error
    except RefusedError as error:
        raise problem.Told(HTTPStatus.CONFLICT, error.what) from error
    return ReceiptDocument(
        topic=receipt.topic,
        n=receipt.number,
        round_trip_ms=round(receipt.round_trip_ms, 2),
        protocol="5.0" if receipt.version == "5" else "3.1.1",
    )
