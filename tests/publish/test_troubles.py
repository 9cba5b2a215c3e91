"""What went wrong on the way to the broker."""

from edged.clock import ManualClock
from edged.errors import BrokerRefused, BrokerUnreachable
from edged.model import NS_PER_S
from edged.publish.troubles import KEPT, Trouble, Troubles


def test_the_same_is_told_once_and_counted() -> None:
    clock = ManualClock(mono_ns=NS_PER_S)
    troubles = Troubles(clock)
    troubles.note(BrokerUnreachable("no connection", mend="Look."))
    clock.move_to(2 * NS_PER_S)
    troubles.note(BrokerRefused("not allowed"))
    clock.move_to(3 * NS_PER_S)
    troubles.note(BrokerUnreachable("no connection", where="elsewhere", mend="Look."))
    assert troubles.latest() == [
        Trouble("no connection", "Look.", 2, NS_PER_S, 3 * NS_PER_S),
        Trouble("not allowed", "", 1, 2 * NS_PER_S, 2 * NS_PER_S),
    ]


def test_what_has_not_come_for_longest_is_forgotten() -> None:
    troubles = Troubles(ManualClock())
    for number in range(KEPT + 5):
        troubles.note(BrokerUnreachable(f"trouble {number}"))
        troubles.note(BrokerUnreachable("trouble 0"))
    told = [each.what for each in troubles.latest()]
    assert len(told) == KEPT
    assert told[:2] == ["trouble 0", f"trouble {KEPT + 4}"]
    assert "trouble 5" not in told
