import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from edged.clock import ManualClock
from edged.errors import DriverError, TraceError
from edged.model import NS_PER_S, Packet
from edged.sources.link import Link, LinkContext, open_link
from edged.trace import TraceWriter
from tests.conformance.links import no_wait

START_NS = 50 * NS_PER_S


@pytest.fixture
def trace(tmp_path: Path) -> Path:
    """Return a trace of three packets, 2, 4 and 7 s after its beginning, and a command."""
    path = tmp_path / "trace.jsonl"
    with TraceWriter(path, clock=ManualClock(mono_ns=1), decoder="heart_rate", link="") as writer:
        for second in (2, 4):
            writer.received(Packet("2a37", bytes((second,)), 1 + second * NS_PER_S))
        writer.sent(Packet("2a39", b"\x01"))
        writer.received(Packet("2a37", b"\x07", 1 + 7 * NS_PER_S))
    return path


def replay(url: str, clock: ManualClock, room: Callable[[], object] | None = None) -> Link:
    async def count() -> None:
        if room:
            room()

    return open_link(url, LinkContext(clock, count if room else no_wait))


@pytest.mark.parametrize(("speed", "arrivals"), [(1, [2, 4, 7]), (2, [1, 2, 3.5]), (0.5, [4, 8, 14])])
async def test_stamps_keep_the_spacing_of_the_trace_at_any_speed(
    trace: Path, speed: float, arrivals: list[float]
) -> None:
    clock = ManualClock(mono_ns=START_NS)
    told: list[tuple[Packet, int]] = []
    link = replay(f"replay:{trace}?speed={speed}", clock)
    task = asyncio.create_task(link.run(lambda packet: told.append((packet, clock.mono_ns()))))
    await clock.advance(20)
    assert task.done()
    await task
    assert [packet for packet, _ in told] == [
        Packet("2a37", bytes((second,)), START_NS + second * NS_PER_S) for second in (2, 4, 7)
    ]
    assert [(at - START_NS) / NS_PER_S for _, at in told] == arrivals


async def test_as_fast_as_possible_takes_no_time_and_waits_for_room(trace: Path) -> None:
    clock = ManualClock(mono_ns=START_NS)
    order: list[str] = []
    link = replay(f"replay:{trace}?speed=0", clock, lambda: order.append("room"))
    await link.run(lambda packet: order.append(packet.data.hex()))
    assert order == ["02", "room", "04", "room", "07", "room"]
    assert clock.mono_ns() == START_NS


async def test_it_goes_on_where_it_was_stopped_and_begins_anew_after_the_end(trace: Path) -> None:
    clock = ManualClock(mono_ns=START_NS)
    packets: list[Packet] = []
    link = replay(f"replay:{trace}", clock)
    for seconds in (3, 2, 20):
        task = asyncio.create_task(link.run(packets.append))
        await clock.advance(seconds)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert [packet.mono_ns - START_NS for packet in packets] == [2 * NS_PER_S, 4 * NS_PER_S, 7 * NS_PER_S]
    again = asyncio.create_task(link.run(packets.append))
    await clock.advance(20)
    await again
    assert packets[3].mono_ns - packets[0].mono_ns == 25 * NS_PER_S
    assert len(packets) == 6


async def test_broken_lines_are_reported_with_the_first(
    trace: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with trace.open("a") as file:
        file.write("nonsense\n\n{}\n")
    packets: list[Packet] = []
    with caplog.at_level(logging.WARNING):
        await replay(f"replay:{trace}?speed=0", ManualClock()).run(packets.append)
    assert len(packets) == 3
    assert [record.message for record in caplog.records] == [
        f"{trace}: 2 broken lines were left out, the first is line 6"
    ]


async def test_a_file_that_is_not_there_is_named_with_the_mend(tmp_path: Path) -> None:
    link = replay(f"replay:{tmp_path}/missing.jsonl", ManualClock())
    with pytest.raises(DriverError, match=r"missing\.jsonl: cannot be read: No such file.*working directory"):
        await link.run(lambda _: None)


async def test_what_is_no_trace_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text("hello\n")
    with pytest.raises(TraceError, match="not a trace"):
        await replay(f"replay:{tmp_path}/t.jsonl", ManualClock()).run(lambda _: None)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("replay:", "no file is named. Write replay:FILE"),
        ("replay:t.jsonl?speed=-1", "speed=-1 is not a number from 0 to 1000"),
        ("replay:t.jsonl?speed=1e-9", "speed=1e-09 is below 0.001"),
    ],
)
def test_a_wrong_address_is_refused(url: str, message: str) -> None:
    with pytest.raises(DriverError) as refused:
        replay(url, ManualClock())
    assert message in str(refused.value)
