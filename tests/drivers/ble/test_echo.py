"""What was read is told once, whenever BlueZ repeats it to subscribers."""

import pytest

from drivers.ble.echo import Echo
from edged.clock import ManualClock

A, B = b"\x57", b"\x56"


@pytest.mark.parametrize(
    ("early", "late", "told"),
    [
        ([], [], [A]),
        ([A], [], [A]),
        ([], [A], [A]),
        ([B, A], [B], [B, A, B]),
        ([], [A, A], [A, A]),
        ([A], [A], [A, A]),
        ([B], [B, A], [B, A, B]),
    ],
    ids=["alone", "before", "after", "others beside it", "once only", "a true one after it", "later"],
)
def test_a_value_is_told_once(early: list[bytes], late: list[bytes], told: list[bytes]) -> None:
    heard: list[bytes] = []
    echo = Echo(ManualClock(), heard.append)
    for data in early:
        echo.notified(data)
    assert heard == []
    echo.read(A)
    for data in late:
        echo.notified(data)
    assert heard == told


def test_what_comes_much_later_is_the_devices_own() -> None:
    clock = ManualClock()
    heard: list[bytes] = []
    echo = Echo(clock, heard.append)
    echo.read(A)
    clock.move_to(2 * 10**9)
    echo.notified(A)
    assert heard == [A, A]
