"""A configuration that somebody is writing: edited, and looked over for all that is wrong with it."""

from typing import Any

from fastapi import APIRouter
from pydantic import Field

from edged.config.toml import said
from edged.ops.document import Document
from edged.web import problem
from edged.web.auth.permission import TheNote
from edged.web.configuration import (
    ANSWERS,
    LONGEST,
    EditBody,
    PlanDocument,
    edits_of,
    planned_document,
)
from edged.web.view import TheControl

router = APIRouter(prefix="/configuration", tags=["configuration"])


class DraftBody(Document):
    """A text, and what is to be changed in it."""

    text: str = Field(max_length=LONGEST, description="TOML; `(kept)` stands for a secret as it is now.")
    edits: list[EditBody] = Field([], max_length=200, description="Made to it in order; its comments stay.")
    base: str | None = Field(
        None,
        max_length=LONGEST,
        description="The text from which it began, where others have changed that since: what they changed "
        "is taken over first, but where the draft has changed the same lines.",
    )


class DraftDocument(Document):
    """What there is to say of it."""

    text: str = Field(description="With the edits made.")
    said: dict[str, Any] | None = Field(
        description="What it says, without defaults and unchecked; null where it is not TOML."
    )
    errors: list[problem.Mistake] = Field(description="All that is wrong with it, each at its place.")
    difference: str = Field(description="Unified diff from what holds, without secrets.")
    plan: PlanDocument | None = Field(description="What it would change; null where it is wrong.")
    etag: str = Field(description="Of the configuration that holds now.")


@router.post("/draft", summary="Edit and check a text", responses=ANSWERS)
async def draft(control: TheControl, body: DraftBody, note: TheNote) -> DraftDocument:
    """Return the text with the edits made, also where it is wrong, and what is; nothing is changed."""
    note.is_read = True
    with problem.of_configuration():
        made = control.draft(body.text, edits_of(body.edits), body.base)
    return DraftDocument(
        text=made.text,
        said=said(made.text),
        errors=[problem.mistake_of(error) for error in made.mistakes],
        difference=made.difference,
        plan=None if made.plan is None else planned_document(made.plan, control),
        etag=control.configuration().etag,
    )
