"""Is the node alive, and is it ready: for systemd, load balancers and monitoring."""

from typing import Annotated, Literal

from fastapi import APIRouter, Response, status
from pydantic import BaseModel, Field

from edged.ops.status import JournalStateName, Words
from edged.web.view import View

router = APIRouter(tags=["health"])


class Liveness(BaseModel):
    """The event loop turns."""

    alive: Literal[True] = True


class Readiness(BaseModel):
    """Whether what is received is kept."""

    ready: bool
    journal: Annotated[JournalStateName, Field(description="State of the local store.")]
    words: Annotated[Words, Field(description="The same as a person reads it, with the mend.")]


@router.get("/healthz", summary="Alive?")
async def healthz() -> Liveness:
    """Answer at all: a blocked event loop would not."""
    return Liveness()


@router.get(
    "/readyz",
    summary="Ready?",
    responses={
        status.HTTP_503_SERVICE_UNAVAILABLE: {"model": Readiness, "description": "Not ready, and why."}
    },
)
async def readyz(view: View, response: Response) -> Readiness:
    """Say whether the journal takes what is received; 503 while it does not."""
    journal = view.status().journal
    ready = journal.state == "ready"
    if not ready:
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    return Readiness(ready=ready, journal=journal.state, words=journal.words)
