"""The devices of a node to look at, whose state the test sets."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from edged.clock import ManualClock
from edged.errors import DriverError, EdgedError
from edged.model import NS_PER_S, Packet
from edged.publish.payload import time_text
from edged.sources.history import Phase
from edged.sources.nearby import Nearby, Owner
from edged.sources.scanner import Found

START_NS = 1000 * NS_PER_S
UTC_NS = 1_763_733_802 * NS_PER_S


@dataclass
class FakeDevices:
    """``Devices`` that hear what the test says."""

    found: list[Found] = field(default_factory=list)
    owners: dict[str, Owner] = field(default_factory=dict)
    problems: list[EdgedError] = field(default_factory=list)
    history: list[Phase] = field(default_factory=list)
    received: list[Packet] = field(default_factory=list)
    shows: bool = False
    scan_left_s: float = 0.0
    asked: int = 0
    refuses: EdgedError = field(
        default_factory=lambda: DriverError(
            "this device has no light that could blink", mend="Tap a strap's electrodes."
        )
    )

    def start_scan(self) -> None:
        self.scan_left_s = 24.2

    def nearby(self) -> Nearby:
        self.asked += 1
        nearby = Nearby(ManualClock(mono_ns=START_NS), self.owners)
        if self.scan_left_s:
            for found in self.found:
                nearby.take(found)
        nearby.problems = self.problems
        return nearby

    def phases(self, source: str) -> Sequence[Phase]:
        assert source
        return self.history

    def packets(self, source: str) -> Sequence[Packet]:
        assert source
        return self.received

    def identify(self, source: str) -> None:
        assert source
        if not self.shows:
            raise self.refuses

    def utc_text(self, mono_ns: int) -> str:
        return time_text(UTC_NS + mono_ns - START_NS)
