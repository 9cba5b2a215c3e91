"""A day without a broker: the journal is the queue, and memory stays flat."""

import asyncio
import gc
from pathlib import Path
from random import Random

import pytest

from edged.clock import ManualClock
from edged.config.toml import parse
from edged.daemon import Node
from edged.ops.process import rss_mb
from edged.tasks import end
from tests.rigs.ports import free_ports
from tests.system.configs import node, strap

HOURS = 24


@pytest.mark.field
async def test_a_day_offline_is_on_disk_and_not_in_memory(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    text = node(
        f"mqtt://127.0.0.1:{port}",
        strap("white", "sim:resting?seed=1") + strap("black", "sim:stress?seed=2&ectopic=0.02"),
    ).replace("port = 0", "enabled = false")
    config = parse(text.replace("{folder}", str(tmp_path)), tmp_path / "edged.toml")
    clock, stop = ManualClock(), asyncio.Event()
    whole = Node(config, clock, Random(1))
    running = asyncio.create_task(whole.run(stop))
    await asyncio.sleep(0)
    sizes = list[float]()
    for _ in range(HOURS):
        for _ in range(60):
            await clock.advance(60)
            await whole.journal.room()
        gc.collect()
        sizes.append(rss_mb())
    while whole.journal.waiting:
        await clock.advance(1)
    assert whole.journal.head >= HOURS * 3600 * 2 * 2
    assert whole.uplink is not None
    assert whole.uplink.backlog == whole.journal.head
    assert whole.journal.stats.dropped == 0
    assert sizes[-1] - sizes[1] < 5.0, f"MB by the hour: {sizes}"
    await end(running)
