"""What pages are told, made once for all that are told the same."""

import asyncio
from contextlib import suppress

from edged.ops.status import LiveUpdate, NodeView


class Broadcast:
    """The messages of the live feed, and the pace at which they come.

    Pages that keep up are woken together and want the same: readings since the same mark. Their message is
    made once. One that lags, or has just come, gets its own.

    Args:
        view: the node.
        period_s: shortest time between two messages, s.
    """

    def __init__(self, view: NodeView, period_s: float) -> None:
        self._view = view
        self._period_s = period_s
        self._pause: asyncio.Task[None] | None = None
        self._made: dict[int, tuple[int, str]] = {}
        self._listening = 0

    def join(self) -> None:
        """Count one more who listens."""
        self._listening += 1

    async def leave(self) -> None:
        """Count one less; after the last one nothing goes on."""
        self._listening -= 1
        if self._listening == 0 and self._pause is not None:
            pause, self._pause = self._pause, None
            pause.cancel()
            with suppress(asyncio.CancelledError):
                await pause

    def pause(self) -> "asyncio.Task[None]":
        """Return what ends at the next change, and not before the period is over; one for all who ask now."""
        if self._pause is None or self._pause.done():
            self._made.clear()
            self._pause = asyncio.create_task(self._wait(), name="broadcast")
        return self._pause

    def update(self, mark: int) -> tuple[int, str]:
        """Return what to tell one who knows all up to a mark: that up to which he will, and the JSON text."""
        if mark == 0 or mark not in self._made:  # who has just come wants it as of now
            after, readings = self._view.readings_after(mark)
            text = LiveUpdate(status=self._view.status(), readings=readings).model_dump_json()
            self._made[mark] = after, text
        return self._made[mark]

    async def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time() + self._period_s
        await self._view.changed()
        await asyncio.sleep(due - loop.time())
