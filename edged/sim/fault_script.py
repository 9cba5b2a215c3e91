"""Reads a script of faults, such as ``drop@20+3,jump@40-3600``; ``edged.sim.faults`` says what it means."""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from math import inf
from typing import Final

from edged.errors import DriverError
from edged.sim.faults import USAGE, Fault, FaultKind

LONGEST_S: Final = 366 * 86_400
"""No time, length or step is longer: a year."""

_WORD: Final = re.compile(r"[A-Za-z_]*")
_NUMBER: Final = re.compile(r"([@+\-=/])([0-9]{1,8}(?:\.[0-9]{1,3})?)(?![0-9.])")
_FOR_EVER: Final = frozenset({FaultKind.CONTACT, FaultKind.SILENCE})


@dataclass(frozen=True, slots=True)
class _Number:
    sign: str
    value: float
    at: int


def parse_faults(text: str, where: str = "") -> tuple[Fault, ...]:
    """Read a script; blanks stand for ``+``, which an option of a URL turns into them.

    Args:
        text: the script; an empty one has no faults.
        where: what it is part of, for the message.

    Raises:
        DriverError: naming the character, from 1, and the faults that there are.
    """
    text = text.replace(" ", "+")
    if not text:
        return ()
    reader = _Reader(text, where or f"faults={text}")
    faults = [reader.fault()]
    while reader.at < len(text):
        reader.at += 1  # the comma, which is all that a fault stops at
        faults.append(reader.fault())
    return tuple(faults)


class _Reader:
    """Goes through a script once."""

    def __init__(self, text: str, where: str) -> None:
        self.at = 0
        self._text = text
        self._where = where

    def fault(self) -> Fault:
        """Read one fault."""
        begin = self.at
        kind = self._kind()
        numbers = list[_Number]()
        while match := _NUMBER.match(self._text, self.at):
            numbers.append(_Number(match[1], float(match[2]), self.at))
            self.at = match.end()
        if self.at < len(self._text) and self._text[self.at] != ",":
            raise self._error("no number behind one of @ + - = /", self.at, _usage(kind))
        if not re.fullmatch(USAGE[kind].shape, "".join(number.sign for number in numbers)):
            raise self._error(
                f"{self._text[begin : self.at]!r} is not how {kind} is written", begin, _usage(kind)
            )
        return self._made(kind, numbers)

    def _kind(self) -> FaultKind:
        match = _WORD.match(self._text, self.at)
        word = match[0] if match else ""
        known = [kind.value for kind in FaultKind]
        if word not in known:
            near = get_close_matches(word, known, n=1)
            guess = f"Did you mean {near[0]!r}? " if near else ""
            raise self._error(f"there is no fault {word!r}", self.at, f"{guess}Known: {', '.join(known)}.")
        self.at += len(word)
        return FaultKind(word)

    def _made(self, kind: FaultKind, numbers: list[_Number]) -> Fault:
        at, *rest = numbers
        for number in numbers:
            if number.value > LONGEST_S:
                raise self._error(f"{number.value:.0f} s are more than a year", number.at)
        value = 1.0 if kind is FaultKind.DROP else 0.0
        if kind is FaultKind.JUMP:
            step, *rest = rest
            value = -step.value if step.sign == "-" else step.value
            if not value:
                raise self._error("a clock that jumps by 0 s", step.at, _usage(kind))
        for_s = inf if kind in _FOR_EVER else 0.0
        every_s = inf
        for number in rest:
            match number.sign:
                case "+":
                    for_s = number.value
                    if not for_s:
                        raise self._error("a length of 0 s", number.at, _usage(kind))
                case "=":
                    value = number.value
                    self._check_value(kind, number)
                case _:
                    every_s = number.value
                    if every_s < max(1.0, for_s):
                        raise self._error(
                            "a period has 1 s at least, and no less than the length", number.at, _usage(kind)
                        )
        return Fault(kind, at.value, for_s, value, every_s)

    def _check_value(self, kind: FaultKind, number: _Number) -> None:
        if kind is FaultKind.BATTERY and (number.value > 100 or number.value != int(number.value)):
            raise self._error("a charge is a whole number from 0 to 100", number.at)
        if kind is FaultKind.DROP and not 0 < number.value <= 1:
            raise self._error("a share is more than 0 and at most 1", number.at)

    def _error(self, what: str, at: int, mend: str = "") -> DriverError:
        return DriverError(f"{what}, at character {at + 1} of faults", where=self._where, mend=mend)


def _usage(kind: FaultKind) -> str:
    return f"Write {USAGE[kind].text}; known faults: {', '.join(kind.value for kind in FaultKind)}."
