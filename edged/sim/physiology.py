"""A simulated heart: when it beats, as a pure function of profile, seed and time.

The sinus rhythm is an integral pulse frequency modulation (Hyndman & Mohn 1975): a rate, in closed form, is
integrated, and a beat falls where the integral passes a whole number. Any beat can thus be computed without
those before it. Nothing is drawn from a random stream, only hashed, so a seed gives the same heart on every
machine and version of Python, up to the last bit of the C library's ``sin`` and ``exp``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from math import cos, exp, floor, pi, sin, sqrt
from typing import Final

ECTOPIC_MAX: Final = 0.25
"""Highest probability of a premature beat; see ``Heart.is_ectopic``."""


class Profile(StrEnum):
    """What the wearer does."""

    RESTING = "resting"
    EXERCISE = "exercise"
    STRESS = "stress"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class Beat:
    """One heartbeat.

    Attributes:
        number: counts all beats, from 1 for the first after time 0.
        time_s: when, in seconds.
        previous_s: when the beat before it was.
        ectopic: whether it came prematurely, from elsewhere than the sinus node.
    """

    number: int
    time_s: float
    previous_s: float
    ectopic: bool

    @property
    def interval_s(self) -> float:
        """The RR interval that ends with this beat, in seconds."""
        return self.time_s - self.previous_s


@dataclass(frozen=True, slots=True)
class Heart:
    """A heart.

    Attributes:
        profile: what the wearer does from time 0 on.
        seed: which wearer; any integer.
        ectopic: probability that a beat is premature, 0 to ``ECTOPIC_MAX``.
    """

    profile: Profile
    seed: int = 0
    ectopic: float = 0.0

    def rate_at(self, time_s: float) -> float:
        """Return the sinus rate at a time from 0 on, in 1/min."""
        return 60.0 * _rhythm(self.profile, self.seed).rate_hz(time_s)

    def breathing(self) -> tuple[tuple[float, float], ...]:
        """Return the sines that its breathing is the mean of: angular frequency in rad/s, phase in rad.

        The sinus rate follows it: up with the sum of the sines, as when air is drawn in.
        """
        return tuple((wave.omega, wave.phase) for wave in _rhythm(self.profile, self.seed).breath)

    def beats(self, start_s: float, end_s: float) -> tuple[Beat, ...]:
        """Return the beats after ``start_s``, 0 or more, up to and including ``end_s``."""
        rhythm = _rhythm(self.profile, self.seed)
        # A premature beat comes up to half an interval early: the first one after the end may belong here.
        first = floor(rhythm.phase(start_s)) + 1
        last = floor(rhythm.phase(end_s)) + 1
        previous_s = self._time_of(first - 1, start_s)
        guess_s = start_s
        beats = []
        for number in range(first, last + 1):
            guess_s = rhythm.time_of(number, guess_s)
            time_s = self._early(number, guess_s)
            if start_s < time_s <= end_s:
                beats.append(Beat(number, time_s, previous_s, self.is_ectopic(number)))
            previous_s = time_s
        return tuple(beats)

    def is_ectopic(self, number: int) -> bool:
        """Return whether a beat is premature; two in a row never are.

        A beat is, that is drawn while the one before it is not: drawn with probability q, this happens with
        q (1 - q), which is ``ectopic`` and a quarter at most.
        """
        if not self.ectopic:
            return False
        drawn = (1.0 - sqrt(1.0 - 4.0 * self.ectopic)) / 2.0
        before, this = (chance(self.seed, "ectopic", beat) < drawn for beat in (number - 1, number))
        return this and not before

    def _time_of(self, number: int, near_s: float) -> float:
        return self._early(number, _rhythm(self.profile, self.seed).time_of(number, near_s))

    def _early(self, number: int, time_s: float) -> float:
        """Move a sinus beat to where it falls if premature.

        The sinus node goes on undisturbed, so that the pause after it is fully compensatory, as it is
        after a ventricular beat.
        """
        if not self.is_ectopic(number):
            return time_s
        early = 0.25 + 0.15 * chance(self.seed, "prematurity", number)
        return time_s - early / _rhythm(self.profile, self.seed).rate_hz(time_s)


def chance(seed: int, what: str, number: int = 0) -> float:
    """Return a number in [0, 1) that depends on all arguments and on nothing else."""
    digest = blake2b(f"{seed} {what} {number}".encode(), digest_size=8).digest()
    return (int.from_bytes(digest, "big") >> 11) / (1 << 53)


@dataclass(frozen=True, slots=True)
class _Course:
    """A profile: ranges that the seed draws from, and amplitudes in 1/min.

    The rate goes from ``begins`` to ``settles`` (1/min) with a time constant. Respiratory arrhythmia sits
    at the breathing rate, the Mayer waves at 0.1 Hz; both shrink under load, which is what makes RMSSD
    about 40 ms at rest, 10 to 20 under stress and 3 in exercise (Task Force of the ESC 1996).
    """

    begins: tuple[float, float]
    settles: tuple[float, float]
    time_constant_s: float
    breathing_hz: tuple[float, float]
    breathing_amplitude: float
    mayer_amplitude: float
    slow_amplitude: float


_SINES: Final = 3
"""Sines in a band of the rate."""

_COURSES: Final[Mapping[Profile, _Course]] = {
    Profile.RESTING: _Course((58, 66), (58, 66), 60, (0.22, 0.28), 2.6, 1.8, 1.2),
    Profile.EXERCISE: _Course((88, 98), (145, 160), 60, (0.45, 0.55), 1.2, 1.0, 1.5),
    Profile.STRESS: _Course((84, 94), (84, 94), 60, (0.26, 0.32), 2.2, 2.4, 2.0),
    Profile.RECOVERY: _Course((148, 162), (78, 88), 90, (0.30, 0.38), 2.0, 2.0, 1.2),
}


@dataclass(frozen=True, slots=True)
class _Wave:
    """A sine in the rate: amplitude in Hz, angular frequency in rad/s, phase in rad."""

    amplitude: float
    omega: float
    phase: float


@dataclass(frozen=True, slots=True)
class _Rhythm:
    """The sinus rate, in Hz, and its integral, in beats."""

    settled_hz: float
    begin_excess_hz: float
    time_constant_s: float
    waves: tuple[_Wave, ...]
    phase_at_0: float

    @property
    def breath(self) -> tuple[_Wave, ...]:
        return self.waves[:_SINES]

    def rate_hz(self, time_s: float) -> float:
        rate = self.settled_hz + self.begin_excess_hz * exp(-time_s / self.time_constant_s)
        for wave in self.waves:
            rate += wave.amplitude * sin(wave.omega * time_s + wave.phase)
        return rate

    def phase(self, time_s: float) -> float:
        tau = self.time_constant_s
        phase = self.phase_at_0 + self.settled_hz * time_s
        phase += self.begin_excess_hz * tau * (1.0 - exp(-time_s / tau))
        for wave in self.waves:
            swing = cos(wave.phase) - cos(wave.omega * time_s + wave.phase)
            phase += wave.amplitude / wave.omega * swing
        return phase

    def time_of(self, number: int, near_s: float) -> float:
        """Return when the phase passes a number; Newton's method, from a time a few beats away."""
        time_s = near_s
        for _ in range(12):
            step_s = (self.phase(time_s) - number) / self.rate_hz(time_s)
            time_s -= step_s
            if abs(step_s) < 1e-11:  # far below a tick of 1/1024 s
                break
        return time_s


