"""The real application on a real server, for the length of a test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from edged.access.gate import Gate
from edged.ops.desk import Desk
from edged.ops.doctor.latest import Latest
from edged.ops.log_ring import RECENT, LogRing
from edged.web.server import serve
from tests.web.fake_view import FakeView


@dataclass(frozen=True)
class Site:
    """Where it is served, and what it shows."""

    view: FakeView
    host: str
    port: int
    task: asyncio.Task[None]

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    @property
    def live_url(self) -> str:
        return f"ws://{self.host}:{self.port}/api/v1/live"

    async def stop(self) -> None:
        self.task.cancel()
        await asyncio.wait([self.task])


@asynccontextmanager
async def serving(
    view: FakeView,
    host: str = "127.0.0.1",
    port: int = 0,
    doctor: Latest | None = None,
    desk: Desk | None = None,
    gate: Gate | None = None,
    recent: LogRing = RECENT,
) -> AsyncIterator[Site]:
    listening: asyncio.Future[tuple[str, int]] = asyncio.get_running_loop().create_future()

    def on_listening(*where: Any) -> None:
        listening.set_result(where)

    task = asyncio.create_task(
        serve(view, host, port, doctor=doctor, gate=gate, desk=desk, recent=recent, on_listening=on_listening)
    )
    task.add_done_callback(lambda _: listening.cancel())
    try:
        where = await listening
    except asyncio.CancelledError:
        task.result()  # says why it does not listen
        raise
    site = Site(view, *where, task)
    try:
        yield site
    finally:
        await site.stop()
