"""Brings groups of entries to the disk: each once, and making room where there is none."""

import asyncio
import logging
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from edged.clock import Clock, ClockStep
from edged.errors import StoreUnavailable
from edged.histogram import Histogram
from edged.log import log_event
from edged.messages import JOURNAL_FORCED_OUT
from edged.model import Chunk
from edged.store import retention
from edged.store.database import translated
from edged.store.entry_queue import Entry
from edged.store.ledger import Ledger

_log: Final = logging.getLogger(__name__)
_MAKE_ROOM_RECORDS: Final = 1000
"""Given up when the disk is full although the file is not."""

_COMMIT_BOUNDS_S: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


@dataclass(slots=True)
class JournalStats:
    """Counters since the start.

    Attributes:
        chunks: committed.
        samples: committed.
        events: committed.
        commits: transactions, each with one fsync of the WAL.
        dropped: samples and events that were lost because the queue was full.
        forced_out: records removed undelivered because the cap was reached.
        quarantined: damaged files set aside.
        failures: times the file could not be opened or written.
        size_bytes: file and WAL.
        gaps: ``gap`` events by source and reason, ``queue_full`` or ``journal_full``; of the latter the
            source is empty.
        dropped_by: what ``dropped`` counts, by source.
        commit: how long a group takes to the disk.
    """

    chunks: int = 0
    samples: int = 0
    events: int = 0
    commits: int = 0
    dropped: int = 0
    forced_out: int = 0
    quarantined: int = 0
    failures: int = 0
    size_bytes: int = 0
    gaps: Counter[tuple[str, str]] = field(default_factory=Counter)
    dropped_by: Counter[str] = field(default_factory=Counter)
    commit: Histogram = field(default_factory=lambda: Histogram(_COMMIT_BOUNDS_S))


@dataclass(slots=True)
class Group:
    """What is committed together; it stays as it is until it is known to be on disk, so that it is once.

    Attributes:
        entries: as they are written, ``gap`` events of the queue included.
        steps: of this boot's clock map.
        tried_at: epoch and head before the last try; a commit that failed may have come through.
    """

    entries: list[Entry] = field(default_factory=list)
    steps: list[ClockStep] = field(default_factory=list)
    tried_at: tuple[str, int] | None = None

    def is_in(self, ledger: Ledger) -> bool:
        """Whether the last try is in the file after all."""
        return bool(self.entries) and self.tried_at == (ledger.epoch, ledger.head - len(self.entries))


class Committer:
    """Writes to whichever ledger is open.

    Args:
        path: the file.
        cap_bytes: what file and WAL may take.
        boot: this boot.
        clock: stamps ``gap`` events, and times commits.
        stats: counted up here.
    """

    def __init__(self, path: Path, cap_bytes: int, boot: str, clock: Clock, stats: JournalStats) -> None:
        self._path = path
        self._cap_bytes = cap_bytes
        self._boot = boot
        self._clock = clock
        self._stats = stats
        self._limit_pages = 0

    async def begin(self, ledger: Ledger) -> None:
        """Bound a file that has been opened.

        Raises:
            StoreUnavailable: it cannot be used now.
        """
        with translated(self._path):
            await retention.set_wal_limit(ledger.writer, self._cap_bytes)
        self._limit_pages = 0
        await self._bound(ledger)

    async def write(self, ledger: Ledger, group: Group, cursors: Mapping[str, int]) -> None:
        """Commit a group and the cursors; a full disk gets the ballast's space, then that of old records.

        Raises:
            StoreUnavailable: it cannot be written now.
            StoreCorrupt: the file is damaged.
        """
        for make_space in (self._give_up_ballast, self._force_room, None):
            try:
                await self._try(ledger, group, dict(cursors))
                break
            except StoreUnavailable as error:
                if not error.full or make_space is None:
                    raise
            group.tried_at = None  # it was rolled back
            await make_space(ledger, cursors)
        for entry in group.entries:
            if isinstance(entry.item, Chunk):
                self._stats.chunks += 1
                self._stats.samples += len(entry.item)
            else:
                self._stats.events += 1

    async def keep_room(self, ledger: Ledger, cursors: Mapping[str, int]) -> None:
        """Remove the oldest records where it is time to.

        Raises:
            StoreUnavailable: it cannot be written now.
            StoreCorrupt: the file is damaged.
        """
        if self._limit_pages < retention.max_pages(self._cap_bytes) or not retention.has_ballast(self._path):
            await self._bound(ledger)
        if await self._is_crowded(ledger):
            await self._remove(ledger, cursors, at_least=0)

    async def _bound(self, ledger: Ledger) -> None:
        """Let the file grow to its cap, or on a disk that is nearly full only into what is left."""
        limit = retention.max_pages(self._cap_bytes)
        size = retention.ballast_bytes(self._cap_bytes)
        with translated(self._path):
            lies = retention.has_ballast(self._path)
            if not lies and not await asyncio.to_thread(retention.lay_ballast, self._path, size):
                spare = retention.spare_pages(self._path, self._cap_bytes)
                limit = min(limit, await retention.page_count(ledger.writer) + spare)
            if limit != self._limit_pages:
                await retention.set_limit(ledger.writer, limit)
        self._limit_pages = limit

    async def _try(self, ledger: Ledger, group: Group, cursors: dict[str, int]) -> None:
        if group.is_in(ledger):
            return
        group.tried_at = (ledger.epoch, ledger.head)
        began_ns = self._clock.mono_ns()
        await ledger.write(self._boot, group.entries, group.steps, cursors)
        self._stats.commit.note(self._clock.mono_ns() - began_ns)
        self._stats.commits += 1

    async def _give_up_ballast(self, ledger: Ledger, _cursors: Mapping[str, int]) -> None:
        retention.drop_ballast(self._path)
        await ledger.fold()
        await self._bound(ledger)

    async def _force_room(self, ledger: Ledger, cursors: Mapping[str, int]) -> None:
        crowded = await self._is_crowded(ledger)
        await self._remove(ledger, cursors, at_least=0 if crowded else _MAKE_ROOM_RECORDS)

    async def _is_crowded(self, ledger: Ledger) -> bool:
        with translated(self._path):
            return await retention.is_crowded(ledger.writer, self._limit_pages)

    async def _remove(self, ledger: Ledger, cursors: Mapping[str, int], *, at_least: int) -> None:
        """Remove oldest records; where undelivered ones had to go, a ``gap`` event says which."""
        delivered = min(cursors.values(), default=ledger.head)
        removed = await ledger.remove_oldest(self._boot, self._limit_pages, delivered, self._clock, at_least)
        self._stats.commits += 1
        if removed:
            self._stats.forced_out += removed.records
            self._stats.gaps["", "journal_full"] += 1
            log_event(_log, JOURNAL_FORCED_OUT, records=removed.records, last=removed.last)
            self._stats.events += 1
