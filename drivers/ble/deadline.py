"""Waits for work no longer than a time by our clock, even where the work does not let itself be cancelled."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from drivers.ble.errors import BleError, Cause
from edged.clock import Clock

T = TypeVar("T")

GRACE_S: Final = 2.0
"""So long cancelled work may take to clean up; a BlueZ that hangs never answers."""

_watched: Final[set[asyncio.Future[Any]]] = set()
"""Work under way, what was given up included: it is not collected while it waits for its answer."""


async def within(clock: Clock, seconds: float, work: Coroutine[object, object, T], what: str) -> T:
    """Return what the work returns; give it up after so many seconds, or when cancelled.

    Raises:
        BleError: it took longer, or gave up by itself; ``what`` says what did.
    """
    task = asyncio.ensure_future(work)
    _watched.add(task)
    task.add_done_callback(_look)
    sleeping = asyncio.ensure_future(clock.sleep(seconds))
    try:
        await asyncio.wait((task, sleeping), return_when=asyncio.FIRST_COMPLETED)
        if task.cancelled():
            raise BleError(Cause.FAILED, f"{what} was given up")
        if task.done():
            return task.result()
    finally:
        sleeping.cancel()
        if not task.done():
            await _give_up(clock, task)
    raise BleError(Cause.TIMEOUT, f"{what} got no answer within {seconds:.0f} s")


async def _give_up(clock: Clock, task: asyncio.Future[Any]) -> None:
    task.cancel()
    grace = asyncio.ensure_future(clock.sleep(GRACE_S))
    try:
        await asyncio.wait((task, grace), return_when=asyncio.FIRST_COMPLETED)
    finally:
        grace.cancel()


def _look(task: asyncio.Future[Any]) -> None:
    """Let it go, and look at what it raised: nobody may wait for it any more."""
    _watched.discard(task)
    if not task.cancelled():
        task.exception()
