"""Waits for work no longer than a time by our clock, even where the work does not let itself be cancelled."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from drivers.ble.errors import BleError, Cause
from edged.clock import Clock
from edged.tasks import end

T = TypeVar("T")

GRACE_S: Final = 2.0
"""So long cancelled work may take to clean up; a BlueZ that hangs never answers."""

_abandoned: Final[set[asyncio.Future[Any]]] = set()
"""Work that was given up; kept so that it is not collected while it waits for its answer."""


async def within(clock: Clock, seconds: float, work: Coroutine[object, object, T], what: str) -> T:
    """Return what the work returns; give it up after so many seconds, or when cancelled.

    Raises:
        BleError: it took longer; ``what`` says what did.
    """
    task = asyncio.ensure_future(work)
    sleeping = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait((task, sleeping), return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            return task.result()
        await _give_up(clock, task)
    except asyncio.CancelledError:
        await _give_up(clock, task)
        raise
    finally:
        await end(sleeping)
    raise BleError(Cause.TIMEOUT, f"{what} got no answer within {seconds:.0f} s")


async def _give_up(clock: Clock, task: asyncio.Future[Any]) -> None:
    task.cancel()
    grace = asyncio.ensure_future(clock.sleep(GRACE_S))
    try:
        await asyncio.wait((task, grace), return_when=asyncio.FIRST_COMPLETED)
    finally:
        await end(grace)
    _abandoned.add(task)
    task.add_done_callback(_forget)


def _forget(task: asyncio.Future[Any]) -> None:
    """Let it go, and look at what it raised, which is of no interest any more."""
    _abandoned.discard(task)
    if not task.cancelled():
        task.exception()
