"""Zones: heart rate as a share of the maximum, in five steps."""

import math
from bisect import bisect_right
from typing import Final

ZONE_FLOORS_PERCENT: Final = (60.0, 70.0, 80.0, 90.0)
"""Where zones 2 to 5 begin, in percent of the maximum heart rate; zone 1 nominally begins at 50 %."""


def zone(heart_rate: float, hr_max: float) -> int:
    """Return the zone, 1 to 5; a heart rate on a border is in the upper one.

    Zones are tenths of the maximum from 50 % on, as sports watches count them. Below 50 % it is zone 1
    as well: rest is the calm end of the scale, and a broadcast needs no sixth colour for it.

    Args:
        heart_rate: beats a minute.
        hr_max: the subject's maximum, beats a minute, above 0.

    Raises:
        ValueError: either is not a number, or the maximum is not above 0; a reading that is missing has
            no zone, and its caller knows that.
    """
    if not math.isfinite(heart_rate) or not 0 < hr_max < math.inf:
        raise ValueError(f"no zone for a heart rate of {heart_rate:g} with a maximum of {hr_max:g}")
    return 1 + bisect_right(ZONE_FLOORS_PERCENT, 100 * heart_rate / hr_max)
