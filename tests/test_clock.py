import asyncio
import subprocess
import sys
import time
from itertools import cycle
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edged.clock import (
    STEP_TOLERANCE_NS,
    ClockMap,
    ClockQuality,
    ClockStep,
    ManualClock,
    SystemClock,
    time_limit,
    wait_for,
)
from edged.model import NS_PER_S

REFUSED = """
import ctypes, errno, platform, struct, sys
from pathlib import Path
from edged.clock import SystemClock

# classic BPF (seccomp(2)): what asks for the clock is answered EPERM, all else is let through
numbers = {"x86_64": (159, 305), "aarch64": (171, 266)}[platform.machine()]
jumps = [(0x15, len(numbers) - n, 0, number) for n, number in enumerate(numbers)]
program = [(0x20, 0, 0, 0), *jumps, (0x06, 0, 0, 0x7FFF0000), (0x06, 0, 0, 0x00050000 | errno.EPERM)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *each) for each in program))
filter_ = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program), ctypes.addressof(code)))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, filter_, 0, 0) == 0, ctypes.get_errno()
print(SystemClock(Path(sys.argv[1])).quality())
"""
"""A program that the kernel does not tell whether the clock is set."""

SYNCED, UNSYNCED = ClockQuality.SYNCED, ClockQuality.UNSYNCED
TODAY_NS = 1_790_000_000 * NS_PER_S


class Interrupted(ManualClock):
    """A clock whose reader is held up between two readings: so long, then so long, and again."""

    def __init__(self, *pauses_ns: int) -> None:
        super().__init__(utc_ns=TODAY_NS)
        self._pauses = cycle(pauses_ns)

    def utc_ns(self) -> int:
        now_ns = super().utc_ns()
        self.move_to(self.mono_ns() + next(self._pauses))
        return now_ns


def test_an_empty_map_knows_nothing() -> None:
    with pytest.raises(LookupError, match="boot b"):
        ClockMap("b").to_utc_ns(0)


def test_one_synchronised_step_serves_before_and_after() -> None:
    clock_map = ClockMap("b", [ClockStep(1000, TODAY_NS, SYNCED)])
    assert clock_map.to_utc_ns(1000) == (TODAY_NS, True)
    assert clock_map.to_utc_ns(1500) == (TODAY_NS + 500, True)
    assert clock_map.to_utc_ns(400) == (TODAY_NS - 600, True)


def test_what_was_stamped_in_1970_is_corrected_once_the_clock_is_right() -> None:
    clock_map = ClockMap("b", [ClockStep(0, 5, UNSYNCED)])
    assert clock_map.to_utc_ns(100) == (105, False)
    clock_map.learn([ClockStep(300 * NS_PER_S, TODAY_NS, SYNCED)])
    assert clock_map.to_utc_ns(100) == (TODAY_NS - 300 * NS_PER_S + 100, True)
    assert clock_map.to_utc_ns(301 * NS_PER_S) == (TODAY_NS + NS_PER_S, True)


def test_after_a_step_the_new_time_counts_from_then_on() -> None:
    clock_map = ClockMap("b", [ClockStep(200, 5000, SYNCED), ClockStep(100, 1000, SYNCED)])
    assert clock_map.to_utc_ns(199) == (1099, True)
    assert clock_map.to_utc_ns(200) == (5000, True)
    assert [step.mono_ns for step in clock_map.steps] == [100, 200]


def test_a_lost_synchronisation_is_served_by_the_next() -> None:
    steps = [ClockStep(0, 0, SYNCED), ClockStep(100, 100, UNSYNCED), ClockStep(200, 250, SYNCED)]
    assert ClockMap("b", steps).to_utc_ns(150) == (200, True)
    assert ClockMap("b", steps[:2]).to_utc_ns(150) == (150, False)


