"""A journal on a real file, with a clock that is moved by hand."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Final, TypeVar

from edged.backoff import Backoff
from edged.clock import ClockMap, ClockQuality, ManualClock
from edged.config.model import JournalConfig
from edged.model import Chunk, Event, StreamInfo
from edged.store.journal import Journal
from edged.store.record import Record

HR: Final = StreamInfo("heart_rate", "/min")
RR: Final = StreamInfo("rr_interval", "ms")
ECG: Final = StreamInfo("ecg", "uV", 130.0)
UPLINK: Final = "broker"
TIMEOUT_S: Final = 20.0

T = TypeVar("T")


def seeded(seed: int) -> Random:
    return Random(seed)


def heart_rate(seq: int, bpm: float = 60) -> Chunk:
    return Chunk.of(HR, seq, [(seq + 1) * 1_000_000_000], [bpm])


def ecg(seq: int, n: int = 73, *, spread: int = 4001) -> Chunk:
    times = [(seq + i) * 7_692_308 for i in range(n)]
    return Chunk.of(ECG, seq, times, [float((seq + i) * 37 % spread - 2000) for i in range(n)])


async def within(work: Awaitable[T]) -> T:
    """Fail rather than hang: nothing here takes long in real time."""
    async with asyncio.timeout(TIMEOUT_S):
        return await work


class Rig:
    """One boot's journal on a path.

    Args:
        path: the file.
        boot: identity of the boot.
        mono_ns: monotonic time at the start.
        uplinks: who keeps a cursor.
        settings: of ``JournalConfig``, beside the path.
    """

    def __init__(
        self,
        path: Path,
        *,
        boot: str = "boot-1",
        mono_ns: int = 0,
        uplinks: Iterable[str] = (UPLINK,),
        **settings: float,
    ) -> None:
        self.path = path
        self.clock = ManualClock(
            mono_ns=mono_ns, utc_ns=1_790_000_000_000_000_000, boot=boot, quality=ClockQuality.SYNCED
        )
        self.map = ClockMap(boot)
        config = JournalConfig.model_validate({"path": path, **settings})
        self.journal = Journal(config, self.clock, self.map, uplinks, Backoff(1, 8, seeded(1)))
        self.task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self.task = asyncio.create_task(self.journal.run())

    async def open(self) -> None:
        self.start()
        await within(self.journal.wait_open())
        await within(self.journal.flush())

    async def stop(self) -> None:
        assert self.task is not None
        self.task.cancel()
        await within(asyncio.wait([self.task]))
        assert self.task.cancelled(), self.task.exception()

    async def commit(self, source: str, *items: Chunk | Event) -> None:
        for item in items:
            self.journal.append(source, item)
        await within(self.journal.flush())

    async def go_on(self) -> None:
        """Move time on by a second, and let the journal's threads have the interpreter for a moment."""
        await self.clock.advance(1)
        await asyncio.sleep(0.001)

    async def until_failures(self, n: int) -> None:
        """Let the journal fail so many times, moving time on so that it tries."""
        async with asyncio.timeout(TIMEOUT_S):
            while self.journal.stats.failures < n:
                await self.go_on()

    async def until_ready(self) -> None:
        """Move time on until the file is open and writable."""
        async with asyncio.timeout(TIMEOUT_S):
            while not self.journal.ready:
                await self.go_on()

    async def in_time(self, work: Awaitable[T]) -> T:
        """Move time on until something is done."""
        task = asyncio.ensure_future(work)
        async with asyncio.timeout(TIMEOUT_S):
            while not task.done():
                await self.go_on()
        return task.result()

    async def records(self) -> list[Record]:
        """Read everything there is, in small pieces."""
        found: list[Record] = []
        after = 0
        while read := await self.journal.read(after, 100):
            found += read
            after = read[-1].id
        return found

    async def items(self) -> list[Chunk | Event]:
        return [record.item for record in await self.records()]


@asynccontextmanager
async def running(rig: Rig) -> AsyncIterator[Rig]:
    await rig.open()
    try:
        yield rig
    finally:
        await rig.stop()


def gaps(items: Iterable[Chunk | Event]) -> list[Event]:
    return [item for item in items if isinstance(item, Event) and item.kind == "gap"]


def chunks(items: Iterable[Chunk | Event]) -> list[Chunk]:
    return [item for item in items if isinstance(item, Chunk)]
