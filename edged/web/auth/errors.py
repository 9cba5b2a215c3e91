"""What is refused by the gate, as problem documents."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from math import ceil
from typing import Any, Final

from edged.access.gate import ThrottledError
from edged.errors import RefusedError, StoreCorrupt, StoreUnavailable
from edged.web import problem

REFUSED: Final[dict[int | str, dict[str, Any]]] = {
    HTTPStatus.UNPROCESSABLE_ENTITY: problem.described("It is not taken; ``errors`` names the field."),
    HTTPStatus.CONFLICT: problem.described("It does not go with what there is."),
    HTTPStatus.SERVICE_UNAVAILABLE: problem.described("The file of accounts cannot be used now."),
}
THROTTLED: Final[dict[int | str, dict[str, Any]]] = {
    HTTPStatus.TOO_MANY_REQUESTS: problem.described(
        "Too many tries failed; ``Retry-After`` says how long to wait."
    )
}
NOT_FOUND: Final[dict[int | str, dict[str, Any]]] = {
    HTTPStatus.NOT_FOUND: problem.described("There is none.")
}


@contextmanager
def of_gate(status: HTTPStatus = HTTPStatus.UNPROCESSABLE_ENTITY) -> Iterator[None]:
    """Answer what the gate refuses.

    Args:
        status: of a refusal that is no other's.

    Raises:
        Told: with the reason, and the field that is wrong.
    """
    try:
        yield
    except ThrottledError as error:
        headers = {"Retry-After": str(ceil(error.wait_s))}
        raise problem.Told(HTTPStatus.TOO_MANY_REQUESTS, error.what, headers=headers) from error
    except RefusedError as error:
        mistakes = [problem.Mistake(pointer=f"/{error.field}", detail=error.what)] if error.field else []
        raise problem.Told(status, error.what, mistakes) from error
    except LookupError as error:
        raise problem.Told(HTTPStatus.NOT_FOUND, f"{str(error.args[0]).capitalize()}.") from error
    except (StoreUnavailable, StoreCorrupt) as error:
        raise problem.Told(HTTPStatus.SERVICE_UNAVAILABLE, str(error)) from error
