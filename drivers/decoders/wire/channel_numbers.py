"""Which channels of a device are used, as text from a configuration."""

import re
from collections.abc import Sequence

from edged.errors import DriverError


def channel_numbers(text: str, most: int) -> Sequence[int]:
    """Return the channels that an option names, in ascending order.

    Raises:
        DriverError: not numbers from 1 to ``most``, or one twice.
    """
    words = text.split(",")
    numbers = [int(word) for word in words if re.fullmatch(r"[1-9]", word) and int(word) <= most]
    if len(set(numbers)) != len(words):
        raise DriverError(
            f"channels={text} are not channels", mend=f"Write some of 1 to {most}, separated by commas."
        )
    return sorted(numbers)
