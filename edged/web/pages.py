"""The page and the overlays: built files (scripts/build_ui.py), served as they are."""

import re
from http import HTTPStatus
from pathlib import Path
from typing import Final

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

STATIC: Final = Path(__file__).parent / "static"
PACKED: Final = ".gz"

router = APIRouter(include_in_schema=False)


@router.api_route("/", methods=["GET", "HEAD"])
async def page(request: Request) -> Response:
    """Serve the status page."""
    return await _file("index.html", request)


@router.api_route("/favicon.ico", methods=["GET", "HEAD"])
async def favicon(request: Request) -> Response:
    """Serve the icon that browsers ask for unasked."""
    return await _file("favicon.svg", request)


@router.api_route("/static/{path:path}", methods=["GET", "HEAD"])
async def asset(path: str, request: Request) -> Response:
    """Serve what the status page consists of."""
    return await _file(path, request)


@router.api_route("/overlay/{path:path}", methods=["GET", "HEAD"])
async def overlay(path: str, request: Request) -> Response:
    """Serve an overlay by its name, and what it consists of by file name."""
    named = re.fullmatch(r"[a-z][a-z0-9-]*", path)
    return await _file(f"overlay/{path}.html" if named else f"overlay/{path}", request)


async def _file(path: str, request: Request) -> Response:
    """Return a file, compressed where the build has done that and the browser takes it."""
    if not STATIC.is_dir():
        raise HTTPException(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "The page has not been built. Run `make ui` in the source tree, then load it again.",
        )
    if path.endswith(PACKED):  # it is no file of its own
        raise HTTPException(HTTPStatus.NOT_FOUND)
    files = StaticFiles(directory=STATIC)
    answer = await files.get_response(path, request.scope)
    is_packed = (STATIC / f"{path}{PACKED}").is_file()
    if is_packed and "gzip" in request.headers.get("Accept-Encoding", ""):
        answer = await files.get_response(f"{path}{PACKED}", request.scope)
        answer.headers["Content-Encoding"] = "gzip"
    if is_packed:
        answer.headers["Vary"] = "Accept-Encoding"
    return answer
