from itertools import pairwise
from math import cos, pi, sin, sqrt
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edged.sim.physiology import ECTOPIC_MAX, Beat, Heart, Profile, chance

PLAUSIBLE = {
    # settled rate (1/min), settled RMSSD (ms): Task Force of the ESC 1996, table 3, and Michael 2017
    Profile.RESTING: ((55, 70), (25, 60)),
    Profile.EXERCISE: ((140, 165), (1.5, 6)),
    Profile.STRESS: ((80, 98), (8, 22)),
    Profile.RECOVERY: ((75, 95), (8, 22)),
}

hearts = st.builds(
    Heart, st.sampled_from(Profile), st.integers(0, 2**53), st.sampled_from([0.0, 0.02, ECTOPIC_MAX])
)


def rmssd_ms(heart: Heart, start_s: float, end_s: float) -> float:
    intervals = [beat.interval_s * 1000 for beat in heart.beats(start_s, end_s)]
    return sqrt(mean((b - a) ** 2 for a, b in pairwise(intervals)))


@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("seed", range(8))
def test_each_profile_is_plausible_once_settled(profile: Profile, seed: int) -> None:
    heart = Heart(profile, seed)
    rate, rmssd = PLAUSIBLE[profile]
    assert rate[0] < 60 / mean(beat.interval_s for beat in heart.beats(300, 600)) < rate[1]
    assert rmssd[0] < rmssd_ms(heart, 300, 600) < rmssd[1]


def test_exercise_rises_and_recovery_falls() -> None:
    exercise, recovery = Heart(Profile.EXERCISE, 1), Heart(Profile.RECOVERY, 1)
    assert exercise.rate_at(0) < 105
    assert exercise.rate_at(300) > 135
    assert recovery.rate_at(0) > 140
    assert recovery.rate_at(300) < 95
    assert rmssd_ms(recovery, 0, 60) < rmssd_ms(recovery, 300, 360)


def test_breathing_is_in_the_intervals_at_rest() -> None:
    """Respiratory arrhythmia: more power between 0.2 and 0.3 Hz than between 0.3 and 0.4."""
    beats = Heart(Profile.RESTING, 3).beats(0, 300)
    centre = mean(beat.interval_s for beat in beats)

    def power(hz: float) -> float:
        turns = [(beat.interval_s - centre, 2 * pi * hz * beat.time_s) for beat in beats]
        return sum(x * cos(w) for x, w in turns) ** 2 + sum(x * sin(w) for x, w in turns) ** 2

    breathing = sum(power(hz / 200) for hz in range(40, 60))
    above = sum(power(hz / 200) for hz in range(62, 82))
    assert breathing > 10 * above


@given(hearts, st.integers(0, 10**6), st.lists(st.floats(0.01, 5), min_size=1, max_size=8))
@settings(max_examples=60)
def test_beats_are_the_same_however_the_time_is_cut(heart: Heart, start_s: int, cuts: list[float]) -> None:
    at = float(start_s)
    pieces: list[Beat] = []
    for cut in cuts:
        pieces += heart.beats(at, at + cut)
        at += cut
    whole = heart.beats(start_s, at)
    assert [(beat.number, beat.ectopic) for beat in pieces] == [(beat.number, beat.ectopic) for beat in whole]
    assert [beat.time_s for beat in pieces] == pytest.approx([beat.time_s for beat in whole], abs=1e-8, rel=0)
    for before, after in pairwise(whole):
        assert after.number == before.number + 1
        assert after.previous_s == before.time_s < after.time_s


def test_beats_are_counted_from_time_0() -> None:
    assert Heart(Profile.RESTING, 1).beats(0, 10)[0].number == 1


@pytest.mark.parametrize("ectopic", [0.02, 0.1, ECTOPIC_MAX])
def test_premature_beats_come_as_often_as_asked_and_the_pause_makes_up(ectopic: float) -> None:
    sinus = {beat.number: beat for beat in Heart(Profile.RESTING, 7).beats(0, 3600)}
    beats = Heart(Profile.RESTING, 7, ectopic).beats(0, 3600)
    share = sum(beat.ectopic for beat in beats) / len(beats)
    assert share == pytest.approx(ectopic, rel=0.25)
    for beat, after in pairwise(beats):
        if beat.ectopic:
            assert not after.ectopic
            assert 0.2 < 1 - beat.interval_s / sinus[beat.number].interval_s < 0.45
            assert after.time_s == sinus[after.number].time_s  # fully compensatory


def test_a_seed_is_the_same_heart_on_every_machine() -> None:
    """Numbers written down once; a change of them changes every recorded simulation."""
    assert chance(1, "phase") == 0.9923664309980589
    beats = Heart(Profile.RESTING, 1).beats(0, 4)
    assert [round(beat.time_s, 9) for beat in beats] == [0.548187739, 1.474096903, 2.410172413, 3.382602658]
    assert len({chance(seed, "phase") for seed in range(100)}) == 100


def test_the_rate_rises_while_air_is_drawn_in() -> None:
    heart = Heart(Profile.RESTING, 3)
    times = [n / 10 for n in range(3000)]
    lift = [sum(sin(omega * t + phase) for omega, phase in heart.breathing()) for t in times]
    rates = [heart.rate_at(t) for t in times]
    centre = mean(rates)
    assert mean(a * (b - centre) for a, b in zip(lift, rates, strict=True)) > 0.5
    assert all(0.2 < omega / (2 * pi) < 0.3 for omega, _ in heart.breathing())
