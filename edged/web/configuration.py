"""The configuration: shown without its secrets, checked as it is typed, applied while the node measures."""

from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Header, Response
from fastapi import Path as InPath
from fastapi.responses import PlainTextResponse
from pydantic import Field

from edged.access.audit import Note
from edged.config import edit
from edged.config.file import difference
from edged.config.model import Config
from edged.config.toml import parse, said
from edged.errors import ConfigError
from edged.ops.control import Control, Plan
from edged.ops.document import Document
from edged.web import problem
from edged.web.auth.permission import TheCaller, TheNote
from edged.web.view import TheControl

router = APIRouter(prefix="/configuration", tags=["configuration"])
"""Looks."""
changes = APIRouter(prefix="/configuration", tags=["configuration"])
"""Changes."""

LONGEST: Final = 256 * 1024
_NAME: Final = Path("edged.toml")
IfMatch = Annotated[
    str,
    Header(
        alias="If-Match",
        description="ETag of what was looked at: nobody overwrites what he has not seen.",
    ),
]
ANSWERS: Final[dict[int | str, dict[str, Any]]] = {
    HTTPStatus.PRECONDITION_FAILED: problem.described("Somebody else has changed it meanwhile."),
    HTTPStatus.UNPROCESSABLE_ENTITY: problem.described("It is wrong; ``errors`` says where and how."),
}


class TomlResponse(PlainTextResponse):
    """A text in TOML."""

    media_type = "application/toml"


class ConfigurationDocument(Document):
    """The configuration that holds, without its secrets."""

    text: str = Field(description="TOML; `(kept)` stands for each secret, and sent back keeps it.")
    values: dict[str, Any] = Field(
        description="The same with every default; empty in safe mode, where it is wrong."
    )
    said: dict[str, Any] | None = Field(
        description="The same without defaults and unchecked, for a form; null where it is not TOML."
    )
    etag: str = Field(description="For If-Match.")
    trial_s: float | None = Field(description="So long the last change is still watched, s; null: it is not.")
    taken_back: str = Field(description="Why the last change was taken back; empty where it was not.")


class EditBody(Document):
    """One change; an entry of an array is addressed by its name: `["source", "strap-1", "subject"]`.

    Or by its place, from 0: `["source", 0, "name"]`.
    """

    op: Literal["set", "add", "remove"]
    path: list[str | Annotated[int, Field(ge=0)]] = Field(min_length=1, max_length=8)
    value: Any = Field(None, description="For set and add; null takes a key away.")


class TextBody(Document):
    """A whole text."""

    text: str = Field(max_length=LONGEST, description="TOML.")


class EditsBody(Document):
    """Changes to the text that holds; its comments stay."""

    edits: list[EditBody] = Field(min_length=1, max_length=200)


class PlanDocument(Document):
    """What a change does."""

    text: str = Field(description="As it may be shown.")
    changes: list[str] = Field(description="A line each, without values.")
    difference: str = Field(description="Unified diff, without secrets.")
    renews: list[str] = Field(description="Sections for which every source begins anew.")
    restarts: list[str] = Field(description="Sources that begin anew; the others do not notice.")
    etag: str = Field(description="Of the configuration that holds now.")


class VersionDocument(Document):
    """One version."""

    number: int = Field(ge=1)
    at: str = Field(description="RFC 3339 UTC, by the node's clock.")
    by: str
    changes: list[str]
    etag: str


class VersionText(Document):
    """What a version says, and how what holds now differs from it."""

    text: str
    difference: str = Field(description="Unified diff from what holds to this version.")


@router.get("", summary="The configuration that holds")
async def get_configuration(control: TheControl, response: Response) -> ConfigurationDocument:
    """Return text, values and ETag."""
    now = control.configuration()
    response.headers["ETag"] = f'"{now.etag}"'
    try:
        values = _values(now.text)
    except ConfigError:  # in safe mode: the text is shown as it is, to be mended
        values = {}
    return ConfigurationDocument(
        text=now.text,
        values=values,
        said=said(now.text),
        etag=now.etag,
        trial_s=now.trial_s,
        taken_back=now.taken_back,
    )


@router.get("/file", summary="Export, without secrets", response_class=TomlResponse)
async def export(control: TheControl) -> TomlResponse:
    """Return the text as a file; sent back by PUT it keeps the secrets that there are."""
    return TomlResponse(
        control.configuration().text,
        headers={"Content-Disposition": 'attachment; filename="edged.toml"'},
    )


