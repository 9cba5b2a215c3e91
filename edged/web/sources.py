"""One source: what it went through, what it sent, whom it measures, which one it is."""

from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header
from fastapi import Path as InPath
from pydantic import Field

from edged.config.edit import Edit
from edged.errors import EdgedError
from edged.ops.document import Document
from edged.ops.status import SourceStateName, Words
from edged.ops.words import source_words
from edged.sources.history import PACKETS, PHASES
from edged.web import problem
from edged.web.auth.permission import TheCaller, TheNote
from edged.web.configuration import ANSWERS, PlanDocument, changed_document, etag_in
from edged.web.view import TheControl, TheDevices, View

router = APIRouter(prefix="/sources/{name}", tags=["devices"])
"""Looks."""
actions = APIRouter(prefix="/sources/{name}", tags=["devices"])
"""Assigns and identifies."""

_OF_WHICH: Final[dict[int | str, dict[str, Any]]] = {
    HTTPStatus.NOT_FOUND: problem.described("There is no such source.")
}
_CANNOT: Final[dict[int | str, dict[str, Any]]] = {
    HTTPStatus.CONFLICT: problem.described("It cannot, now or ever; the detail says what else helps.")
}
Seen = Annotated[
    str | None, Header(alias="If-Match", description="ETag of what was looked at; without it, as it is now.")
]
SourceName = Annotated[str, InPath(max_length=64, description="As the configuration has it.")]


class PhaseDocument(Document):
    """A state that the source came into."""

    at: str = Field(description="RFC 3339 UTC, by the node's clock.")
    state: SourceStateName
    words: Words


class HistoryDocument(Document):
    """What the source went through since it began, or the node did."""

    phases: list[PhaseDocument] = Field(max_length=PHASES, description="Newest first.")


class PacketDocument(Document):
    """A packet as it came."""

    at: str = Field(description="RFC 3339 UTC, by the node's clock.")
    channel: str = Field(description="GATT characteristic, or `serial`.")
    data: str = Field(description="Hexadecimal.")


class PacketsDocument(Document):
    """The last packets."""

    packets: list[PacketDocument] = Field(max_length=PACKETS, description="Newest first.")


class AssignBody(Document):
    """Whom the source is to measure."""

    subject: str | None = Field(max_length=64, description="Name of a subject; null: nobody.")


class IdentifyDocument(Document):
    """It shows itself."""

    detail: str = Field(description="What is to be seen.")


@router.get("/history", summary="What it went through", responses=_OF_WHICH)
async def get_history(name: SourceName, devices: TheDevices) -> HistoryDocument:
    """Return its last changes of state, each with its reason and the mend."""
    with problem.of_source():
        phases = devices.phases(name)
    return HistoryDocument(
        phases=[
            PhaseDocument(
                at=devices.utc_text(phase.at_ns),
                state=phase.state,
                words=source_words(phase.state, phase.problem),
            )
            for phase in reversed(phases)
        ]
    )


@router.get("/packets", summary="What it sent", responses=_OF_WHICH)
async def get_packets(name: SourceName, devices: TheDevices) -> PacketsDocument:
    """Return its last packets, byte for byte."""
    with problem.of_source():
        packets = devices.packets(name)
    return PacketsDocument(
        packets=[
            PacketDocument(
                at=devices.utc_text(packet.mono_ns), channel=packet.channel, data=packet.data.hex(" ")
            )
            for packet in reversed(packets)
        ]
    )


@actions.post("/identify", summary="Which one is it?", responses=_OF_WHICH | _CANNOT)
async def identify(name: SourceName, devices: TheDevices, note: TheNote) -> IdentifyDocument:
    """Have its light blink for ten seconds; a strap has none, which is said with what to do instead."""
    note.target = name
    with problem.of_source():
        try:
            devices.identify(name)
        except EdgedError as error:
            raise problem.Told(HTTPStatus.CONFLICT, problem.sentence(error)) from error
    return IdentifyDocument(detail="Its light blinks fast for ten seconds.")


@actions.post("/assign", summary="Whom does it measure?", responses=_OF_WHICH | ANSWERS)
async def assign(
    name: SourceName,
    body: AssignBody,
    control: TheControl,
    view: View,
    caller: TheCaller,
    note: TheNote,
    if_match: Seen = None,
) -> PlanDocument:
    """Give the source to a subject, or to nobody; who measured that subject before measures nobody then.

    Nothing begins anew, and of no other key of the configuration can this change a letter.
    """
    sources = {source.name: source for source in view.status().sources}
    if name not in sources:
        raise problem.Told(HTTPStatus.NOT_FOUND, f"There is no source {name}.")
    freed = [
        other.name for other in sources.values() if body.subject is not None and other.subject == body.subject
    ]
    edits = [Edit("set", ("source", other, "subject")) for other in freed if other != name]
    edits.append(Edit("set", ("source", name, "subject"), body.subject))
    etag = control.configuration().etag if if_match is None else etag_in(if_match)
    with problem.of_configuration():
        done = await control.edit(edits, etag=etag, by=caller.name)
    return changed_document(done, control, note)
