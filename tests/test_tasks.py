import asyncio

import pytest

from edged.tasks import apart, end, run_until


async def test_run_until_told() -> None:
    stop, ended = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        try:
            stop.set()
            await asyncio.Event().wait()
        finally:
            ended.set()

    await run_until(stop, work())
    assert ended.is_set()


async def test_run_until_done_raises_what_the_work_raises() -> None:
    async def work() -> None:
        raise ValueError("why")

    with pytest.raises(ValueError, match="why"):
        await run_until(asyncio.Event(), work())


async def test_end_takes_what_tasks_raise() -> None:
    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    await end(task)
    assert isinstance(task.exception(), ValueError)


async def test_a_cancel_is_not_lost_in_a_group_that_fails() -> None:
    turns = 0

    async def fail_when_cancelled() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError

    async def failing_group() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail_when_cancelled())

    async def again_and_again() -> None:
        nonlocal turns
        while True:
            turns += 1
            try:
                await apart(failing_group())
            except* ValueError:
                pass

    task = asyncio.create_task(again_and_again())
    await asyncio.sleep(0.01)
    async with asyncio.timeout(5):
        await end(task)
    assert task.cancelled()
    assert turns == 1


async def test_apart_returns_and_raises_what_the_work_does() -> None:
    async def answer() -> int:
        return 42

    async def fail() -> None:
        raise ValueError("why")

    assert await apart(answer()) == 42
    with pytest.raises(ValueError, match="why"):
        await apart(fail())
