"""Heart-rate zones."""

import pytest

from edged.signals.zones import zone


@pytest.mark.parametrize(
    ("heart_rate", "expected"),
    [
        (0, 1), (40, 1), (99.9, 1), (100, 1), (119.9, 1),
        (120, 2), (139.9, 2),
        (140, 3), (159.9, 3),
        (160, 4), (179.9, 4),
        (180, 5), (200, 5), (230, 5),
    ],
)  # fmt: skip
def test_zones_of_a_maximum_of_200(heart_rate: float, expected: int) -> None:
    assert zone(heart_rate, 200) == expected


@pytest.mark.parametrize("hr_max", range(100, 241, 10))
def test_borders_of_whole_beats_are_exact(hr_max: int) -> None:
    floors = [hr_max * tenths // 10 for tenths in (6, 7, 8, 9)]
    assert [zone(floor, hr_max) for floor in floors] == [2, 3, 4, 5]
    assert [zone(floor - 1, hr_max) for floor in floors] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("heart_rate", "hr_max"),
    [(float("nan"), 190), (float("inf"), 190), (90, 0), (90, -1), (90, float("nan")), (90, float("inf"))],
)
def test_what_has_no_zone(heart_rate: float, hr_max: float) -> None:
    with pytest.raises(ValueError, match="no zone for a heart rate"):
        zone(heart_rate, hr_max)
