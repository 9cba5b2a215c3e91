"""What waits to be committed: bounded, in order; waveforms are shed first, and every loss is counted."""

from collections import Counter, deque
from dataclasses import dataclass
from typing import Final

from edged.model import Chunk, Event

StreamKey = tuple[str, str]
"""Source and quantity; for events the quantity is empty."""

_ENTRY_BYTES: Final = 100
"""Allowed for what a record takes beside its samples; an event's detail is rarely longer."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to become a record."""

    source: str
    item: Chunk | Event


class EntryQueue:
    """Entries in the order in which they came, and the group of them that is under way to the disk.

    Past its limit it drops its oldest waveform, or where it has none its oldest entry, of what is not
    under way.

    Args:
        limit: entries held at most, those under way included.

    Attributes:
        dropped: samples and events.
        dropped_by: the same by source.
    """

    def __init__(self, limit: int) -> None:
        self.dropped = 0
        self.dropped_by = Counter[str]()
        self._limit = limit
        self._waveforms: deque[tuple[int, Entry]] = deque()
        self._others: deque[tuple[int, Entry]] = deque()
        self._under_way: list[tuple[int, Entry]] = []
        self._lost: dict[StreamKey, int] = {}
        self._appended = 0

    def __len__(self) -> int:
        return len(self._under_way) + len(self._waveforms) + len(self._others)

    @property
    def appended(self) -> int:
        """How many entries ever came."""
        return self._appended

    @property
    def settled(self) -> int:
        """How many of them, counted from the first that came, wait no more."""
        queues = (self._under_way, self._waveforms, self._others)
        return min((queue[0][0] for queue in queues if queue), default=self._appended)

    @property
    def has_lost(self) -> bool:
        """Whether there are losses to tell of."""
        return bool(self._lost)

    def append(self, entry: Entry) -> None:
        """Take an entry; where there is no room, one is dropped and counted."""
        queue = self._waveforms if _is_waveform(entry) else self._others
        queue.append((self._appended, entry))
        self._appended += 1
        if len(self) > self._limit:
            self._shed()

    def take(self, limit: int, max_bytes: int) -> list[Entry]:
        """Put the oldest entries under way and return them; one at least, where there is one.

        Args:
            limit: entries at most, below the queue's own limit.
            max_bytes: how much they may take on the disk, roughly.
        """
        size = 0
        while len(self._under_way) < limit and (queue := self._next()):
            size += _size(queue[0][1])
            if size > max_bytes and self._under_way:
                break
            self._under_way.append(queue.popleft())
        return [entry for _, entry in self._under_way]

    def done(self) -> None:
        """Forget what was under way: it is on disk."""
        self._under_way.clear()

    def take_losses(self) -> dict[StreamKey, int]:
        """Return the samples, or events, that were dropped of each stream since the last call."""
        lost, self._lost = self._lost, {}
        return lost

    def _next(self) -> deque[tuple[int, Entry]] | None:
        """Return the queue that has the oldest entry."""
        filled = [queue for queue in (self._waveforms, self._others) if queue]
        return min(filled, key=lambda queue: queue[0][0], default=None)

    def _shed(self) -> None:
        _, entry = (self._waveforms or self._others).popleft()
        item = entry.item
        n, quantity = (len(item), item.info.quantity) if isinstance(item, Chunk) else (1, "")
        key = (entry.source, quantity)
        self._lost[key] = self._lost.get(key, 0) + n
        self.dropped += n
        self.dropped_by[entry.source] += n


def _is_waveform(entry: Entry) -> bool:
    return isinstance(entry.item, Chunk) and entry.item.info.rate_hz > 0


def _size(entry: Entry) -> int:
    item = entry.item
    samples = (
        item.values.nbytes + item.times_ns.nbytes + item.quality.nbytes if isinstance(item, Chunk) else 0
    )
    return _ENTRY_BYTES + samples
