"""How delivery goes: rates, and where the backlog goes."""

import asyncio
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edged.clock import ManualClock
from edged.model import NS_PER_S
from edged.ops.delivery_watch import WINDOW_S, DeliveryWatch, Moment, Rate, rates, trend
from edged.tasks import end


def course(backlogs: list[int], per_s: int = 4) -> list[Moment]:
    """Return a moment a second, with so many records published in each."""
    return [
        Moment(second * NS_PER_S, second * per_s, second * per_s, backlog)
        for second, backlog in enumerate(backlogs)
    ]


def test_rates_are_those_of_each_second() -> None:
    moments = [Moment(0, 0, 0, 0), Moment(NS_PER_S, 8, 5, 3), Moment(3 * NS_PER_S, 8, 9, 0)]
    assert rates(moments) == [Rate(NS_PER_S, 8.0, 5.0), Rate(3 * NS_PER_S, 0.0, 2.0)]
    assert rates([]) == rates(moments[:1]) == []


def test_a_uplink_that_begins_anew_does_not_go_backwards() -> None:
    assert rates([Moment(0, 90, 90, 0), Moment(NS_PER_S, 2, 1, 0)]) == [Rate(NS_PER_S, 0.0, 0.0)]


@pytest.mark.parametrize(
    ("backlogs", "expected"),
    [
        ([], "unknown"),
        ([7] * 3, "unknown"),
        ([0] * 3, "none"),
        ([0, 4, 2, 8, 0, 4, 6, 1, 3] * 3, "none"),
        ([500] * 30, "steady"),
        (list(range(0, 120, 4)), "growing"),
        (list(range(40)), "growing"),
        (list(range(900, 0, -30)), "shrinking"),
    ],
)
def test_where_the_backlog_goes(backlogs: list[int], expected: str) -> None:
    assert trend(course(backlogs)).course == expected


def test_a_backlog_that_shrinks_says_when_it_is_gone() -> None:
    found = trend(course([1000 - 10 * second for second in range(30)]))
    assert found.per_s == pytest.approx(-10)
    assert found.left_s == pytest.approx(71)


def test_only_the_last_half_minute_counts() -> None:
    there_and_back = [10 * second for second in range(31)] + [300 - 10 * second for second in range(1, 26)]
    assert trend(course(there_and_back)).course == "shrinking"


@given(st.lists(st.tuples(st.integers(0, 10**9), *[st.integers(0, 10**9)] * 3), max_size=80))
def test_whatever_is_counted_there_is_an_answer(counted: list[tuple[int, int, int, int]]) -> None:
    steps: list[Moment] = []
    now_ns = 0
    for step_ns, *counts in counted:
        now_ns += step_ns
        steps.append(Moment(now_ns, *counts))
    found = trend(steps)
    assert math.isfinite(found.per_s)
    assert (found.left_s is not None) == (found.course == "shrinking")
    assert found.left_s is None or found.left_s > 0
    assert all(rate.published >= 0 and rate.acknowledged >= 0 for rate in rates(steps))


async def test_a_minute_is_kept() -> None:
    clock = ManualClock()
    watch = DeliveryWatch(clock, lambda: Moment(clock.mono_ns(), 0, 0, 0))
    task = asyncio.create_task(watch.run())
    await clock.advance(3)
    assert [each.mono_ns for each in watch.moments] == [second * NS_PER_S for second in range(4)]
    await clock.advance(100)
    assert len(watch.moments) == WINDOW_S + 1
    assert watch.moments[-1].mono_ns == 103 * NS_PER_S
    await end(task)


async def test_without_an_uplink_there_is_nothing_to_see() -> None:
    clock = ManualClock()
    watch = DeliveryWatch(clock, lambda: None)
    task = asyncio.create_task(watch.run())
    await clock.advance(3)
    assert watch.moments == ()
    await end(task)
