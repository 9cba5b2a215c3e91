"""What every link must do. Subclass ``LinkConformance`` and say how to make it and how to make it speak."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from edged.clock import ManualClock
from edged.errors import DriverError, SourceLost
from edged.model import Channel, Packet
from edged.sources.link import Link, LinkContext, open_link

TURNS = 2000
"""Turns of the event loop that something may take; a loopback socket takes a few."""


async def no_wait() -> None:
    """Stand for a record lane that always has room."""


@dataclass
class Rig:
    """A link that can be made to deliver.

    Attributes:
        url: of the link.
        clock: it lives by.
        speak: makes the device say something; called again and again.
        leave: makes the device go away, where it can.
        channels: those that a decoder of the device wants.
        command: something that it takes.
    """

    url: str
    clock: ManualClock
    speak: Callable[[], Awaitable[None]]
    leave: Callable[[], Awaitable[None]] | None = None
    channels: tuple[Channel, ...] = ()
    command: Packet = field(default_factory=lambda: Packet("serial", b"hello"))
    packets: list[Packet] = field(default_factory=list)

    def make(self) -> Link:
        """Make the link; another one of the same URL each time."""
        return open_link(self.url, LinkContext(self.clock, no_wait, channels=self.channels))

    @asynccontextmanager
    async def running(self, link: Link) -> AsyncIterator[asyncio.Task[None]]:
        """Run it, and cancel it in the end."""
        task = asyncio.create_task(link.run(self.packets.append))
        try:
            yield task
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError, SourceLost):
                await task

    async def hear(self, count: int) -> None:
        """Make the device speak until so many packets more have come."""
        wanted = len(self.packets) + count
        for _ in range(TURNS):
            if len(self.packets) >= wanted:
                return
            await self.speak()
            await asyncio.sleep(0)
        raise AssertionError(f"{len(self.packets)} packets, {wanted} wanted")


class LinkConformance(ABC):
    """The contract of ``edged.sources.link.Link``."""

    @abstractmethod
    def rig(self, tmp_path: Path) -> AbstractAsyncContextManager[Rig]:
        """Return the rig, as an asynchronous context."""

    async def test_it_delivers_stamped_packets(self, tmp_path: Path) -> None:
        async with self.rig(tmp_path) as rig:
            began_ns = rig.clock.mono_ns()
            async with rig.running(rig.make()):
                await rig.hear(3)
        for packet in rig.packets:
            assert packet.channel
            assert isinstance(packet.data, bytes)
            assert packet.mono_ns >= began_ns

    async def test_cancel_is_stop_and_leaves_nothing(self, tmp_path: Path) -> None:
        async with self.rig(tmp_path) as rig:
            link = rig.make()
            tasks, files = asyncio.all_tasks(), open_files()
            task = asyncio.create_task(link.run(rig.packets.append))
            await rig.hear(1)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            heard = len(rig.packets)
            await settle(lambda: ours(asyncio.all_tasks()) <= ours(tasks) and open_files() <= files)
            await rig.speak()
            assert len(rig.packets) == heard

    async def test_cancel_before_the_first_packet_leaves_nothing(self, tmp_path: Path) -> None:
        async with self.rig(tmp_path) as rig:
            for turns in range(8):
                tasks, files = asyncio.all_tasks(), open_files()
                task = asyncio.create_task(rig.make().run(rig.packets.append))
                for _ in range(turns):
                    await asyncio.sleep(0)
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
                await settle(partial(all_gone, tasks, files))

    async def test_it_may_be_run_again(self, tmp_path: Path) -> None:
        async with self.rig(tmp_path) as rig:
            link = rig.make()
            for _ in range(3):
                async with rig.running(link):
                    await rig.hear(1)

    async def test_a_device_that_leaves_is_a_source_lost_and_may_come_back(self, tmp_path: Path) -> None:
        async with self.rig(tmp_path) as rig:
            if rig.leave is None:
                return
            link = rig.make()
            for _ in range(2):
                async with rig.running(link) as task:
                    await rig.hear(1)
                    await rig.leave()
                    with pytest.raises(SourceLost):
                        await task

    async def test_an_unknown_option_is_refused_by_name(self, tmp_path: Path) -> None:
        async with self.rig(tmp_path) as rig:
            joint = "&" if "?" in rig.url else "?"
            with pytest.raises(DriverError, match="'never_heard_of'") as refused:
                open_link(f"{rig.url}{joint}never_heard_of=1", LinkContext(rig.clock, no_wait))
            assert rig.url in str(refused.value)

    async def test_making_it_touches_nothing(self, tmp_path: Path) -> None:
        async with self.rig(tmp_path) as rig:
            tasks, files = asyncio.all_tasks(), open_files()
            rig.make()
            assert asyncio.all_tasks() == tasks
            assert open_files() == files

    async def test_a_command_is_taken_while_it_runs(self, tmp_path: Path) -> None:
        async with self.rig(tmp_path) as rig:
            link = rig.make()
            async with rig.running(link):
                sending = asyncio.create_task(link.send(rig.command))
                await rig.hear(1)
                await sending


def open_files() -> int:
    """Return how many files and sockets this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def all_gone(tasks: set[asyncio.Task[object]], files: int) -> bool:
    """Say whether no task and no file is there that was not before."""
    return ours(asyncio.all_tasks()) <= ours(tasks) and open_files() <= files


def ours(tasks: set[asyncio.Task[object]]) -> set[str]:
    """Return the names of tasks; a rig's server makes its own, which are no concern of a link."""
    return {task.get_name() for task in tasks if not task.get_name().startswith("rig")}


async def settle(condition: Callable[[], bool]) -> None:
    """Let tasks and sockets that were told to end do so."""
    for _ in range(TURNS):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError(f"left behind: {asyncio.all_tasks()}, {open_files()} files")
