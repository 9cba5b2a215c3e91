"""The audit log, for admins to read and to take along."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from edged.access.role import Permission
from edged.store.access_db import AuditQuery
from edged.web.auth.errors import REFUSED, of_gate
from edged.web.auth.permission import TheGate, requires

router = APIRouter(prefix="/audit", tags=["access"], dependencies=requires(Permission.ADMINISTER))

_Text = Annotated[str, Query(max_length=80)]


class JsonLines(StreamingResponse):
    """A JSON object a line."""

    media_type = "application/jsonl"


class AuditEntry(BaseModel):
    """Something that was changed, or that somebody wanted to change."""

    model_config = ConfigDict(extra="forbid", frozen=True, from_attributes=True)

    id: int = Field(ge=1)
    at: str = Field(description="RFC 3339 UTC, as the board's clock was then.")
    who: str = Field(description="Account; account/token; `local` over the board's socket; `anybody`.")
    role: str = Field(description="What he might do; empty, nothing.")
    address: str = Field(description="Where he was; empty over the socket.")
    what: str = Field(description="Method and path of the request.")
    target: str = Field(description="What it was about.")
    before: str = Field(description="What held before, without secrets.")
    after: str = Field(description="What holds then, without secrets.")
    outcome: str = Field(description="`done`, `failed` or `refused`, and the HTTP status.")


class AuditPage(BaseModel):
    """Some of it."""

    entries: list[AuditEntry] = Field(description="Newest first.")
    older: bool = Field(description="Whether there are older ones: ask with `before` the last id.")


@router.get("", summary="Who changed what", responses=REFUSED)
async def get_audit(
    gate: TheGate,
    before: Annotated[int, Query(ge=0, le=2**53, description="Only older ones than this id.")] = 0,
    limit: Annotated[int, Query(ge=1, le=500, description="Most entries.")] = 100,
    who: _Text = "",
    what: _Text = "",
) -> AuditPage:
    """Return entries, newest first."""
    with of_gate():
        rows = await gate.audit.entries(AuditQuery(before, limit + 1, who, what))
    entries = [AuditEntry.model_validate(row) for row in rows[:limit]]
    return AuditPage(entries=entries, older=len(rows) > limit)


@router.get(
    "/file",
    summary="Export",
    response_class=JsonLines,
    responses={
        200: {"content": {"application/jsonl": {}}, "description": "A JSON object a line, newest first."}
    },
)
async def export(gate: TheGate) -> JsonLines:
    """Return the whole log as a file."""
    return JsonLines(
        gate.audit.lines(),
        headers={"Content-Disposition": 'attachment; filename="edged-audit.jsonl"'},
    )
