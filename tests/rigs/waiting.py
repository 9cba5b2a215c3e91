"""Waiting for a condition that something outside the event loop brings about."""

import asyncio
from collections.abc import Callable

PATIENCE_S = 30.0
"""So long what is to come about is waited for, by a machine that may be busy with other tests."""
_LOOK_S = 0.005


async def until(condition: Callable[[], object], timeout_s: float = PATIENCE_S) -> None:
    """Return when the condition holds.

    Raises:
        TimeoutError: it did not within ``timeout_s``.
    """
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(_LOOK_S)
