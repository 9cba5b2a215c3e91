"""Waiting for a condition that something outside the event loop brings about."""

import asyncio
from collections.abc import Callable

TIMEOUT_S = 10.0
_LOOK_S = 0.005


async def until(condition: Callable[[], object], timeout_s: float = TIMEOUT_S) -> None:
    """Return when the condition holds.

    Raises:
        TimeoutError: it did not within ``timeout_s``.
    """
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(_LOOK_S)
