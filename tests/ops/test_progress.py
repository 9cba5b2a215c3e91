"""What the watchdog is fed by."""

import pytest

from edged.model import NS_PER_S
from edged.ops.progress import Progress

S = NS_PER_S


@pytest.mark.parametrize(
    ("progress", "stalled"),
    [
        (Progress(100 * S, 100 * S), ""),
        (Progress(90 * S, 90 * S), ""),
        (Progress(89 * S, 100 * S), "journal"),
        (Progress(100 * S, 89 * S), "live lane"),
        (Progress(20 * S, 100 * S, is_opening=True), ""),
        (Progress(20 * S, 89 * S, is_opening=True), "live lane"),
    ],
)
def test_what_stands_still_is_named(progress: Progress, stalled: str) -> None:
    assert progress.stalled(100 * S, 10.0) == stalled


def test_not_even_an_opening_may_last_for_ever() -> None:
    assert Progress(0, 2000 * S, is_opening=True).stalled(2000 * S, 10.0) == "journal"
