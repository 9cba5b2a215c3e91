"""Errors as RFC 9457 problem documents."""

from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

MEDIA_TYPE: Final = "application/problem+json"


class Problem(BaseModel):
    """What is wrong, and what to do about it (RFC 9457, section 3)."""

    title: str = Field(description="The status in words.")
    status: int = Field(ge=400, le=599, description="The HTTP status.")
    detail: str = Field(description="What is wrong here, and the mend.")


RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    "default": {
        "description": "A problem.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        "model": Problem,
    }
}
"""For OpenAPI: what every route answers when it cannot do what was asked."""


def response(status: int, detail: str = "", headers: dict[str, str] | None = None) -> JSONResponse:
    """Return a problem document as a response; without a detail, the standard's own words."""
    known = HTTPStatus(status)
    problem = Problem(title=known.phrase, status=status, detail=detail or known.description or known.phrase)
    return JSONResponse(problem.model_dump(), status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Let the application answer every error with a problem document."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(Exception, _unexpected)


async def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101  # it is registered for these only
    own_words = error.detail != HTTPStatus(error.status_code).phrase
    return response(error.status_code, error.detail if own_words else "", dict(error.headers or {}))


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # it is registered for these only
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return response(HTTPStatus.UNPROCESSABLE_ENTITY, f"{place}: {first['msg']}")


async def _unexpected(_request: Request, _error: Exception) -> JSONResponse:
    # The traceback goes to the log (Starlette raises it again); strangers learn nothing from the answer.
    return response(
        HTTPStatus.INTERNAL_SERVER_ERROR, "edged made a mistake here. Its log says more: journalctl -u edged"
    )
