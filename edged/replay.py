"""Decodes a trace and tells what it means, the same every time."""

import asyncio
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any, Final

from edged.clock import ManualClock
from edged.config.model import SourceConfig
from edged.errors import TraceError
from edged.model import NS_PER_MS, Chunk, Event
from edged.sources.link import LinkContext
from edged.sources.supervisor import Source, as_it_is
from edged.tasks import run_until
from edged.trace import TraceReader


async def replay_trace(
    path: Path, speed: float, decoder: str | None, stop: asyncio.Event, write: Callable[[str], object]
) -> None:
    """Play a trace through decoder and default chains; write a JSON object a line for each result.

    Times are milliseconds since the beginning of the trace. At any speed the results are the same;
    of a byte stream the same bytes otherwise cut give the same lines of each stream, events and faults.

    Args:
        path: the trace.
        speed: times real time; 0 is as fast as possible.
        decoder: instead of the one the trace names.
        stop: ends it early.
        write: takes a line.

    Raises:
        TraceError: not a trace, or it cannot be read.
        DriverError: there is no such decoder.
    """
    try:
        with TraceReader(path) as reader:
            named = reader.header.decoder
    except OSError as error:
        raise TraceError(f"cannot be read: {error.strerror}", where=str(path)) from error
    config = SourceConfig(
        name="replay",
        link=f"replay:{path}?speed={speed:g}",
        decoder=decoder or named or "heart_rate",
        silence_s=3600,
    )
    source = Source(config, LinkContext(_PacedClock()), _Printer(write), as_it_is, Random(0))  # noqa: S311  jitter of retries, of which a trace has none
    await run_until(stop, source.run())
    if source.state == "failed" and source.problem is not None:
        raise source.problem
    if source.stats.faults:
        write(json.dumps({"faults": source.stats.faults, "last": source.last_fault}))


_OF_THE_PLAYER: Final = frozenset({"source_ended", "source_failed", "source_lost", "source_back"})
"""Events of the playing, not of what was recorded."""


class _PacedClock(ManualClock):
    """Begins at 0 and moves only by what is slept, so that no jitter of the machine is in the result."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(seconds, 0))
        self.move_to(self.mono_ns() + round(max(seconds, 0) * 1e9))


class _Printer:
    """The end of the way: a line for each chunk and event."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write

    def take(self, _source: str, chunks: Sequence[Chunk], events: Sequence[Event], _arrived_ns: int) -> None:
        for told in (*map(_chunk, chunks), *(_event(e) for e in events if e.kind not in _OF_THE_PLAYER)):
            self._write(json.dumps(told))


def _chunk(chunk: Chunk) -> dict[str, Any]:
    return {
        "stream": chunk.info.quantity,
        "unit": chunk.info.unit,
        "seq": chunk.seq,
        "t_ms": [t / NS_PER_MS for t in chunk.times_ns.tolist()],
        "values": [[_number(v) for v in row] for row in chunk.values.tolist()],
        "q": chunk.quality.tolist(),
    }


def _event(event: Event) -> dict[str, Any]:
    return {"event": event.kind, "t_ms": event.mono_ns / NS_PER_MS, "detail": dict(event.detail)}


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None
