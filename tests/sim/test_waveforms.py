from itertools import pairwise

import numpy as np
import pytest

from edged.sim.physiology import Heart, Profile
from edged.sim.waveforms import SETTLING_UV, breath, ecg_uv, noise, pulse, settling_uv


@pytest.mark.parametrize("profile", Profile)
def test_the_r_peak_is_the_beat(profile: Profile) -> None:
    heart = Heart(profile, 2)
    for beat in heart.beats(10, 40):
        times = np.arange(beat.time_s - 0.1, beat.time_s + 0.1, 0.0005)
        assert abs(float(times[ecg_uv(heart, times).argmax()]) - beat.time_s) < 0.001


def test_a_premature_beat_is_broad_and_its_t_wave_is_turned_over() -> None:
    heart = Heart(Profile.RESTING, 7, 0.1)
    plain, early = (
        next(beat for beat in heart.beats(10, 120) if beat.ectopic is ectopic) for ectopic in (False, True)
    )

    def wide_s(at_s: float) -> float:
        times = np.arange(at_s - 0.15, at_s + 0.15, 0.001)
        values = ecg_uv(heart, times)
        return float(np.sum(values > values.max() / 2)) / 1000

    assert wide_s(early.time_s) > 2 * wide_s(plain.time_s)
    after = np.array([early.time_s + 0.25, early.time_s + 0.3])
    assert ecg_uv(heart, after).max() < 0


def test_the_pulse_has_a_systolic_peak_and_a_dicrotic_notch() -> None:
    heart = Heart(Profile.RESTING, 1)
    beat = heart.beats(20, 22)[0]
    times = np.arange(beat.time_s + 0.2, beat.time_s + 0.75, 0.002)
    wave = pulse(heart, times)
    slopes = np.sign(np.diff(wave))
    turns = [(int(a), int(b)) for a, b in pairwise(slopes) if a != b]
    assert turns == [(1, -1), (-1, 1), (1, -1)]  # up to the peak, down to the notch, up to the second
    assert 0.8 < wave.max() < 1.2


def test_noise_is_white_has_unit_power_and_no_memory() -> None:
    numbers = np.arange(20_000)
    values = noise(1, "ecg", numbers)
    assert abs(values.mean()) < 0.02
    assert values.std() == pytest.approx(1, abs=0.02)
    assert abs(np.mean(values[1:] * values[:-1])) < 0.02
    assert np.array_equal(noise(1, "ecg", numbers[1234:1300]), values[1234:1300])
    assert not np.array_equal(noise(2, "ecg", numbers), values)
    assert noise(1, "ecg", np.arange(2)).tolist() == pytest.approx([-0.013532, -0.236806], abs=1e-6)


def test_a_capture_settles_within_seconds() -> None:
    assert settling_uv(np.array([0.0])).tolist() == [SETTLING_UV]
    assert settling_uv(np.array([4.0]))[0] < 1


def test_breath_is_up_and_down() -> None:
    lift = breath(Heart(Profile.RESTING, 1), np.arange(0, 300, 0.1))
    assert abs(lift.mean()) < 0.05
    assert 0.5 < lift.std() < 0.9
