"""Runs what may block in threads that nobody has to wait for: a disk or a name server that never answers."""

import asyncio
import threading
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from edged.errors import TransientError

T = TypeVar("T")


class Threads:
    """One thread a purpose; a purpose whose thread still hangs is not given another.

    They are daemon threads: asyncio's own would hold the program up at its end.
    """

    def __init__(self) -> None:
        self._busy = set[str]()

    async def run(self, purpose: str, work: Callable[[], T]) -> T:
        """Return what the work returns; when cancelled, the thread goes on without us.

        Raises:
            TransientError: the last one for this purpose still hangs, or there is no room for a thread.
        """
        if purpose in self._busy:
            raise TransientError(
                "the system has not answered since it was asked the last time",
                mend="A disk, a file share or a driver hangs: `dmesg` may tell which; restart the board.",
            )
        loop = asyncio.get_running_loop()
        result: asyncio.Future[T] = loop.create_future()

        def tell(outcome: Callable[[], None]) -> None:
            if not result.done():
                outcome()

        def target() -> None:
            outcome: Callable[[], None]
            try:
                outcome = partial(result.set_result, work())
            except Exception as error:  # noqa: BLE001  raised again where it is waited for
                outcome = partial(result.set_exception, error)
            self._busy.discard(purpose)  # before it is told, since who hears of it may ask again at once
            try:
                loop.call_soon_threadsafe(tell, outcome)
            except RuntimeError:  # the loop has ended meanwhile: nobody waits any more
                return

        self._busy.add(purpose)
        try:
            threading.Thread(target=target, name=f"doctor {purpose}", daemon=True).start()
        except RuntimeError as error:
            self._busy.discard(purpose)
            raise TransientError(
                "there is no room for another thread",
                mend="The board is short of memory, or edged of tasks: `systemctl status edged` shows both.",
            ) from error
        return await result
