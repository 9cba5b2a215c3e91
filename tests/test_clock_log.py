"""What a node logs of its clock."""

import logging
from pathlib import Path

import pytest

from edged.clock import ClockQuality
from edged.log import message_of
from edged.model import NS_PER_S
from tests.rigs.bench_node import BenchNode


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    names = [message.name for record in caplog.records if (message := message_of(record))]
    return [name for name in names if name.startswith("clock_")]


@pytest.fixture(autouse=True)
def info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="edged")


async def test_a_clock_that_is_right_is_not_worth_a_word(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with BenchNode(tmp_path) as bench:
        await bench.clock.advance(10)
    assert told(caplog) == []


async def test_set_late_stepped_and_lost(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    bench = BenchNode(tmp_path)
    right_ns = bench.clock.utc_ns()
    bench.clock.set_utc(0, ClockQuality.UNSYNCED)
    bench.node._clock_map._steps.clear()
    bench.node._clock_map.observe(bench.clock)
    async with bench:
        await bench.until(lambda: told(caplog) == ["clock_not_set"])
        bench.clock.set_utc(right_ns, ClockQuality.SYNCED)
        await bench.until(lambda: told(caplog)[1:] == ["clock_set"])
        bench.clock.set_utc(bench.clock.utc_ns() - 2 * NS_PER_S, ClockQuality.SYNCED)
        await bench.until(lambda: told(caplog)[2:] == ["clock_stepped"])
        bench.clock.set_utc(bench.clock.utc_ns(), ClockQuality.UNSYNCED)
        await bench.until(lambda: told(caplog)[3:] == ["clock_not_set"])
    assert "the clock stepped by -2.000 s" in caplog.messages
