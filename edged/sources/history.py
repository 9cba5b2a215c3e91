"""What a source went through lately, and its last packets as they came: bounded, in memory."""

from collections import deque
from dataclasses import dataclass
from typing import Final, Literal

from edged.errors import EdgedError
from edged.model import Packet

PHASES: Final = 100
PACKETS: Final = 50

SourceState = Literal[
    "starting",
    "searching",
    "connecting",
    "subscribing",
    "streaming",
    "silent",
    "backing_off",
    "no_room",
    "adapter_down",
    "reboot_needed",
    "ended",
    "failed",
]


@dataclass(frozen=True, slots=True)
class Phase:
    """A state that a source came into.

    Attributes:
        at_ns: when, monotonic.
        state: which.
        problem: why, and the mend, where something was in the way.
    """

    at_ns: int
    state: SourceState
    problem: EdgedError | None


class History:
    """The last ``PHASES`` phases and ``PACKETS`` packets of one source.

    Packets are kept as references: to keep one costs nothing that grows with its length.

    Attributes:
        phases: oldest first.
        packets: as received, oldest first.
    """

    def __init__(self) -> None:
        self.phases: deque[Phase] = deque(maxlen=PHASES)
        self.packets: deque[Packet] = deque(maxlen=PACKETS)

    def note(self, at_ns: int, state: SourceState, problem: EdgedError | None) -> None:
        """Keep a phase, unless it is the last one over again, for the same reason."""
        if self.phases:
            last = self.phases[-1]
            if last.state == state and _what(last.problem) == _what(problem):
                return
        self.phases.append(Phase(at_ns, state, problem))


def _what(problem: EdgedError | None) -> str:
    return "" if problem is None else problem.what
