"""Errors as RFC 9457 problem documents."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from edged.errors import ConfigError, EdgedError
from edged.ops.control import StaleError

MEDIA_TYPE: Final = "application/problem+json"


class Mistake(BaseModel):
    """One thing that is wrong with what was sent."""

    pointer: str = Field(description="Where: a JSON pointer (RFC 6901), such as /source/0/link.")
    detail: str = Field(description="What, and the mend.")
    line: int | None = Field(None, description="Line in a text, from 1.")


class Problem(BaseModel):
    """What is wrong, and what to do about it (RFC 9457, section 3)."""

    title: str = Field(description="The status in words.")
    status: int = Field(ge=400, le=599, description="The HTTP status.")
    detail: str = Field(description="What is wrong here, and the mend.")
    errors: list[Mistake] = Field([], description="Each mistake at its place, where places are known.")
    etag: str | None = Field(None, description="Of what holds now, where somebody else has changed it.")


RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    "default": {
        "description": "A problem.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        "model": Problem,
    }
}
"""For OpenAPI: what every route answers when it cannot do what was asked."""


class Told(Exception):
    """Ends a request with a problem document.

    Args:
        status: of HTTP.
        detail: what is wrong, and the mend.
        errors: where.
        etag: of what holds now.
        headers: of the answer.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        errors: Sequence[Mistake] = (),
        etag: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = list(errors)
        self.etag = etag
        self.headers = headers


def described(what: str) -> dict[str, Any]:
    """Return, for OpenAPI, a status that is answered with a problem document."""
    return {
        "description": what,
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }


@contextmanager
def of_configuration() -> Iterator[None]:
    """Answer what is wrong with a configuration, or has changed under the hand that changes it."""
    try:
        yield
    except ConfigError as error:
        raise Told(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), [mistake_of(error)]) from error
    except StaleError as error:
        detail = "Somebody else has changed the configuration meanwhile. Look at it anew."
        raise Told(HTTPStatus.PRECONDITION_FAILED, detail, etag=error.etag) from error
    except LookupError as error:
        raise told_missing(error) from error


def told_missing(error: LookupError) -> Told:
    """Return the answer to who asks for what there is not."""
    what = str(error.args[0])
    return Told(HTTPStatus.NOT_FOUND, f"{what[:1].upper()}{what[1:]}.")


@contextmanager
def of_source() -> Iterator[None]:
    """Answer that there is no such source."""
    try:
        yield
    except LookupError as error:
        raise Told(HTTPStatus.NOT_FOUND, f"{str(error)[:1].upper()}{str(error)[1:]}.") from error


def sentence(error: EdgedError) -> str:
    """Return what is wrong, and the mend, as it is read on a page that says where anyway."""
    return f"{error.what[:1].upper()}{error.what[1:]}. {error.mend}".strip()


def mistake_of(error: ConfigError) -> Mistake:
    """Return what is wrong with a configuration, at its place."""
    return Mistake(pointer=pointer(error.key), detail=f"{error.what}. {error.mend}".strip(), line=error.line)


def response(
    status: int,
    detail: str = "",
    headers: dict[str, str] | None = None,
    errors: Sequence[Mistake] = (),
    etag: str | None = None,
) -> JSONResponse:
    """Return a problem document as a response; without a detail, the standard's own words."""
    known = HTTPStatus(status)
    problem = Problem(
        title=known.phrase,
        status=status,
        detail=detail or known.description or known.phrase,
        errors=list(errors),
        etag=etag,
    )
    return JSONResponse(problem.model_dump(exclude_defaults=True), status, headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Let the application answer every error with a problem document."""
    app.exception_handler(HTTPException)(_http)
    app.exception_handler(Told)(_told)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(Exception)(_unexpected)


async def _http(_request: Request, error: HTTPException) -> JSONResponse:
    own_words = error.detail != HTTPStatus(error.status_code).phrase
    return response(error.status_code, error.detail if own_words else "", dict(error.headers or {}))


async def _told(_request: Request, error: Told) -> JSONResponse:
    return response(error.status, error.detail, error.headers, error.errors, error.etag)


async def _invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
    mistakes = [
        Mistake(pointer="/" + "/".join(str(part) for part in each["loc"][1:]), detail=each["msg"])
        for each in error.errors()
    ]
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return response(HTTPStatus.UNPROCESSABLE_ENTITY, f"{place}: {first['msg']}", errors=mistakes)


async def _unexpected(_request: Request, _error: Exception) -> JSONResponse:
    # The traceback goes to the log (Starlette raises it again); strangers learn nothing from the answer.
    return response(
        HTTPStatus.INTERNAL_SERVER_ERROR, "edged made a mistake here. Its log says more: journalctl -u edged"
    )


def pointer(key: str) -> str:
    """Return the JSON pointer of a dotted key: ``source[0].link`` is ``/source/0/link``."""
    return "".join(f"/{part}" for part in re.findall(r"[^.\[\]]+", key))
