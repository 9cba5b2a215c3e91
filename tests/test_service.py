"""What the service counts and logs of its watchdog."""

import logging
from pathlib import Path
from random import Random

import pytest

from edged.clock import ManualClock
from edged.model import NS_PER_S
from edged.ops.instruments import WatchdogStats
from edged.ops.systemd import Notifier
from edged.service import Service
from tests.rigs.bench_node import BenchNode


async def test_a_watchdog_is_fed_while_data_moves_and_not_after(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="edged.service")
    service = Service(tmp_path / "edged.toml", "", ManualClock(), Random(1), Notifier(watchdog_s=3))
    stats = WatchdogStats()
    async with BenchNode(tmp_path) as bench:
        service._clock = bench.clock
        await bench.until(lambda: bench.node.journal.ready)
        service._feed(bench.node, 3, stats)
        assert stats == WatchdogStats(fed=1)
        bench.clock.move_to(bench.clock.mono_ns() + 10 * NS_PER_S)  # and nobody is woken
        service._feed(bench.node, 3, stats)
        service._feed(bench.node, 3, stats)
        assert stats == WatchdogStats(fed=1, withheld=2)
        woken_ns = bench.clock.mono_ns()
        await bench.until(lambda: bench.node.journal.progress_ns > woken_ns)
        service._feed(bench.node, 3, stats)
        assert stats == WatchdogStats(fed=2, withheld=2)
    records = [record for record in caplog.records if record.name == "edged.service"]
    assert [(record.levelname, record.getMessage()) for record in records] == [
        ("CRITICAL", "the live lane has not moved for 3 s: the watchdog is not fed any more"),
        ("INFO", "the live lane moves again: the watchdog is fed"),
    ]
