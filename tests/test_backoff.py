from random import Random

from hypothesis import given
from hypothesis import strategies as st

from edged.backoff import Backoff


def seeded(seed: int) -> Random:
    return Random(seed)


@given(
    seed=st.integers(), base_s=st.floats(0.001, 10), cap_s=st.floats(0.001, 1000), tries=st.integers(1, 80)
)
def test_each_delay_lies_between_half_and_all_of_its_ceiling(
    seed: int, base_s: float, cap_s: float, tries: int
) -> None:
    backoff = Backoff(base_s, cap_s, seeded(seed))
    for n in range(tries):
        ceiling = min(cap_s, base_s * 2.0**n)
        assert ceiling / 2 <= backoff.next_delay_s() <= ceiling
    assert backoff.attempt == tries


def test_delays_grow_to_the_cap_and_stay_there() -> None:
    backoff = Backoff(1, 8, seeded(1))
    delays = [backoff.next_delay_s() for _ in range(2000)]
    assert delays[0] <= 1
    assert min(delays[3:]) >= 4
    assert max(delays) <= 8


def test_jitter_keeps_two_apart() -> None:
    one, other = Backoff(1, 60, seeded(1)), Backoff(1, 60, seeded(2))
    assert [one.next_delay_s() for _ in range(5)] != [other.next_delay_s() for _ in range(5)]


def test_after_a_reset_it_is_short_again() -> None:
    backoff = Backoff(1, 60, seeded(1))
    for _ in range(10):
        backoff.next_delay_s()
    backoff.reset()
    assert backoff.next_delay_s() <= 1
