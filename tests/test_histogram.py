"""What took how long, counted by size."""

from hypothesis import given
from hypothesis import strategies as st

from edged.histogram import Distribution, Histogram
from edged.model import NS_PER_MS, NS_PER_S

BOUNDS_S = (0.001, 0.01, 1)


def test_a_bound_belongs_to_its_bucket() -> None:
    histogram = Histogram(BOUNDS_S)
    for duration_ms in (0, 1, 1.001, 10, 999, 1000, 1001, 5000):
        histogram.note(round(duration_ms * NS_PER_MS))
    assert histogram.distribution() == Distribution(BOUNDS_S, (2, 2, 2, 2), 8.012001, 0, 5)


def test_an_empty_one_has_nothing_in_it() -> None:
    empty = Histogram(BOUNDS_S).distribution()
    assert empty == Distribution(BOUNDS_S, (0, 0, 0, 0), 0, 0, 0)
    assert empty.count == 0


def test_less_than_nothing_is_nothing() -> None:
    histogram = Histogram(BOUNDS_S)
    histogram.note(-NS_PER_S)
    assert histogram.distribution() == Distribution(BOUNDS_S, (1, 0, 0, 0), 0, 0, 0)


@given(st.lists(st.integers(0, 100 * NS_PER_S)))
def test_everything_is_counted_once(durations_ns: list[int]) -> None:
    histogram = Histogram(BOUNDS_S)
    for duration_ns in durations_ns:
        histogram.note(duration_ns)
    found = histogram.distribution()
    assert found.count == len(durations_ns)
    within = [sum(ns <= bound * NS_PER_S for ns in durations_ns) for bound in BOUNDS_S]
    assert [sum(found.counts[: n + 1]) for n in range(3)] == within
    assert found.sum_s == sum(durations_ns) / NS_PER_S
    if durations_ns:
        assert (found.least_s, found.most_s) == (min(durations_ns) / NS_PER_S, max(durations_ns) / NS_PER_S)
