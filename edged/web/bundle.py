"""The diagnostics bundle."""

import logging
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import StreamingResponse

from edged.errors import TransientError
from edged.log import log_event
from edged.messages import BUNDLE_TAKEN
from edged.ops.bundle.bundler import Bundler
from edged.web import problem
from edged.web.auth.permission import TheCaller
from edged.web.desk import NOBODY

router = APIRouter(tags=["health"])

_BLOCK_BYTES: Final = 64 * 1024
_ZIP: Final[dict[int | str, dict[str, Any]]] = {
    HTTPStatus.OK: {
        "description": "A zip file of 5 MB at most; its README.txt says what is inside.",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_log: Final = logging.getLogger(__name__)


@router.get(
    "/bundle",
    summary="Diagnostics, to be given to somebody else",
    response_class=StreamingResponse,
    responses={**_ZIP, **NOBODY},
)
async def get_bundle(request: Request, caller: TheCaller) -> StreamingResponse:
    """Return status, health, configuration, log, metrics and more, without secrets and readings.

    Takes seconds: the board is looked over.
    """
    bundler: Bundler | None = request.app.state.bundler
    if bundler is None:
        raise problem.Told(HTTPStatus.SERVICE_UNAVAILABLE, "This page cannot tell. Run: edged run -c FILE")
    try:
        bundle = await bundler.make()
    except TransientError as error:
        raise problem.Told(HTTPStatus.SERVICE_UNAVAILABLE, problem.sentence(error)) from error
    log_event(_log, BUNDLE_TAKEN, bundle=bundle.name, by=caller.name)
    return StreamingResponse(
        _blocks(bundle.content),
        media_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{bundle.name}"',
            "Content-Length": str(len(bundle.content)),
        },
    )


def _blocks(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), _BLOCK_BYTES):
        yield content[start : start + _BLOCK_BYTES]
