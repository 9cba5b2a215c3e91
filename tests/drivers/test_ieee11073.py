from math import isnan

import pytest

from drivers.decoders.gatt.ieee11073 import MedicalNumber, Special, float32, sfloat
from edged.model import Quality


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (0x0000, 0.0),
        (0x0002, 2.0),
        (0xF014, 2.0),
        (0xE0C8, 2.0),
        (0x1002, 20.0),
        (0x2002, 200.0),
        (0x0B2E, -1234.0),
        (0xF3CF, 97.5),
        (0x0061, 97.0),
        (0x07FD, 2045.0),
        (0x0803, -2045.0),
        (0x77FD, 2045e7),
        (0x8803, -2045e-8),
        (0xFFFF, -0.1),
    ],
)
def test_short_numbers(raw: int, value: float) -> None:
    assert sfloat(raw) == MedicalNumber(value)
    assert sfloat(raw).quality == Quality.GOOD


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (0x00000000, 0.0),
        (0xFF000014, 2.0),
        (0xFE0000C8, 2.0),
        (0x02000002, 200.0),
        (0x00FFFB2E, -1234.0),
        (0xFF00016E, 36.6),
        (0xFE000E4C, 36.6),
        (0x007FFFFD, 8388605.0),
        (0x00800003, -8388605.0),
        (0x7F7FFFFD, 8388605e127),
        (0x80000001, 1e-128),
    ],
)
def test_long_numbers(raw: int, value: float) -> None:
    assert float32(raw) == MedicalNumber(value)


@pytest.mark.parametrize(
    ("short", "long", "special", "quality"),
    [
        (0x07FE, 0x007FFFFE, Special.POSITIVE_INFINITY, Quality.SATURATED),
        (0x07FF, 0x007FFFFF, Special.NAN, Quality.NO_READING),
        (0x0800, 0x00800000, Special.NRES, Quality.NO_READING),
        (0x0801, 0x00800001, Special.RESERVED, Quality.NO_READING),
        (0x0802, 0x00800002, Special.NEGATIVE_INFINITY, Quality.SATURATED),
    ],
)
def test_what_is_sent_in_the_place_of_a_number(
    short: int, long: int, special: Special, quality: Quality
) -> None:
    others = [sfloat(short | exponent << 12) for exponent in range(16)]
    others += [float32(long | exponent << 24) for exponent in range(256)]
    for number in others:
        assert isnan(number.value)
        assert (number.special, number.quality) == (special, quality)


def test_every_short_number_is_a_number_or_is_not() -> None:
    numbers = [sfloat(raw) for raw in range(1 << 16)]
    assert all(isnan(number.value) == (number.special is not None) for number in numbers)
    assert sum(number.special is not None for number in numbers) == 5 * 16
