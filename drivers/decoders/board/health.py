"""What goes wrong on a board, as its STATS count it."""

from collections.abc import Mapping
from typing import Final

from drivers.decoders.board.messages import Stats
from edged.model import NS_PER_S

TELL_NS: Final = 10 * NS_PER_S
"""No oftener is it told."""
_COUNTS: Final = 65_536

_WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "damaged_frames": ("commands damaged on the way to it", "check cable and baud rate"),
    "receive_overruns": ("bytes lost on the way to it", "check cable and baud rate"),
    "transmit_drops": ("frames for which the line was too slow", "a higher baud rate, or lower rates"),
    "late_samples": ("samples it was too late to take", "lower its rates"),
}
"""What a counter counts, and what helps."""


class Health:
    """Keeps the counters of a board, and what has been added since it was last told."""

    def __init__(self) -> None:
        self._before: dict[str, int] | None = None
        self._added = dict.fromkeys(_WORDS, 0)
        self._told_ns: int | None = None

    def restart(self) -> None:
        """Begin anew: the board counts from 0."""
        self._before = None

    def take(self, stats: Stats, mono_ns: int) -> dict[str, int]:
        """Return by how much counters have grown since that was told; empty where nothing is to be told."""
        counters = {name: int(getattr(stats, name)) for name in _WORDS}
        before, self._before = self._before, counters
        if before is not None:
            for name, count in counters.items():
                self._added[name] += (count - before[name]) % _COUNTS
        is_early = self._told_ns is not None and 0 <= mono_ns - self._told_ns < TELL_NS
        added = {name: count for name, count in self._added.items() if count}
        if is_early or not added:
            return {}
        self._told_ns = mono_ns
        self._added = dict.fromkeys(_WORDS, 0)
        return added

    @staticmethod
    def sentence(added: Mapping[str, int]) -> str:
        """Return it in words."""
        told = (f"{count} {_WORDS[name][0]} ({_WORDS[name][1]})" for name, count in added.items())
        return f"the board counts errors: {'; '.join(told)}"
