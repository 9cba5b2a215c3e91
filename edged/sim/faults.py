"""Scripted faults: what goes wrong with a simulated device, and when; data and pure functions.

A script is a list of faults, separated by commas::

    drop@20+3,dup@30,swap@31,jump@40-3600,contact@50+10,battery@60=8,loss@100+5/30

Times are seconds since the device was switched on, with up to three decimals; ``+`` begins a length, ``=`` a
value, ``/`` the period in which it happens again. ``USAGE`` has all of them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from math import ceil, floor, inf, nextafter
from typing import Final

from edged.sim.physiology import chance

RANDOM_LENGTH_S: Final = 15
"""A random fault lasts no longer."""


class FaultKind(StrEnum):
    """What goes wrong."""

    DROP = "drop"
    DUPLICATE = "dup"
    SWAP = "swap"
    JUMP = "jump"
    CONTACT = "contact"
    BATTERY = "battery"
    SILENCE = "silence"
    GARBAGE = "garbage"
    LOSS = "loss"


@dataclass(frozen=True, slots=True)
class Usage:
    """How a fault is written.

    Attributes:
        text: its parts, those in brackets may be left out.
        meaning: what it does.
        shape: regular expression of the signs that its numbers may have.
    """

    text: str
    meaning: str
    shape: str


USAGE: Final[Mapping[FaultKind, Usage]] = {
    FaultKind.DROP: Usage(
        "drop@TIME+LENGTH[=SHARE][/PERIOD]",
        "notifications are lost on the way: all, or a share from 0 to 1",
        r"@\+=?/?",
    ),
    FaultKind.DUPLICATE: Usage(
        "dup@TIME[+LENGTH][/PERIOD]",
        "the next notification of each kind comes twice, or all for a length",
        r"@\+?/?",
    ),
    FaultKind.SWAP: Usage(
        "swap@TIME[/PERIOD]", "the next notification of each kind comes after the one behind it", r"@/?"
    ),
    FaultKind.JUMP: Usage(
        "jump@TIME+SECONDS[+LENGTH][/PERIOD]",
        "the device's clock steps, back with `-SECONDS`; for a length, or for good",
        r"@[+-]\+?/?",
    ),
    FaultKind.CONTACT: Usage(
        "contact@TIME[+LENGTH][/PERIOD]", "it is off the skin, without a length for ever", r"@(\+/?)?"
    ),
    FaultKind.BATTERY: Usage("battery@TIME=PERCENT", "the charge falls to so much", r"@="),
    FaultKind.SILENCE: Usage(
        "silence@TIME[+LENGTH][/PERIOD]",
        "connected, it says nothing and answers nothing, without a length for ever",
        r"@(\+/?)?",
    ),
    FaultKind.GARBAGE: Usage(
        "garbage@TIME[+LENGTH][/PERIOD]",
        "the next notification of each kind is cut off or random bytes, or all for a length",
        r"@\+?/?",
    ),
    FaultKind.LOSS: Usage(
        "loss@TIME+LENGTH[/PERIOD]", "the connection breaks, and for a length none is made", r"@\+/?"
    ),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault.

    Attributes:
        kind: what goes wrong.
        at_s: when it begins, in seconds of the device's time.
        for_s: how long it lasts; 0 for what happens once.
        value: a share for ``drop``, seconds for ``jump``, percent for ``battery``.
        every_s: after how many seconds it happens again.
    """

    kind: FaultKind
    at_s: float
    for_s: float = 0.0
    value: float = 0.0
    every_s: float = inf

    def __str__(self) -> str:
        """Write it as a script does."""
        text = f"{self.kind}@{_decimal(self.at_s)}"
        if self.kind is FaultKind.JUMP:
            text += f"{'-' if self.value < 0 else '+'}{_decimal(abs(self.value))}"
        if 0 < self.for_s < inf:
            text += f"+{_decimal(self.for_s)}"
        if self.kind is FaultKind.BATTERY or (self.kind is FaultKind.DROP and self.value != 1.0):
            text += f"={_decimal(self.value)}"
        return text if self.every_s == inf else f"{text}/{_decimal(self.every_s)}"

    def covers(self, at_s: float) -> bool:
        """Return whether it lasts at a moment; not asked of one that happens again."""
        return self.at_s <= at_s < self.at_s + self.for_s

    def times(self, at_s: float) -> int:
        """Return how often it has happened by a moment."""
        if at_s < self.at_s:
            return 0
        return 1 if self.every_s == inf else floor((at_s - self.at_s) / self.every_s) + 1

    def between(self, start_s: float, end_s: float) -> Iterator["Fault"]:
        """Yield it as it happens, each time once, where it touches a stretch of time."""
        if self.every_s < inf:
            first = max(0, floor((start_s - self.for_s - self.at_s) / self.every_s))
            for number in range(first, self.times(end_s)):
                once = replace(self, at_s=self.at_s + number * self.every_s, every_s=inf)
                yield from once.between(start_s, end_s)
        elif self.at_s < end_s and self.at_s + self.for_s >= start_s:
            yield self