@router.get("/schema", summary="What it may say")
async def schema() -> dict[str, Any]:
    """Return the JSON Schema of the configuration, with help, units and ranges."""
    return Config.model_json_schema()


@changes.post("/plan", summary="Check a change", responses=ANSWERS)
async def plan(control: TheControl, body: TextBody | EditsBody, note: TheNote) -> PlanDocument:
    """Return what a text, or edits, would change; nothing is changed."""
    note.is_read = True
    with problem.of_configuration():
        planned = (
            control.plan(body.text) if isinstance(body, TextBody) else control.planned(edits_of(body.edits))
        )
    return planned_document(planned, control)


@changes.put("", summary="Apply a text", responses=ANSWERS)
async def put(
    control: TheControl, body: TextBody, if_match: IfMatch, caller: TheCaller, note: TheNote
) -> PlanDocument:
    """Save the text and go on under it; what it does not touch does not notice."""
    with problem.of_configuration():
        done = await control.apply(body.text, etag=etag_in(if_match), by=caller.name)
    return changed_document(done, control, note)


@changes.patch("", summary="Apply edits", responses=ANSWERS)
async def patch(
    control: TheControl, body: EditsBody, if_match: IfMatch, caller: TheCaller, note: TheNote
) -> PlanDocument:
    """Make the edits, save, and go on; what they do not touch does not notice."""
    with problem.of_configuration():
        done = await control.edit(edits_of(body.edits), etag=etag_in(if_match), by=caller.name)
    return changed_document(done, control, note)


@router.get("/versions", summary="Earlier versions")
async def versions(control: TheControl) -> list[VersionDocument]:
    """Return the versions that are kept, newest first."""
    return [
        VersionDocument(
            number=version.number,
            at=version.at,
            by=version.by,
            changes=list(version.changes),
            etag=version.etag,
        )
        for version in control.versions()
    ]


Number = Annotated[int, InPath(ge=1, le=10**9)]
NOT_FOUND: Final[dict[int | str, dict[str, Any]]] = {
    HTTPStatus.NOT_FOUND: problem.described("This version is not kept any more.")
}


@router.get("/versions/{number}", summary="One of them", responses=NOT_FOUND)
async def version(control: TheControl, number: Number) -> VersionText:
    """Return what it says, without secrets."""
    with problem.of_configuration():
        text = control.version_text(number)
    return VersionText(text=text, difference=difference(control.configuration().text, text))


@changes.post("/versions/{number}/restore", summary="Go back to one", responses=ANSWERS | NOT_FOUND)
async def restore(
    control: TheControl, number: Number, if_match: IfMatch, caller: TheCaller, note: TheNote
) -> PlanDocument:
    """Go on under that version; what differs in nothing does not notice."""
    with problem.of_configuration():
        done = await control.restore(number, etag=etag_in(if_match), by=caller.name)
    return changed_document(done, control, note)


def _values(text: str) -> dict[str, Any]:
    return parse(text, _NAME).model_dump(mode="json")


def etag_in(header: str) -> str:
    """Return the ETag that a header names."""
    return header.strip().removeprefix("W/").strip('"')


def edits_of(edits: Sequence[EditBody]) -> list[edit.Edit]:
    """Return changes as the configuration takes them."""
    return [edit.Edit(each.op, tuple(each.path), each.value) for each in edits]


def changed_document(plan: Plan, control: Control, note: Note) -> PlanDocument:
    """Return what was done, and note it for the audit log: the difference tells before and after."""
    note.target = "; ".join(plan.changes)
    lines = plan.difference.splitlines()
    note.before = "\n".join(line[1:] for line in lines if line.startswith("-") and not line.startswith("---"))
    note.after = "\n".join(line[1:] for line in lines if line.startswith("+") and not line.startswith("+++"))
    return planned_document(plan, control)


def planned_document(plan: Plan, control: Control) -> PlanDocument:
    """Return a change as the API tells of it, made or not."""
    return PlanDocument(
        text=plan.text,
        changes=list(plan.changes),
        difference=plan.difference,
        renews=list(plan.renews),
        restarts=list(plan.restarts),
        etag=control.configuration().etag,
    )
