import asyncio
import gc
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.ble.deadline import GRACE_S, _watched, within
from drivers.ble.errors import BleError, Cause
from edged.clock import ManualClock
from edged.model import NS_PER_S

NEVER_S = 10_000.0


@pytest.fixture(autouse=True)
async def nothing_leaks() -> AsyncIterator[None]:
    """After each test no task is left, and the loop had nothing to complain of."""
    complaints: list[str] = []
    before = asyncio.all_tasks()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _loop, what: complaints.append(what["message"]))
    yield
    assert asyncio.all_tasks() <= before | {asyncio.current_task()}
    gc.collect()
    await asyncio.sleep(0)
    assert complaints == []
    assert not _watched


@dataclass(frozen=True)
class Work:
    """What is waited for.

    Attributes:
        lasts_s: until it is done.
        fails: whether it raises at its end.
        cleans_s: how long it goes on once cancelled; None where it does not notice a cancel at all.
    """

    lasts_s: float
    fails: bool = False
    cleans_s: float | None = 0.0

    async def run(self, clock: ManualClock) -> str:
        done_ns = clock.mono_ns() + round(self.lasts_s * NS_PER_S)
        while clock.mono_ns() < done_ns:
            try:
                await clock.sleep((done_ns - clock.mono_ns()) / NS_PER_S)
            except asyncio.CancelledError:
                if self.cleans_s is not None:
                    await clock.sleep(self.cleans_s)
                    raise
        if self.fails:
            raise LookupError("nothing there")
        return "done"


@dataclass
class Waiting:
    """Waits in a task of its own, and notes when it was over."""

    clock: ManualClock
    work: Work
    seconds: float
    over_s: float | None = None

    def start(self) -> asyncio.Task[str]:
        return asyncio.create_task(self._wait())

    async def _wait(self) -> str:
        try:
            return await within(self.clock, self.seconds, self.work.run(self.clock), "connecting")
        finally:
            self.over_s = self.clock.mono_ns() / NS_PER_S


async def test_what_is_done_in_time_is_returned() -> None:
    clock = ManualClock()
    waiting = Waiting(clock, Work(3), 10)
    task = waiting.start()
    await clock.advance(3)
    assert (await task, waiting.over_s) == ("done", 3)


async def test_what_is_raised_in_time_is_raised() -> None:
    clock = ManualClock()
    task = Waiting(clock, Work(3, fails=True), 10).start()
    await clock.advance(3)
    with pytest.raises(LookupError, match="nothing there"):
        await task


@pytest.mark.parametrize("seconds", [0, -1, 10])
async def test_what_need_not_be_waited_for_is_returned_at_once(seconds: float) -> None:
    async def work() -> int:
        return 7

    assert await within(ManualClock(), seconds, work(), "nothing") == 7


async def test_what_takes_too_long_is_given_up() -> None:
    clock = ManualClock()
    waiting = Waiting(clock, Work(NEVER_S), 10)
    task = waiting.start()
    await clock.advance(9.9)
    assert not task.done()
    await clock.advance(0.1)
    with pytest.raises(BleError) as told:
        await task
    assert (told.value.cause, told.value.what) == (Cause.TIMEOUT, "connecting got no answer within 10 s")
    assert waiting.over_s == 10


async def test_what_cleans_up_may_take_its_time_for_it() -> None:
    clock = ManualClock()
    waiting = Waiting(clock, Work(NEVER_S, cleans_s=1.5), 10)
    task = waiting.start()
    await clock.advance(20)
    assert isinstance(task.exception(), BleError)
    assert waiting.over_s == 11.5


@pytest.mark.parametrize("fails", [False, True])
async def test_what_cannot_be_cancelled_is_left_to_itself(*, fails: bool) -> None:
    clock = ManualClock()
    waiting = Waiting(clock, Work(60, fails=fails, cleans_s=None), 10)
    task = waiting.start()
    await clock.advance(20)
    assert isinstance(task.exception(), BleError)
    assert waiting.over_s == 10 + GRACE_S
    del task
    gc.collect()
    assert len(_watched) == 1, "it is not collected while it waits"
    await clock.advance(60)


async def test_what_raises_while_it_is_given_up_raises_nothing_but_that() -> None:
    clock = ManualClock()

    async def work() -> None:
        try:
            await clock.sleep(NEVER_S)
        finally:
            raise LookupError("while closing")

    task = asyncio.create_task(within(clock, 10, work(), "closing"))
    await clock.advance(20)
    error = task.exception()
    assert isinstance(error, BleError)
    assert error.cause is Cause.TIMEOUT


@pytest.mark.parametrize(
    ("work", "over_s"),
    [
        (Work(NEVER_S), 5),
        (Work(NEVER_S, cleans_s=1.5), 6.5),
        (Work(60, cleans_s=None), 7),
        (Work(60, fails=True, cleans_s=None), 7),
    ],
)
async def test_who_is_cancelled_cancels_the_work_and_waits_for_its_end(work: Work, over_s: float) -> None:
    clock = ManualClock()
    waiting = Waiting(clock, work, 10)
    task = waiting.start()
    await clock.advance(5)
    task.cancel()
    await clock.advance(20)
    assert task.cancelled()
    assert waiting.over_s == over_s
    await clock.advance(60)


async def test_who_is_cancelled_before_it_began_never_begins() -> None:
    clock = ManualClock()
    begun = False

    async def work() -> None:
        nonlocal begun
        begun = True

    async def wait() -> None:
        await within(clock, 10, work(), "connecting")

    task = asyncio.create_task(wait())
    task.cancel()
    await clock.advance(0)
    assert task.cancelled()
    assert not begun


async def test_who_is_cancelled_while_it_gives_up_is_cancelled() -> None:
    clock = ManualClock()
    waiting = Waiting(clock, Work(60, cleans_s=None), 10)
    task = waiting.start()
    await clock.advance(11)
    task.cancel()
    await clock.advance(10)
    assert task.cancelled()
    assert waiting.over_s is not None
    assert waiting.over_s <= 11 + GRACE_S
    await clock.advance(60)


halves = st.integers(0, 40).map(lambda n: n / 2)
quarters = st.integers(0, 15).map(lambda n: n + 0.25)
eighths = halves.map(lambda s: s + 0.125)  # no two fall together
works = st.builds(Work, halves | st.just(NEVER_S), st.booleans(), halves)
deaf = st.builds(Work, halves, st.booleans(), st.none())


@given(work=works | deaf, seconds=quarters, cancel_s=st.none() | eighths)
async def test_it_is_over_in_time_whatever_the_work_does(
    work: Work, seconds: float, cancel_s: float | None
) -> None:
    clock = ManualClock()
    waiting = Waiting(clock, work, seconds)
    task = waiting.start()
    if cancel_s is not None:
        await clock.advance(cancel_s)
        task.cancel()
    await clock.advance(50)
    over_s = waiting.over_s
    if over_s is None:
        pytest.fail("it is not over")
    given_up_s = seconds if cancel_s is None else min(seconds, cancel_s)
    if work.lasts_s < given_up_s:
        assert over_s == work.lasts_s
        assert isinstance(task.exception(), LookupError) if work.fails else task.result() == "done"
    elif task.cancelled():
        assert cancel_s is not None
        assert given_up_s <= over_s <= cancel_s + GRACE_S
    else:
        assert isinstance(task.exception(), BleError)
        assert seconds <= over_s <= seconds + GRACE_S
    await clock.advance(NEVER_S)
