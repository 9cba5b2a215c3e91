from bisect import bisect_right
from collections.abc import Sequence
from math import floor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.decoders.gatt.revolutions import STOPPED_S, Revolutions, Turns
from edged.model import NS_PER_S

T = 1000 * NS_PER_S


def crank() -> Revolutions:
    return Revolutions(16, 1024, 5.0)


def rates(revolutions: Revolutions, told: Sequence[tuple[float, int, int]]) -> list[float | None]:
    """Feed receipt in s, count and event time in ticks."""
    return [revolutions.rate_hz(Turns(n, ticks), T + round(s * NS_PER_S)) for s, n, ticks in told]


def test_a_rate_needs_a_turn_that_was_seen_to_come() -> None:
    told = [(0, 100, 5000), (1, 100, 5000), (2, 101, 7000), (3, 102, 8024), (4, 104, 9048)]
    assert rates(crank(), told) == [None, None, None, 1.0, 2.0]


def test_count_and_time_wrap_around() -> None:
    told = [(0, 65533, 63000), (1, 65534, 64024), (2, 65535, 65048), (3, 0, 536), (4, 2, 1560)]
    assert rates(crank(), told) == [None, None, 1.0, 1.0, 2.0]


def test_what_is_repeated_is_no_news_until_it_has_stopped() -> None:
    told = [(s, 0 if s == 0 else 1 if s == 1 else 2, min(s, 2) * 1024) for s in range(9)]
    assert rates(crank(), told) == [None, None, 1.0, None, None, None, 0.0, 0.0, 0.0]


def test_the_same_again_in_the_same_instant_changes_nothing() -> None:
    told = [(0, 0, 0), (0, 0, 0), (1, 1, 1024), (1, 1, 1024), (2, 2, 2048), (2, 2, 2048), (3, 3, 3072)]
    assert rates(crank(), told) == [None, None, None, None, 1.0, None, 1.0]


def test_a_turn_after_a_long_stop_is_reckoned_over_all_of_it() -> None:
    stop = [(float(s), 2, 2048) for s in range(3, 150)]
    told = [(0.0, 0, 0), (1.0, 1, 1024), (2.0, 2, 2048), *stop, (150.0, 3, 150 * 1024 % 65536)]
    rate = rates(crank(), [(s, n, ticks) for s, n, ticks in told])[-1]
    assert rate == pytest.approx(1 / 148)


@pytest.mark.parametrize(
    ("restarted", "what"),
    [
        ((3.0, 0, 0), "count and time begin anew"),
        ((3.0, 1, 3072), "count goes back"),
        ((3.0, 3, 60000), "time jumps"),
        ((3.0, 12, 3072), "no crank turns so fast"),
    ],
)
def test_a_sensor_that_begins_anew_is_not_believed(restarted: tuple[float, int, int], what: str) -> None:
    s, n, ticks = restarted
    after = [(s + 1, n + 1, (ticks + 1024) % 65536), (s + 2, n + 2, (ticks + 2048) % 65536)]
    told = [(0.0, 0, 0), (1.0, 1, 1024), (2.0, 2, 2048), restarted, *after]
    assert rates(crank(), told) == [None, None, 1.0, None, None, 1.0], what


def test_a_connection_and_a_pause_of_the_radio_begin_anew() -> None:
    revolutions = crank()
    assert rates(revolutions, [(0, 0, 0), (1, 1, 1024), (2, 2, 2048)]) == [None, None, 1.0]
    revolutions.start()
    assert rates(revolutions, [(3, 3, 3072), (4, 4, 4096), (5, 5, 5120)]) == [None, None, 1.0]
    later = 5 + STOPPED_S
    told = [(later, 6, 6144), (later + 1, 10, 10240), (later + 2, 11, 11264), (later + 1, 12, 12288)]
    assert rates(revolutions, told) == [None, None, 1.0, None]


def test_a_count_without_its_time_waits_for_it() -> None:
    told = [(0, 0, 0), (1, 1, 1024), (2, 2, 1024), (3, 3, 3072)]
    assert rates(crank(), told) == [None, None, None, 1.0]


def test_time_without_a_turn_means_nothing() -> None:
    told = [(0, 0, 0), (1, 1, 1024), (2, 1, 2048), (3, 2, 3072)]
    assert rates(crank(), told) == [None, None, None, 0.5]


@st.composite
def rides(draw: st.DrawFn) -> list[float]:
    """Times of turns, s: stretches of some rate, or of none."""
    stretch = st.tuples(st.floats(1, 90), st.just(0.0) | st.floats(0.1, 4.5))
    turns, phase, at_s = list[float](), draw(st.floats(0, 1)), 0.0
    for length_s, rate_hz in draw(st.lists(stretch, min_size=1, max_size=6)):
        if rate_hz:
            first = floor(phase) + 1
            last = floor(phase + length_s * rate_hz)
            turns += [at_s + (n - phase) / rate_hz for n in range(first, last + 1)]
        phase += length_s * rate_hz
        at_s += length_s
    return turns


@given(
    turns=rides(),
    first_count=st.integers(0, 65535),
    first_ticks=st.integers(0, 65535),
    late_s=st.lists(st.floats(0, 0.4), min_size=20, max_size=20),
)
@settings(max_examples=100)
def test_a_rate_is_the_true_mean_between_two_turns_or_is_not_told(
    turns: list[float], first_count: int, first_ticks: int, late_s: list[float]
) -> None:
    revolutions, known = crank(), list[int]()
    for second in range(round(turns[-1]) + 12 if turns else 12):
        count = bisect_right(turns, second)
        event_s = turns[count - 1] if count else -200.0  # long before the connection
        ticks = (first_ticks + round(event_s * 1024)) % 65536
        told = Turns((first_count + count) % 65536, ticks)
        received_ns = T + round((second + late_s[second % 20]) * NS_PER_S)
        rate_hz = revolutions.rate_hz(told, received_ns)
        if rate_hz == 0:
            assert second - event_s >= STOPPED_S - 0.5
        elif rate_hz is not None:
            before = known[-1]
            time_s = turns[count - 1] - turns[before - 1]
            assert rate_hz == pytest.approx((count - before) / time_s, rel=2 / 1024 / time_s + 1e-9)
        if count and (not known or count != known[-1]):
            known.append(count)
