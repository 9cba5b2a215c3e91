"""How delivery to the broker goes."""

from fastapi import APIRouter

from edged.ops.delivery import DeliveryStatus
from edged.web.desk import NOBODY, TheDelivery

router = APIRouter(prefix="/delivery", tags=["delivery"])


@router.get("", summary="How delivery goes", responses=NOBODY)
async def get_delivery(delivery: TheDelivery) -> DeliveryStatus:
    """Return the uplink's state, backlog and its trend, rates of the last minute, errors, certificate."""
    return delivery.status()
