"""Tasks: running one until told to stop, ending several and waiting for their end."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


async def run_until(stop: asyncio.Event, work: Coroutine[object, object, None]) -> None:
    """Run until the work is done or ``stop`` is set, whichever comes first; raise what the work raises."""
    working = asyncio.ensure_future(work)
    stopping = asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((working, stopping), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
    finally:
        await end(working, stopping)


async def end(*tasks: asyncio.Future[Any]) -> None:
    """Cancel tasks, and wait until they are done; what they raise is not raised here."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def apart(work: Coroutine[object, object, T]) -> T:
    """Run something in a task of its own and return its result; a cancel here is never lost in it.

    A TaskGroup that is cancelled while one of its tasks fails raises the failure alone, and the cancel
    is gone (CPython 3.11 and 3.12). Whoever handles such failures and goes on runs the group apart.
    """
    task = asyncio.ensure_future(work)
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        await end(task)
        raise
    return task.result()
