"""A service in this process, its page answering, its time in the test's hands."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import httpx

from edged.clock import ManualClock
from edged.ops.systemd import Notifier
from edged.service import Service

_TURNS = 50


@dataclass(frozen=True, slots=True)
class Stage:
    """What a test holds.

    Attributes:
        file: the configuration.
        clock: the service's.
        service: itself.
        http: its page.
    """

    file: Path
    clock: ManualClock
    service: Service
    http: httpx.AsyncClient

    async def status(self) -> dict[str, Any]:
        told: dict[str, Any] = (await self.http.get("/api/v1/status")).json()
        return told

    async def configuration(self) -> dict[str, Any]:
        told: dict[str, Any] = (await self.http.get("/api/v1/configuration")).json()
        return told

    async def pass_time(self, seconds: float) -> None:
        """Let time go by, and what is done in threads and over sockets keep up with it."""
        passed = 0.0
        while passed < seconds:
            await self.clock.advance(min(0.5, seconds - passed))
            await asyncio.sleep(0.002)
            passed += 0.5


@asynccontextmanager
async def serviced(folder: Path, text: str) -> AsyncIterator[Stage]:
    """Run a service of a configuration; ``{folder}`` in it is replaced; its page takes any free port."""
    level = logging.getLogger().level  # a configuration sets it
    file = folder / "edged.toml"
    file.write_text(text.replace("{folder}", str(folder)), encoding="utf-8")
    clock, stop = ManualClock(boot="boot-1"), asyncio.Event()
    pages: asyncio.Queue[str] = asyncio.Queue()
    service = Service(file, file.read_text(encoding="utf-8"), clock, Random(1), Notifier())
    running = asyncio.create_task(
        service.run(stop, on_listening=lambda host, port: pages.put_nowait(f"http://{host}:{port}"))
    )
    try:
        async with asyncio.timeout(30):  # libraries are loaded first, by a machine that may be busy
            url = await pages.get()
        async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
            yield Stage(file, clock, service, http)
    finally:
        stop.set()
        while not running.done():
            await clock.advance(0.5)
            await asyncio.sleep(0.002)
        running.result()
        logging.getLogger().setLevel(level)


@asynccontextmanager
async def flowing(stage: Stage, speed: float = 10.0) -> AsyncIterator[None]:
    """Let time go by meanwhile, at most so many times as fast as it does: for those who look at the page."""

    async def flow() -> None:
        while True:
            await stage.clock.advance(0.02 * speed)
            await asyncio.sleep(0.02)

    task = asyncio.create_task(flow())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
