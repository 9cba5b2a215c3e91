"""One job at a time, beside the event loop, the newest first."""

import asyncio
import threading

import pytest

from edged.ops.newest import Newest, Superseded


class Work:
    """Jobs that end when the test says so."""

    def __init__(self) -> None:
        self.may_end = threading.Event()
        self.begun: list[str] = []
        self.at_once = self.most_at_once = 0

    def job(self, name: str) -> str:
        self.begun.append(name)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        assert self.may_end.wait(10)
        self.at_once -= 1
        return name


async def begun(work: Work, count: int) -> None:
    async with asyncio.timeout(10):
        while len(work.begun) < count:  # a thread has no event for it
            await asyncio.sleep(0.001)


async def test_the_newest_of_those_that_wait_is_next() -> None:
    work, newest = Work(), Newest()
    first = asyncio.create_task(newest.run(lambda: work.job("first")))
    await begun(work, 1)
    second = asyncio.create_task(newest.run(lambda: work.job("second")))
    await asyncio.sleep(0)
    third = asyncio.create_task(newest.run(lambda: work.job("third")))
    with pytest.raises(Superseded):
        await second
    assert not third.done()
    assert not first.done(), "the event loop goes on while it runs"
    work.may_end.set()
    assert await first == "first"
    assert await third == "third"
    assert work.begun == ["first", "third"]
    assert work.most_at_once == 1
    assert await newest.run(lambda: work.job("fourth")) == "fourth"


async def test_what_a_job_raises_is_raised_and_the_next_goes_on() -> None:
    newest = Newest()

    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await newest.run(fail)
    assert await newest.run(lambda: 7) == 7


async def test_who_goes_away_holds_nobody_up() -> None:
    work, newest = Work(), Newest()
    first = asyncio.create_task(newest.run(lambda: work.job("first")))
    await begun(work, 1)
    waiting = asyncio.create_task(newest.run(lambda: work.job("waiting")))
    await asyncio.sleep(0)
    for task in (first, waiting):
        task.cancel()
    await asyncio.gather(first, waiting, return_exceptions=True)
    after = asyncio.create_task(newest.run(lambda: work.job("after")))
    await asyncio.sleep(0)
    work.may_end.set()
    assert await after == "after"
    assert work.begun == ["first", "after"]
    assert work.most_at_once == 1


async def test_who_goes_away_in_his_turn_passes_it_on() -> None:
    work, newest = Work(), Newest()
    first = asyncio.create_task(newest.run(lambda: work.job("first")))
    await begun(work, 1)
    second = asyncio.create_task(newest.run(lambda: work.job("second")))
    await asyncio.sleep(0)
    first.add_done_callback(lambda _: second.cancel())
    work.may_end.set()
    await first
    await asyncio.gather(second, return_exceptions=True)
    assert await newest.run(lambda: work.job("third")) == "third"
