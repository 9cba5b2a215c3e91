"""How much may be sent: little by strangers, and by nobody more than a board has memory for."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import Message, Receive

OF_STRANGERS: Final = 16 * 1024
"""Most bytes of who is nobody yet: a claim, or a log-in, has a few hundred."""
OF_CALLERS: Final = 16 * 1024 * 1024
"""Most bytes of anybody; routes that take less say so themselves."""


def announced(lengths: Sequence[str]) -> int:
    """Return what ``Content-Length`` announces, bytes; 0 where it announces nothing."""
    return max((int(each) for each in lengths if each.isascii() and each.isdigit()), default=0)


def limited(receive: Receive, most: int) -> Receive:
    """Return what receives a request's body as far as it may be sent.

    Args:
        receive: of the request.
        most: bytes.
    """
    taken = 0

    async def receive_some() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise too_large(most)
        return message

    return receive_some


def too_large(most: int) -> HTTPException:
    """Return what ends a request that is larger."""
    return HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"Send at most {most // 1024} KiB.")
