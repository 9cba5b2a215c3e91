from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.ble.diary import Diary
from drivers.ble.errors import BleError, Cause
from edged.model import NS_PER_S


def written(lasted_s: Iterable[float], pause_s: float = 2) -> list[BleError | None]:
    """Return what is said at the end of each connection, the next beginning after a pause."""
    diary, now_ns, said = Diary(), 0, []
    for seconds in lasted_s:
        began_ns = now_ns + round(pause_s * NS_PER_S)
        now_ns = began_ns + round(seconds * NS_PER_S)
        said.append(diary.ended(began_ns, now_ns))
    return said


def test_what_drops_every_30_s_is_told_what_it_is() -> None:
    first, second, third, fourth = written([30, 30.5, 29.8, 30.1])
    assert (first, second) == (None, None)
    assert third is not None
    assert third.cause is Cause.DROPPED
    assert third.what == "it drops every 30 s: it refuses the connection parameters"
    assert "MinConnectionInterval" in third.mend
    assert "/etc/bluetooth/main.conf" in third.mend
    assert str(fourth) == str(third), "and again, as long as it does so"


@pytest.mark.parametrize(
    ("lasted_s", "is_known"),
    [
        ([30, 30, 30], True),
        ([5, 5, 5], True),
        ([120, 120, 120], True),
        ([4.9, 4.9, 4.9], False),  # never came up, or at the edge of range
        ([121, 121, 121], False),
        ([27, 30, 33], True),  # a fifth of 30 s apart
        ([26.9, 30, 33.1], False),
        ([30, 90, 30], False),
        ([600, 30, 30], False),
        ([600, 30, 30, 30], True),  # the last three count
        ([30, 30], False),
    ],
)
def test_three_that_lasted_alike_are_a_pattern(lasted_s: list[float], *, is_known: bool) -> None:
    assert (written(lasted_s)[-1] is not None) is is_known


@pytest.mark.parametrize(("pause_s", "is_known"), [(270, True), (270.1, False)])
def test_drops_that_lie_far_apart_are_none(pause_s: float, *, is_known: bool) -> None:
    said = written([30, 30, 30], pause_s)  # the first ended twice a pause and a connection ago: 10 min
    assert (said[-1] is not None) is is_known


def test_a_good_connection_in_between_ends_the_pattern() -> None:
    assert written([30, 30, 30, 1800, 30, 30])[3:] == [None, None, None]


@given(st.lists(st.tuples(st.floats(0, 1000), st.floats(0, 1000)), max_size=30))
def test_nothing_is_said_of_fewer_than_three_and_only_of_those_alike(ends: list[tuple[float, float]]) -> None:
    diary, now_ns, lasted = Diary(), 0, []
    for pause_s, seconds in ends:
        began_ns = now_ns + round(pause_s * NS_PER_S)
        now_ns = began_ns + round(seconds * NS_PER_S)
        lasted.append(seconds)
        if diary.ended(began_ns, now_ns) is not None:
            last = lasted[-3:]
            assert len(last) == 3
            assert min(last) >= 4
            assert max(last) <= 133
            assert max(last) - min(last) <= 0.3 * min(last)