@lru_cache(maxsize=256)
def _rhythm(profile: Profile, seed: int) -> _Rhythm:
    course = _COURSES[profile]

    def draw(what: str, low_high: tuple[float, float], number: int = 0) -> float:
        low, high = low_high
        return low + (high - low) * chance(seed, f"{profile} {what}", number)

    def waves(what: str, amplitude_per_min: float, hz: tuple[float, float]) -> tuple[_Wave, ...]:
        """Three sines in a narrow band beat against one another, so that no cycle is like the last."""
        return tuple(
            _Wave(
                amplitude_per_min / 60.0 / sqrt(_SINES),
                2.0 * pi * draw(f"{what} frequency", hz, number),
                2.0 * pi * draw(f"{what} phase", (0.0, 1.0), number),
            )
            for number in range(_SINES)
        )

    breath_hz = draw("breathing", course.breathing_hz)
    settled_hz = draw("settles", course.settles) / 60.0
    # One draw for both where the profile stays on its level.
    begin_hz = settled_hz if course.begins == course.settles else draw("begins", course.begins) / 60.0
    return _Rhythm(
        settled_hz,
        begin_hz - settled_hz,
        course.time_constant_s,
        (
            *waves("breathing", course.breathing_amplitude, (0.93 * breath_hz, 1.07 * breath_hz)),
            *waves("mayer", course.mayer_amplitude, (0.08, 0.12)),
            *waves("slow", course.slow_amplitude, (0.005, 0.03)),
        ),
        draw("first beat", (0.0, 1.0)),
    )