@dataclass(frozen=True, slots=True)
class Faults:
    """All that goes wrong with a device.

    Attributes:
        scripted: faults that are known beforehand.
        seed: of random ones, that come on top of them.
        rate: random ones a second, 0 to 1.
    """

    scripted: tuple[Fault, ...] = ()
    seed: int = 0
    rate: float = 0.0

    def between(self, start_s: float, end_s: float, *kinds: FaultKind) -> list[Fault]:
        """Return the faults of some kinds that touch a stretch of time, each time it happens once."""
        found = [f for fault in self.scripted if fault.kind in kinds for f in fault.between(start_s, end_s)]
        if self.rate:
            first = max(0, floor(start_s) - RANDOM_LENGTH_S)
            drawn = (random_fault(self.seed, self.rate, second) for second in range(first, ceil(end_s)))
            found += [f for d in drawn if d and d.kind in kinds for f in d.between(start_s, end_s)]
        return found

    def lasting(self, kind: FaultKind, at_s: float) -> Fault | None:
        """Return a fault of a kind that lasts at a moment, if any does."""
        return next((f for f in self.between(at_s, nextafter(at_s, inf), kind) if f.covers(at_s)), None)

    def clock_step_s(self, at_s: float) -> float:
        """Return how far the device's clock was stepped by a moment."""
        for_good = (f for f in self.scripted if f.kind is FaultKind.JUMP and not f.for_s)
        step_s = sum(fault.value * fault.times(at_s) for fault in for_good)
        passing = self.between(at_s, nextafter(at_s, inf), FaultKind.JUMP)
        return step_s + sum(fault.value for fault in passing if fault.for_s and fault.covers(at_s))

    @property
    def battery_falls(self) -> tuple[tuple[float, int], ...]:
        """When the battery falls to which charge, as ``edged.sim.battery.Battery`` takes it."""
        return tuple((f.at_s, int(f.value)) for f in self.scripted if f.kind is FaultKind.BATTERY)

    def stretch(self, kind: FaultKind) -> "FaultStretch":
        """Return the time that faults of a kind take up."""
        return FaultStretch(self, kind)


@dataclass(frozen=True, slots=True)
class FaultStretch:
    """The time that faults of one kind take up (an ``edged.sim.spell.Stretch``)."""

    faults: Faults
    kind: FaultKind

    def covers(self, second: float) -> bool:
        """Return whether such a fault lasts at a moment."""
        return self.faults.lasting(self.kind, second) is not None


def random_faults(seed: int, rate: float, duration_s: int) -> tuple[Fault, ...]:
    """Return random faults: in each second at most one, with a probability of ``rate``.

    They follow from the seed and the second alone: a longer duration only adds to a shorter one. None lasts
    longer than ``RANDOM_LENGTH_S``, and the clock and the link are as before when one is over.
    """
    drawn = (random_fault(seed, rate, second) for second in range(duration_s))
    return tuple(fault for fault in drawn if fault is not None)


@lru_cache(maxsize=4096)
def random_fault(seed: int, rate: float, second: int) -> Fault | None:
    """Return the fault that a second draws, if it draws one."""
    if chance(seed, "fault", second) >= rate:
        return None
    kind = _drawn(seed, second)
    at_s = second + floor(1000 * chance(seed, "fault moment", second)) / 1000
    longest = {FaultKind.SWAP: 0, FaultKind.DROP: 3, FaultKind.GARBAGE: 3, FaultKind.DUPLICATE: 3}
    for_s = float(ceil(longest.get(kind, RANDOM_LENGTH_S - 1) * chance(seed, "fault length", second)))
    size = chance(seed, "fault size", second)
    value = 0.0
    if kind is FaultKind.DROP:
        value = 1.0 if size < 0.5 else 0.5
    elif kind is FaultKind.JUMP:
        value = float(floor(7200 * size) - 3600) or 1.0
    if kind is not FaultKind.SWAP:
        for_s = max(1.0, for_s)
    return Fault(kind, at_s, for_s, value)


_ODDS: Final = (
    (FaultKind.DROP, 5),
    (FaultKind.DUPLICATE, 3),
    (FaultKind.SWAP, 3),
    (FaultKind.GARBAGE, 3),
    (FaultKind.CONTACT, 3),
    (FaultKind.JUMP, 1),
    (FaultKind.SILENCE, 1),
    (FaultKind.LOSS, 1),
)


def _drawn(seed: int, second: int) -> FaultKind:
    kinds = [kind for kind, odds in _ODDS for _ in range(odds)]
    return kinds[int(len(kinds) * chance(seed, "fault kind", second))]


def written(faults: Iterable[Fault]) -> str:
    """Return faults as a script."""
    return ",".join(map(str, faults))


def _decimal(number: float) -> str:
    return f"{number:.3f}".rstrip("0").rstrip(".")
