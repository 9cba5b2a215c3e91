"""A record: one committed entry of the journal."""

from dataclasses import dataclass

from edged.model import Chunk, Event


@dataclass(frozen=True, slots=True)
class Record:
    """One committed chunk or event.

    Attributes:
        id: contiguous from 1 within the epoch; ``(node, epoch, id)`` names it for ever.
        boot: the boot in which it was made.
        source: the source it came from; empty for the node's own events.
        item: the chunk, its samples numbered for the life of the journal, or the event.
    """

    id: int
    boot: str
    source: str
    item: Chunk | Event
