"""Recorded traces, sent to try chains on."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from edged.errors import DriverError, TraceError
from edged.web import problem
from edged.web.preview import superseded
from edged.web.streams import StreamDocument, stream_document
from edged.web.view import View

router = APIRouter(tags=["signals"])

LARGEST: Final = 8 * 1024 * 1024
"""No larger trace is taken, bytes."""


class TraceDocument(BaseModel):
    """A trace that was understood."""

    trace: str = Field(description="By this name previews ask for it; the last two are kept, in memory.")
    decoder: str = Field(description="That understood it.")
    streams: list[StreamDocument] = Field(description="What is in it; the last of each is kept.")
    broken: int = Field(ge=0, description="Lines that could not be read.")
    faults: int = Field(ge=0, description="Parts of packets that could not be understood.")


@router.post(
    "/traces",
    summary="Send a trace to try chains on",
    responses={
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: problem.described("It has more than 8 MB."),
        HTTPStatus.UNPROCESSABLE_ENTITY: problem.described("It is no trace, or no decoder understands it."),
        HTTPStatus.TOO_MANY_REQUESTS: problem.described("Something newer took its place."),
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def post_trace(
    view: View,
    request: Request,
    decoder: Annotated[
        str | None, Query(max_length=128, description="Instead of the one that the trace names.")
    ] = None,
) -> TraceDocument:
    """Decode a trace (docs/trace-format.md) and keep its streams; nothing of it is recorded or on air."""
    data = await _body(request)
    try:
        with superseded():
            name, known = await view.signals.take_trace(data, decoder)
    except (TraceError, DriverError) as error:
        pointer = "/decoder" if isinstance(error, DriverError) else ""
        what = problem.sentence(error)
        mistake = problem.Mistake(pointer=pointer, detail=what)
        raise problem.Told(HTTPStatus.UNPROCESSABLE_ENTITY, what, [mistake]) from error
    streams = [stream_document(info, known.recent.chunks(info.quantity)) for info in known.recent.streams()]
    return TraceDocument(
        trace=name, decoder=known.decoder, streams=streams, broken=known.broken, faults=known.faults
    )


async def _body(request: Request) -> bytes:
    data = bytearray()
    async for piece in request.stream():
        data += piece
        if len(data) > LARGEST:
            raise problem.Told(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                "The trace has more than 8 MB. Send a part: its header and some of the lines behind it.",
            )
    return bytes(data)
