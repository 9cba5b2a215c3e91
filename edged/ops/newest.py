"""Work for a thread, one piece at a time, of which only the newest is wanted."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

_T = TypeVar("_T")


class Superseded(Exception):
    """Somebody has asked for something newer before this was begun."""


class Newest:
    """Runs jobs in a worker thread, so that the event loop is not held up; never two at once.

    While one runs, one more may wait; who comes then takes that place.
    """

    def __init__(self) -> None:
        self._is_busy = False
        self._turn: asyncio.Future[None] | None = None

    async def run(self, job: Callable[[], _T]) -> _T:
        """Run a job and return what it returns; it raises what the job raises.

        Raises:
            Superseded: somebody came while it waited.
        """
        if self._is_busy:
            await self._wait()
        self._is_busy = True
        work = asyncio.get_running_loop().run_in_executor(None, job)
        work.add_done_callback(lambda _: self._go_on())  # also where nobody waits for it any more
        return await asyncio.shield(work)

    async def _wait(self) -> None:
        if self._turn is not None and not self._turn.done():
            self._turn.set_exception(Superseded())
        self._turn = turn = asyncio.get_running_loop().create_future()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():  # it was its turn already
                self._go_on()
            raise

    def _go_on(self) -> None:
        turn, self._turn = self._turn, None
        self._is_busy = turn is not None and not turn.done()
        if turn is not None and not turn.done():
            turn.set_result(None)
