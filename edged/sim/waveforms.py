"""What a simulated body shows a sensor: heart, breath and movement as waveforms, functions of time.

Times are seconds of the body's life, shape (n,), increasing, at most some seconds from first to last.
"""

from functools import lru_cache
from hashlib import blake2b
from math import pi, sqrt, tau
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edged.sim.physiology import Beat, Heart, Profile, chance

Times = NDArray[np.float64]
Values = NDArray[np.float64]

SETTLING_UV: Final = 11_000.0
"""Where a capture begins: the amplifier settles from there, as seen on H10s."""
_SETTLING_S: Final = 0.35

_MOVEMENT: Final = {Profile.RESTING: 1.0, Profile.STRESS: 2.0, Profile.RECOVERY: 3.0, Profile.EXERCISE: 12.0}
"""How much the wearer moves, in units of what one does who sits still."""

_SINUS: Final = (
    # amplitude in uV, place in s from the R peak at an interval of 1 s, width in s, whether place and width
    # shrink with the interval: P, Q, R, S, T as sums of Gaussians (McSharry 2003), places after Bazett
    (130.0, -0.160, 0.022, True),
    (-130.0, -0.027, 0.009, False),
    (1150.0, 0.000, 0.011, False),
    (-240.0, 0.029, 0.010, False),
    (300.0, 0.280, 0.045, True),
)
_PREMATURE: Final = (
    # no P, a broad complex, and a T wave against it, as after a beat from a ventricle
    (1350.0, 0.000, 0.030, False),
    (-420.0, 0.070, 0.030, False),
    (-380.0, 0.300, 0.060, True),
)

_TRANSIT_S: Final = (0.18, 0.24)
"""From the R peak to the foot of the pulse at the arm or finger."""


def breath(heart: Heart, times: Times) -> Values:
    """Return how far the chest is lifted, about -1 to 1."""
    sines = [np.sin(omega * times + phase) for omega, phase in heart.breathing()]
    return np.asarray(sum(sines) / sqrt(len(sines)), dtype=np.float64)


def noise(seed: int, what: str, numbers: NDArray[np.int64]) -> Values:
    """Return white noise of unit power: a value a number, and the same one whenever it is asked for."""
    first, last = int(numbers[0]), int(numbers[-1])
    blocks = [_noise_block(seed, what, block) for block in range(first // _BLOCK, last // _BLOCK + 1)]
    return np.concatenate(blocks)[numbers - first // _BLOCK * _BLOCK]


def ecg_uv(heart: Heart, times: Times) -> Values:
    """Return the electrocardiogram of a chest lead, in uV, without noise: its R peaks are the beats."""
    scale = 0.8 + 0.4 * chance(heart.seed, "ecg amplitude")
    values = np.zeros_like(times)
    for beat in _beats(heart, times, 0.8, 0.6):
        for amplitude, place_s, width_s, shrinks in _PREMATURE if beat.ectopic else _SINUS:
            stretch = sqrt(min(beat.interval_s, 1.5)) if shrinks else 1.0
            values += _bump(times - beat.time_s, amplitude * scale, place_s * stretch, width_s * stretch)
    return values * (1.0 + 0.05 * breath(heart, times))


def wander_uv(heart: Heart, times: Times) -> Values:
    """Return the baseline of the electrocardiogram: breathing, and electrodes that slowly drift, in uV."""
    phase = tau * chance(heart.seed, "wander")
    return 40.0 * breath(heart, times) + 60.0 * np.sin(tau * 0.05 * times + phase)


def settling_uv(since_s: Times) -> Values:
    """Return how an amplifier settles once a capture has begun, in uV."""
    return np.asarray(SETTLING_UV * np.exp(-since_s / _SETTLING_S), dtype=np.float64)


def pulse(heart: Heart, times: Times) -> Values:
    """Return the pulse wave, 0 to about 1: a steep rise, a dicrotic notch, a slow fall."""
    low, high = _TRANSIT_S
    transit_s = low + (high - low) * chance(heart.seed, "transit time")
    values = np.zeros_like(times)
    for beat in _beats(heart, times, 2.0, 0.1):
        since_s = times - beat.time_s - transit_s
        stretch = sqrt(min(beat.interval_s, 1.5))
        strength = 0.6 if beat.ectopic else 1.0  # less blood is there to be thrown out
        values += _bump(since_s, strength, 0.14 * stretch, 0.055 * stretch)
        values += _bump(since_s, 0.45 * strength, 0.38 * stretch, 0.100 * stretch)
    return values * (1.0 + 0.06 * breath(heart, times))


def acceleration_mg(heart: Heart, times: Times) -> NDArray[np.float64]:
    """Return the acceleration of the sensor in mG, shape (n, 3): gravity, breathing, and movement."""
    tilt = (chance(heart.seed, "tilt") - 0.5) * 0.5
    roll = (chance(heart.seed, "roll") - 0.5) * 0.4
    lift = breath(heart, times)
    pitch = tilt + 0.012 * lift  # a chest that rises turns the sensor by half a degree
    gravity = np.stack(
        [
            1000.0 * np.sin(pitch) * np.cos(roll),
            -1000.0 * np.cos(pitch) * np.cos(roll),
            np.full_like(times, 1000.0 * np.sin(roll)),
        ],
        axis=1,
    )
    return gravity + _movement_mg(heart, times)


def _movement_mg(heart: Heart, times: Times) -> NDArray[np.float64]:
    """Return slow fidgeting and, in exercise, steps, shape (n, 3)."""
    much = _MOVEMENT[heart.profile]
    moved = np.zeros((len(times), 3))
    for axis in range(3):
        for sine in range(3):
            hz = 0.15 + 0.75 * chance(heart.seed, "movement frequency", 3 * axis + sine)
            phase = tau * chance(heart.seed, "movement phase", 3 * axis + sine)
            moved[:, axis] += 2.0 * much * np.sin(tau * hz * times + phase)
    if heart.profile is Profile.EXERCISE:
        steps = tau * (2.5 + 0.4 * chance(heart.seed, "cadence")) * times
        moved[:, 1] += 260.0 * np.sin(steps) + 90.0 * np.sin(2.0 * steps + pi / 3.0)
        moved[:, 2] += 120.0 * np.sin(steps / 2.0)
    return moved


def _beats(heart: Heart, times: Times, before_s: float, after_s: float) -> tuple[Beat, ...]:
    """Return the beats that can be seen at these times."""
    return heart.beats(max(0.0, float(times[0]) - before_s), float(times[-1]) + after_s)


def _bump(since_s: Times, amplitude: float, place_s: float, width_s: float) -> Values:
    return np.asarray(amplitude * np.exp(-0.5 * ((since_s - place_s) / width_s) ** 2), dtype=np.float64)


_BLOCK: Final = 16
"""Values of noise in a digest, four bytes each."""
_BYTE_SPREAD: Final = sqrt(4.0 * (256.0**2 - 1.0) / 12.0)


@lru_cache(maxsize=1024)
def _noise_block(seed: int, what: str, block: int) -> Values:
    """Return 16 values: sums of four bytes each are as good as Gaussian."""
    digest = blake2b(f"{seed} {what} {block}".encode(), digest_size=4 * _BLOCK).digest()
    sums = np.frombuffer(digest, dtype=np.uint8).reshape(_BLOCK, 4).sum(axis=1, dtype=np.int64)
    return np.asarray((sums - 510.0) / _BYTE_SPREAD, dtype=np.float64)
