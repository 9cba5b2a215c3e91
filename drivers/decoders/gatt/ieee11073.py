"""Decimal numbers of medical devices, FLOAT and SFLOAT (IEEE 11073-20601:2014, annex F)."""

from dataclasses import dataclass
from enum import Enum
from math import nan
from typing import Final

from edged.model import Quality


class Special(Enum):
    """What is sent in the place of a number."""

    NAN = "not a number"
    NRES = "not at this resolution"
    POSITIVE_INFINITY = "above the range"
    NEGATIVE_INFINITY = "below the range"
    RESERVED = "reserved"


@dataclass(frozen=True, slots=True)
class MedicalNumber:
    """A number, or what was sent in its place.

    Attributes:
        value: NaN where there is none.
        special: why there is none.
    """

    value: float
    special: Special | None = None

    @property
    def quality(self) -> Quality:
        """What it means for a sample."""
        if self.special is None:
            return Quality.GOOD
        return Quality.SATURATED if self.special in _OUT_OF_RANGE else Quality.NO_READING


_OUT_OF_RANGE: Final = frozenset({Special.POSITIVE_INFINITY, Special.NEGATIVE_INFINITY})


def sfloat(raw: int) -> MedicalNumber:
    """Return the number that 16 bits are: 4 of exponent, 12 of mantissa."""
    return _number(raw, mantissa_bits=12, exponent_bits=4)


def float32(raw: int) -> MedicalNumber:
    """Return the number that 32 bits are: 8 of exponent, 24 of mantissa."""
    return _number(raw, mantissa_bits=24, exponent_bits=8)


def _number(raw: int, *, mantissa_bits: int, exponent_bits: int) -> MedicalNumber:
    mantissa = _signed(raw, mantissa_bits)
    exponent = _signed(raw >> mantissa_bits, exponent_bits)
    # Five mantissas are never numbers. They go with the exponent 0; another one does not make them numbers.
    top = 1 << (mantissa_bits - 1)
    specials = {
        top - 2: Special.POSITIVE_INFINITY,
        top - 1: Special.NAN,
        -top: Special.NRES,
        1 - top: Special.RESERVED,
        2 - top: Special.NEGATIVE_INFINITY,
    }
    special = specials.get(mantissa)
    if special is not None:
        return MedicalNumber(nan, special)
    return MedicalNumber(float(f"{mantissa}e{exponent}"))  # the nearest; 366 * 0.1 would not be 36.6


def _signed(raw: int, bits: int) -> int:
    """Return the low bits as two's complement."""
    low = raw & ((1 << bits) - 1)
    return low - (1 << bits) if low >> (bits - 1) else low