def test_observing_makes_a_step_at_first_and_on_every_change_that_matters() -> None:
    clock = ManualClock(mono_ns=5, utc_ns=TODAY_NS, quality=UNSYNCED)
    clock_map = ClockMap(clock.boot)
    first = clock_map.observe(clock)
    assert first == ClockStep(5, TODAY_NS, UNSYNCED)
    clock.move_to(10 * NS_PER_S)
    assert clock_map.observe(clock) is None
    clock.set_utc(clock.utc_ns() + STEP_TOLERANCE_NS, UNSYNCED)
    assert clock_map.observe(clock) is None
    clock.set_utc(clock.utc_ns() + 1, UNSYNCED)
    assert clock_map.observe(clock) is not None
    clock.set_utc(clock.utc_ns(), SYNCED)
    step = clock_map.observe(clock)
    assert step == ClockStep(clock.mono_ns(), clock.utc_ns(), SYNCED)
    clock.set_utc(clock.utc_ns() - STEP_TOLERANCE_NS - 1, SYNCED)
    assert clock_map.observe(clock) is not None
    assert len(clock_map.steps) == 4


def test_slow_drift_becomes_a_step_before_it_matters() -> None:
    clock = ManualClock(utc_ns=TODAY_NS)
    clock_map = ClockMap(clock.boot)
    for _ in range(1000):
        clock_map.observe(clock)
        clock.move_to(clock.mono_ns() + NS_PER_S)
        clock.set_utc(clock.utc_ns() + 50_000, SYNCED)  # 50 ppm
        said, _ = clock_map.to_utc_ns(clock.mono_ns())
        assert abs(said - clock.utc_ns()) <= STEP_TOLERANCE_NS + 50_000
    assert len(clock_map.steps) == 3


def test_an_interruption_while_reading_is_no_step() -> None:
    clock_map = ClockMap("b", [ClockStep(0, TODAY_NS, SYNCED)])
    clock = Interrupted(3 * STEP_TOLERANCE_NS, 0)
    assert clock_map.observe(clock) is None


def test_a_clock_that_is_always_interrupted_is_read_all_the_same() -> None:
    clock_map = ClockMap("b")
    step = clock_map.observe(Interrupted(2_000_000))
    assert step is not None
    assert abs((step.utc_ns - TODAY_NS) - step.mono_ns) <= 1_000_000


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6), st.booleans()), min_size=1, max_size=8),
    st.integers(0, 10**6),
)
def test_a_time_can_be_believed_where_some_step_can_and_never_otherwise(
    told: list[tuple[int, int, bool]], mono_ns: int
) -> None:
    steps = [ClockStep(at, utc, SYNCED if good else UNSYNCED) for at, utc, good in told]
    utc_ns, believed = ClockMap("b", steps).to_utc_ns(mono_ns)
    assert utc_ns in {step.utc_ns + mono_ns - step.mono_ns for step in steps}
    assert (
        believed
        is any((utc_ns == step.utc_ns + mono_ns - step.mono_ns) and step.quality is SYNCED for step in steps)
        or not believed
    )


def test_learning_twice_is_learning_once() -> None:
    step = ClockStep(1, 2, SYNCED)
    clock_map = ClockMap("b", [step])
    clock_map.learn([step, ClockStep(0, 1, SYNCED)])
    assert clock_map.steps == (ClockStep(0, 1, SYNCED), step)


async def test_manual_time_moves_only_when_told() -> None:
    clock = ManualClock(mono_ns=100, utc_ns=TODAY_NS, boot="b1", quality=UNSYNCED)
    assert (clock.boot, clock.mono_ns(), clock.utc_ns(), clock.quality()) == ("b1", 100, TODAY_NS, UNSYNCED)
    await clock.sleep(0)
    await clock.sleep(-1)
    assert clock.mono_ns() == 100
    clock.move_to(150)
    assert clock.utc_ns() == TODAY_NS + 50
    await clock.advance(1)
    assert clock.mono_ns() == 150 + NS_PER_S
    assert clock.utc_ns() == TODAY_NS + 50 + NS_PER_S


async def test_sleepers_wake_in_order_each_at_its_own_moment() -> None:
    clock, woken = ManualClock(), list[tuple[str, int]]()

    async def sleep(name: str, *naps_s: float) -> None:
        for nap_s in naps_s:
            await clock.sleep(nap_s)
            woken.append((name, clock.mono_ns()))

    async with asyncio.TaskGroup() as group:
        group.create_task(sleep("slow", 3))
        group.create_task(sleep("quick", 1, 1, 1.5))
        group.create_task(sleep("also slow", 3))
        await clock.advance(2.5)
        assert woken == [("quick", 1 * NS_PER_S), ("quick", 2 * NS_PER_S)]
        await clock.advance(10)
    assert woken[2:] == [
        ("slow", 3 * NS_PER_S),
        ("also slow", 3 * NS_PER_S),
        ("quick", 3_500_000_000),
    ]
    assert clock.mono_ns() == 12_500_000_000


