"""Reads what a daemon left on disk, as it is there: no code of the journal's but the chunk's own."""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from edged.model import Chunk, StreamInfo
from edged.store.chunk_codec import unpack


@dataclass
class Recorded:
    """What one source left.

    Attributes:
        streams: chunks by quantity, in the order of their commit.
        events: kind and detail, in the order of their commit.
    """

    streams: dict[str, list[Chunk]] = field(default_factory=dict)
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def kinds(self) -> list[str]:
        """Return the kinds of the events."""
        return [kind for kind, _ in self.events]


def recorded(path: Path, source: str) -> Recorded:
    """Read all of a source from a journal that nobody writes to any more."""
    found = Recorded()
    with closing(sqlite3.connect(path)) as database:
        infos = {
            n: StreamInfo(quantity, unit, rate_hz, tuple(json.loads(channels)))
            for n, owner, quantity, unit, rate_hz, channels in database.execute(
                "SELECT n, source, quantity, unit, rate_hz, channels FROM stream"
            )
            if owner == source
        }
        for stream, seq, data in database.execute("SELECT stream, seq, data FROM record ORDER BY id"):
            if stream in infos:
                info = infos[stream]
                found.streams.setdefault(info.quantity, []).append(unpack(data, info, seq))
            elif stream is None:
                event = json.loads(data)
                if event.get("source") == source:
                    found.events.append((event["kind"], event.get("detail", {})))
    return found
