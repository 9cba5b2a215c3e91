"""How late the event loop is."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from edged.clock import ManualClock
from edged.model import NS_PER_MS
from edged.ops.loop_lag import LoopLag
from edged.tasks import end


@dataclass
class Watch:
    clock: ManualClock
    lag: LoopLag

    async def block(self, milliseconds: int) -> None:
        """Keep the loop from its work for so long, from when the sleep is to end."""
        await self.clock.advance(0.249)
        self.clock.move_to(self.clock.mono_ns() + (milliseconds + 1) * NS_PER_MS)
        await self.clock.advance(0)


@pytest.fixture
async def watch() -> AsyncIterator[Watch]:
    clock = ManualClock()
    lag = LoopLag(clock)
    task = asyncio.create_task(lag.run())
    await clock.advance(0)
    yield Watch(clock, lag)
    await end(task)


async def test_a_loop_in_time_has_no_lag(watch: Watch) -> None:
    assert watch.lag.worst_s == 0
    await watch.clock.advance(10)
    found = watch.lag.lag.distribution()
    assert (found.count, found.sum_s, watch.lag.worst_s) == (40, 0, 0)


async def test_whoever_blocks_it_shows(watch: Watch) -> None:
    await watch.block(40)
    await watch.block(300)
    await watch.clock.advance(1)
    found = watch.lag.lag.distribution()
    assert (found.least_s, found.most_s, watch.lag.worst_s) == (0, 0.3, 0.3)
    assert found.sum_s == pytest.approx(0.34)


async def test_the_worst_is_forgotten_after_a_minute(watch: Watch) -> None:
    await watch.block(300)
    await watch.clock.advance(59)
    assert watch.lag.worst_s == 0.3
    await watch.clock.advance(2)
    assert watch.lag.worst_s == 0
    assert watch.lag.lag.distribution().most_s == 0.3