async def test_a_cancelled_sleeper_is_passed_over() -> None:
    clock = ManualClock()
    gone = asyncio.ensure_future(clock.sleep(1))
    stays = asyncio.ensure_future(clock.sleep(2))
    await asyncio.sleep(0)
    gone.cancel()
    await clock.advance(3)
    assert gone.cancelled()
    assert stays.done()
    assert not stays.cancelled()


async def test_a_sleeper_that_time_was_moved_past_wakes_now() -> None:
    clock = ManualClock()
    sleeper = asyncio.ensure_future(clock.sleep(1))
    await asyncio.sleep(0)
    clock.move_to(5 * NS_PER_S)
    assert not sleeper.done()
    await clock.advance(0)
    assert sleeper.done()
    assert clock.mono_ns() == 5 * NS_PER_S


async def test_the_system_clock_is_the_kernels() -> None:
    clock = SystemClock()
    boot = await asyncio.to_thread(Path("/proc/sys/kernel/random/boot_id").read_text, encoding="ascii")
    assert clock.boot == boot.strip()
    before_ns = time.monotonic_ns()
    assert before_ns <= clock.mono_ns() <= time.monotonic_ns()
    before_ns = time.time_ns()
    assert before_ns <= clock.utc_ns() <= time.time_ns()
    assert clock.quality() in ClockQuality
    started_ns = clock.mono_ns()
    await clock.sleep(0.001)
    assert clock.mono_ns() - started_ns >= 1_000_000


async def test_waiting_for_what_has_happened_does_not_wait() -> None:
    event = asyncio.Event()
    event.set()
    assert await wait_for(event, ManualClock(), 10)


async def test_waiting_ends_with_the_event() -> None:
    event, clock = asyncio.Event(), ManualClock()
    waiting = asyncio.ensure_future(wait_for(event, clock, 10))
    await clock.advance(5)
    assert not waiting.done()
    event.set()
    assert await waiting


async def test_waiting_ends_with_the_time() -> None:
    event, clock = asyncio.Event(), ManualClock()
    waiting = asyncio.ensure_future(wait_for(event, clock, 10))
    await clock.advance(10)
    assert not await waiting


@pytest.mark.parametrize("cancelled", [True, False])
async def test_waiting_leaves_no_task_behind(*, cancelled: bool) -> None:
    event, clock = asyncio.Event(), ManualClock()
    before = asyncio.all_tasks()
    waiting = asyncio.ensure_future(wait_for(event, clock, 10))
    await clock.advance(1)
    if cancelled:
        waiting.cancel()
    else:
        event.set()
    await asyncio.wait([waiting])
    assert asyncio.all_tasks() == before


async def test_a_limit_that_is_not_reached_is_none() -> None:
    clock = ManualClock()
    async with time_limit(clock, 10):
        await clock.advance(9.9)
    await clock.advance(10)


async def test_a_limit_ends_what_takes_longer() -> None:
    clock, ended = ManualClock(), list[str]()

    async def work() -> None:
        try:
            async with time_limit(clock, 10):
                await asyncio.Event().wait()
        except TimeoutError:
            ended.append("too long")

    working = asyncio.ensure_future(work())
    await clock.advance(9.9)
    assert ended == []
    await clock.advance(0.1)
    await working
    assert ended == ["too long"]


async def test_a_cancel_is_no_matter_of_the_limit() -> None:
    clock = ManualClock()

    async def work() -> None:
        async with time_limit(clock, 10):
            await asyncio.Event().wait()

    working = asyncio.ensure_future(work())
    await clock.advance(1)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working


async def test_a_limit_leaves_no_task_behind() -> None:
    clock, before = ManualClock(), asyncio.all_tasks()
    async with time_limit(clock, 10):
        pass
    await clock.advance(0)
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize("is_there", [True, False])
def test_where_the_kernel_may_not_be_asked_timesyncd_is(tmp_path: Path, *, is_there: bool) -> None:
    """Under ``ProtectClock=`` the call is refused; here the same is done to a child, by seccomp."""
    file = tmp_path / "synchronized"
    if is_there:
        file.touch()
    done = subprocess.run(
        [sys.executable, "-c", REFUSED, str(file)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ("synced" if is_there else "unsynced")
