"""The journal: what is appended is committed in groups, in order, and read back by id."""

import asyncio
import logging
from collections.abc import Coroutine, Iterable
from typing import Final, Literal

from edged.backoff import Backoff
from edged.clock import Clock, ClockMap, ClockStep, wait_for
from edged.config.model import JournalConfig
from edged.errors import StoreCorrupt, StoreUnavailable
from edged.log import log_event
from edged.messages import (
    JOURNAL_BACK,
    JOURNAL_FAILING,
    JOURNAL_OPEN,
    JOURNAL_QUARANTINED,
    JOURNAL_QUEUE_FULL,
)
from edged.model import NS_PER_S, Chunk, Event
from edged.store import retention
from edged.store.committer import Committer, Group, JournalStats
from edged.store.database import exclusive, quarantine
from edged.store.entry_queue import Entry, EntryQueue, StreamKey
from edged.store.ledger import Ledger
from edged.store.record import Record

JournalState = Literal["opening", "ready", "failing"]
_log: Final = logging.getLogger(__name__)


class Journal:
    """The append-only store of one node.

    ``append`` never waits: what it takes is committed by ``run``. Only what is committed can be read.
    While the disk does not answer, entries wait in memory up to a bound; past it waveforms go first,
    every loss is counted, and a ``gap`` event tells of it.

    Attributes:
        stats: counters.
        problem: why the file could not be opened or written the last time.
        progress_ns: when it last came round, monotonic: with a commit, with nothing to commit, or with an
            error. A disk that does not answer at all holds it up.
        is_opening: whether the file is being opened, which after a power cut reads it through.

    Args:
        config: path, intervals and bounds.
        clock: stamps and paces.
        boot_map: this boot's clock map; its owner keeps it up to date.
        uplinks: names of those who keep a cursor here.
        backoff: paces tries while the file cannot be opened or written.
    """

    def __init__(
        self,
        config: JournalConfig,
        clock: Clock,
        boot_map: ClockMap,
        uplinks: Iterable[str],
        backoff: Backoff,
    ) -> None:
        self._queue = EntryQueue(config.queue_chunks)
        self.stats = JournalStats(dropped_by=self._queue.dropped_by)
        self.problem: StoreUnavailable | StoreCorrupt | None = None
        self._path = config.path
        self._interval_s = config.commit_interval_s
        self._cap_bytes = round(config.max_size_mb * 1e6)
        self._group_limit = min(config.commit_chunks, config.queue_chunks // 2)
        self._room_limit = config.queue_chunks // 2
        self._clock = clock
        self._backoff = backoff
        self._boot_map = boot_map
        self._committer = Committer(self._path, self._cap_bytes, boot_map.boot, clock, self.stats)
        self._maps = {boot_map.boot: boot_map}
        self._steps: list[ClockStep] = []
        self._group: Group | None = None
        self._cursors = dict.fromkeys(uplinks, 0)
        self._base_seqs: dict[StreamKey, int] | None = None
        self._ledger: Ledger | None = None
        self.progress_ns = clock.mono_ns()
        self.is_opening = False
        self._failing_ns: int | None = None
        self._wake = asyncio.Event()
        self._committed = asyncio.Event()

    @property
    def ready(self) -> bool:
        """Whether the file is open, and was writable the last time."""
        return self._ledger is not None and self._ledger.is_open and self.problem is None

    @property
    def state(self) -> JournalState:
        """How it is doing: ``failing`` until it is ready again after a problem."""
        return "ready" if self.ready else "failing" if self.problem else "opening"

    @property
    def epoch(self) -> str:
        """The life of the file that is, or was last, open; empty before the first."""
        return self._ledger.epoch if self._ledger else ""

    @property
    def head(self) -> int:
        """The highest committed id of this epoch; 0 before the first."""
        return self._ledger.head if self._ledger else 0

    @property
    def kept(self) -> int:
        """How many records the file holds."""
        return self._ledger.kept if self._ledger else 0

    @property
    def waiting(self) -> int:
        """Entries that are not committed yet."""
        return len(self._queue)

    @property
    def cap_bytes(self) -> int:
        """What file and WAL may take."""
        return self._cap_bytes

    def append(self, source: str, item: Chunk | Event) -> None:
        """Take an entry to be committed; a chunk's ``seq`` counts from the start of the process."""
        self._queue.append(Entry(source, item))
        self.stats.dropped = self._queue.dropped
        if len(self._queue) >= self._group_limit:
            self._wake.set()

    def add_clock_step(self, step: ClockStep) -> None:
        """Take a step of this boot's clock map to be committed."""
        self._steps.append(step)

    def clock_map(self, boot: str) -> ClockMap:
        """Return the clock map of a boot in which there are records.

        Raises:
            LookupError: nothing is known of that boot.
        """
        return self._maps[boot]

    def cursor(self, uplink: str) -> int:
        """Return the id up to which everything is delivered."""
        return self._cursors[uplink]

    def kept_cursor(self, uplink: str) -> int:
        """Return the cursor as it is on disk: where a restart would go on."""
        return self._ledger.cursors.get(uplink, 0) if self._ledger else 0

    def advance(self, uplink: str, epoch: str, record_id: int) -> None:
        """Move a cursor; it is written with the next commit. An id of an earlier epoch moves nothing."""
        if epoch == self.epoch:
            self._cursors[uplink] = max(record_id, self._cursors[uplink])

    def commit_soon(self) -> None:
        """Have what waits committed now rather than in its turn."""
        self._wake.set()

    async def room(self) -> None:
        """Wait until at most half of the queue is taken."""
        while len(self._queue) > self._room_limit:
            await self._next_commit()

    async def wait_beyond(self, record_id: int) -> None:
        """Wait until there is a committed record after this id, or the epoch is over."""
        epoch = self.epoch
        while self.epoch == epoch and self.head <= record_id:
            await self._next_commit()

    async def wait_open(self) -> None:
        """Wait until the file is open for the first time."""
        while not self.epoch:
            await self._next_commit()

    async def wait_kept(self, uplink: str, epoch: str, record_id: int) -> None:
        """Wait until a cursor on disk has come to this id, or the epoch is over."""
        while self.epoch == epoch and self.kept_cursor(uplink) < record_id:
            await self._next_commit()

    async def flush(self) -> None:
        """Wait until everything appended so far is committed."""
        upto = self._queue.appended
        while self._queue.settled < upto or self._steps or (self._group and self._group.steps):
            self._wake.set()
            await self._next_commit()

    async def read(self, after: int, limit: int) -> list[Record]:
        """Return at most ``limit`` committed records after an id, oldest first.

        Raises:
            StoreUnavailable: the file cannot be read now; damage that is met is dealt with meanwhile.
        """
        ledger = self._ledger
        if ledger is None or not ledger.is_open:
            raise StoreUnavailable("the journal is not open", where=str(self._path))
        try:
            return await ledger.read(after, limit)
        except StoreCorrupt as error:
            ledger.damage = error
            self._wake.set()
            raise StoreUnavailable(error.what, where=error.where) from error

    async def run(self) -> None:
        """Open the file and commit until cancelled; then commit what is left, and close in order.

        A file that cannot be opened or written is tried again, for ever; a damaged one is set aside
        and a new one begun, with a new epoch.
        """
        try:
            while True:
                try:
                    with exclusive(self._path):
                        await self._serve()
                except StoreUnavailable as error:
                    self._note(error)
                self.progress_ns = self._clock.mono_ns()
                await self._clock.sleep(self._backoff.next_delay_s())
        finally:
            if self._has_work():  # cancelled while the file was not open: it gets one more chance
                await _uninterrupted(self._last_try())

    async def _serve(self) -> None:
        """Open the file and commit; returns when it was damaged and has been set aside."""
        try:
            self.is_opening = True
            try:
                await _uninterrupted(self._open())
            finally:
                self.is_opening = False
            self._wake.set()
            while True:
                await wait_for(self._wake, self._clock, self._interval_s)
                self._wake.clear()
                await _uninterrupted(self._commit())
        except asyncio.CancelledError:
            await _uninterrupted(self._finish())
            raise
        except StoreCorrupt as error:
            self._note(error)
            await _uninterrupted(self._set_aside())
        finally:
            await _uninterrupted(self._abandon())

    async def _open(self) -> None:
        ledger = await Ledger.open(self._path, check=self._base_seqs is None)
        try:
            await self._committer.begin(ledger)
            maps = await ledger.clock_maps()
        except BaseException:
            await ledger.abandon()
            raise
        if ledger.epoch != self.epoch:
            self._cursors = {uplink: ledger.cursors.get(uplink, 0) for uplink in self._cursors}
            if self._group is not None:
                self._group.steps.clear()
            self._steps = list(dict.fromkeys((*self._boot_map.steps, *self._steps)))
        for boot, known in maps.items():
            self._maps.setdefault(boot, known).learn(known.steps)
        if self._base_seqs is None:
            self._base_seqs = dict(ledger.next_seqs)
        self._ledger = ledger
        log_event(_log, JOURNAL_OPEN, file=self._path, epoch=ledger.epoch, head=ledger.head)

    async def _commit(self) -> None:
        """Commit one group, and make room where it is needed."""
        ledger = self._opened()
        if ledger.damage is not None:
            raise ledger.damage
        if self._group is None and self._has_work():
            self._group = self._next_group()
        if self._group is not None or self._cursors != ledger.cursors:
            await self._committer.write(ledger, self._group or Group(), self._cursors)
            if self._group is not None:
                self._group = None
                self._queue.done()
        await self._committer.keep_room(ledger, self._cursors)
        self.stats.size_bytes = retention.size_bytes(self._path)
        self.problem = None
        if self._failing_ns is not None:
            away_s = round((self._clock.mono_ns() - self._failing_ns) / NS_PER_S, 1)
            self._failing_ns = None
            log_event(_log, JOURNAL_BACK, away_s=away_s)
        self._backoff.reset()
        self.progress_ns = self._clock.mono_ns()
        self._committed.set()
        if len(self._queue) >= self._group_limit:
            self._wake.set()

    def _has_work(self) -> bool:
        return bool(self._group or len(self._queue) or self._queue.has_lost or self._steps)

    def _next_group(self) -> Group:
        taken = self._queue.take(self._group_limit, retention.max_group_bytes(self._cap_bytes))
        told = [self._told_loss(key, n) for key, n in self._queue.take_losses().items()]
        steps, self._steps = self._steps, []
        return Group([*map(self._numbered, taken), *told], steps)

    def _numbered(self, entry: Entry) -> Entry:
        """Number a chunk's samples for the life of the journal, not of the process."""
        item = entry.item
        if isinstance(item, Event):
            return entry
        base = (self._base_seqs or {}).get((entry.source, item.info.quantity), 0)
        return Entry(entry.source, item.with_seq(base + item.seq)) if base else entry

    def _told_loss(self, key: StreamKey, n: int) -> Entry:
        source, quantity = key
        stream = "/".join(part for part in (source, quantity or "events") if part)
        log_event(_log, JOURNAL_QUEUE_FULL, source=source, stream=stream, lost=n)
        what = {"quantity": quantity, "samples": n} if quantity else {"events": n}
        self.stats.gaps[source, "queue_full"] += 1
        return Entry(source, Event("gap", self._clock.mono_ns(), source, {"reason": "queue_full", **what}))

    def _note(self, error: StoreUnavailable | StoreCorrupt) -> None:
        if isinstance(error, StoreUnavailable):
            if self._failing_ns is None:
                self._failing_ns = self._clock.mono_ns()
            if self.problem is None or self.problem.what != error.what:
                log_event(_log, JOURNAL_FAILING, reason=error)
        self.problem = error
        self.stats.failures += 1
        if isinstance(error, StoreUnavailable) and error.full:
            retention.drop_ballast(self._path)

    async def _set_aside(self) -> None:
        await self._abandon()
        aside = quarantine(self._path)
        self.stats.quarantined += 1
        log_event(_log, JOURNAL_QUARANTINED, file=aside.name, reason=self.problem)
        self.append("", Event("journal_quarantined", self._clock.mono_ns(), "", {"file": aside.name}))

    async def _abandon(self) -> None:
        if self._ledger is not None and self._ledger.is_open:
            await self._ledger.abandon()

    async def _finish(self) -> None:
        """Commit what is left, and close in order."""
        if self._ledger is None or not self._ledger.is_open:
            return
        try:
            while self._has_work() or self._cursors != self._ledger.cursors:
                await self._commit()
            await self._ledger.close()
        except (StoreUnavailable, StoreCorrupt) as error:
            self._note(error)

    async def _last_try(self) -> None:
        try:
            with exclusive(self._path):
                try:
                    await self._open()
                    await self._finish()
                finally:
                    await self._abandon()
        except (StoreUnavailable, StoreCorrupt) as error:
            self._note(error)

    def _opened(self) -> Ledger:
        if self._ledger is None:
            raise RuntimeError("the journal is not open")
        return self._ledger

    async def _next_commit(self) -> None:
        self._committed.clear()
        await self._committed.wait()


async def _uninterrupted(work: Coroutine[object, object, None]) -> None:
    """Do a piece of work to its end, however often cancelled meanwhile; only then be cancelled.

    Half a commit could be told twice. What fails while being cancelled fails again, or is found in
    order, when the file is closed or opened next.
    """
    task = asyncio.ensure_future(work)
    cancelled = False
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            cancelled = True
    failure = task.exception()
    if cancelled:
        raise asyncio.CancelledError
    if failure is not None:
        raise failure
