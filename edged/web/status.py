"""The status document."""

from fastapi import APIRouter

from edged.ops.status import Status
from edged.web.view import View

router = APIRouter(tags=["status"])


@router.get("/status", summary="Everything at a glance")
async def get_status(view: View) -> Status:
    """Return the node, its broker, journal, sources and subjects as of now."""
    return view.status()
