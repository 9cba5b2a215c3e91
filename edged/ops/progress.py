"""Whether the data's way moves: what the watchdog is fed by. Pure: times are arguments."""

from dataclasses import dataclass
from typing import Final

from edged.model import NS_PER_S

_OPENING_S: Final = 900.0
"""A journal of its full size, on a slow card, is read through in some minutes after a power cut."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the node's own work has come; what sources send, or do not, is no part of it.

    Attributes:
        journal_ns: when the journal last came round, monotonic.
        live_ns: when the live lane last let time tell, monotonic.
        is_opening: whether the journal's file is being opened.
    """

    journal_ns: int
    live_ns: int
    is_opening: bool = False

    def stalled(self, now_ns: int, patience_s: float) -> str:
        """Return what has not moved for longer than this, s; empty where everything moves."""
        if now_ns - self.live_ns > patience_s * NS_PER_S:
            return "live lane"
        patience_s = max(patience_s, _OPENING_S) if self.is_opening else patience_s
        return "journal" if now_ns - self.journal_ns > patience_s * NS_PER_S else ""
