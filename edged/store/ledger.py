"""The journal's file while it is open: writes groups of entries in one transaction, reads records."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Final, Self

import aiosqlite

from edged.clock import Clock, ClockMap, ClockQuality, ClockStep
from edged.errors import StoreCorrupt
from edged.model import Event, StreamInfo
from edged.store import retention
from edged.store.chunk_codec import pack, unpack
from edged.store.database import close_in_order, open_database, open_reader, translated
from edged.store.entry_queue import Entry, StreamKey
from edged.store.record import Record


class Ledger:
    """The open file. Make one with ``open``; one task writes, any may read.

    What it knows of the file can be asked after it is closed, too.

    Attributes:
        is_open: whether it can be read and written.
        damage: what a reader found broken; the writer's task is to deal with it.
        epoch: the life of this file.
        head: the highest committed id, 0 before the first.
        oldest: the lowest id that is still there; above ``head`` where there is none.
        cursors: how far each uplink has come, as committed.
    """

    def __init__(self, path: Path, writer: aiosqlite.Connection, reader: aiosqlite.Connection) -> None:
        self.is_open = True
        self.damage: StoreCorrupt | None = None
        self.epoch = ""
        self.head = 0
        self.oldest = 1
        self.cursors: dict[str, int] = {}
        self.writer: Final = writer
        self._reader = reader
        self._path = path
        self._boots: dict[int, str] = {}
        self._streams: dict[int, tuple[str, StreamInfo]] = {}
        self._numbers: dict[tuple[str, StreamInfo], int] = {}
        self._next_seq: dict[StreamKey, int] = {}

    @classmethod
    async def open(cls, path: Path, *, check: bool = True) -> Self:
        """Open or make the file; ``check`` it through unless it was closed in order the last time.

        Raises:
            StoreUnavailable: it cannot be opened or written now.
            StoreCorrupt: it is damaged.
        """
        writer = await open_database(path, check=check)
        try:
            ledger = cls(path, writer, await open_reader(path))
        except BaseException:
            await writer.close()
            raise
        try:
            with translated(path):
                await ledger._learn()
        except BaseException:
            await ledger.abandon()
            raise
        return ledger

    @property
    def kept(self) -> int:
        """How many records there are."""
        return max(self.head - self.oldest + 1, 0)

    @property
    def next_seqs(self) -> Mapping[StreamKey, int]:
        """The number that the next sample of each known stream will bear."""
        return MappingProxyType(self._next_seq)

    async def close(self) -> None:
        """Close in order, so that the next start need not check the file through.

        Raises:
            StoreUnavailable: the mark could not be written; the file is closed all the same.
            StoreCorrupt: likewise.
        """
        self.is_open = False
        await self._reader.close()
        await close_in_order(self.writer, self._path)

    async def abandon(self) -> None:
        """Close as it is, after a failure; nothing to do where it is closed."""
        self.is_open = False
        await self._reader.close()
        await self.writer.close()

    async def clock_maps(self) -> dict[str, ClockMap]:
        """Return the clock maps of every boot that is known to the file.

        Raises:
            StoreUnavailable: it cannot be read now.
            StoreCorrupt: it is damaged.
        """
        steps: dict[str, list[ClockStep]] = {}
        sql = "SELECT boot, mono_ns, utc_ns, quality FROM clock_step ORDER BY rowid"
        with translated(self._path), _understood(self._path):
            for n, mono_ns, utc_ns, quality in await self.writer.execute_fetchall(sql):
                step = ClockStep(mono_ns, utc_ns, ClockQuality(quality))
                steps.setdefault(self._boots[n], []).append(step)
        return {boot: ClockMap(boot, known) for boot, known in steps.items()}

    async def fold(self) -> None:
        """Fold the WAL into the file, and give its space back.

        Raises:
            StoreUnavailable: there is no room even for that.
            StoreCorrupt: the file is damaged.
        """
        with translated(self._path):
            await self.writer.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")

    async def write(
        self, boot: str, entries: Sequence[Entry], steps: Sequence[ClockStep], cursors: Mapping[str, int]
    ) -> None:
        """Commit a group in one transaction: all of it stands afterwards, or nothing.

        Raises:
            StoreUnavailable: it cannot be written now.
            StoreCorrupt: the file is damaged.
        """
        with translated(self._path):
            await self.writer.execute("BEGIN IMMEDIATE")
            try:
                next_seq = await self._insert(boot, entries, steps)
                if cursors != self.cursors:
                    await self._many("INSERT OR REPLACE INTO cursor VALUES (?, ?)", [*cursors.items()])
                await self.writer.execute("COMMIT")
            except BaseException:
                await self._roll_back()
                raise
        self._next_seq = next_seq
        self.cursors = dict(cursors)
        self.head += len(entries)

    async def remove_oldest(
        self, boot: str, limit_pages: int, delivered: int, clock: Clock, at_least: int
    ) -> retention.Removed | None:
        """Make room in one transaction; what went undelivered is told by a ``gap`` event in it.

        Args:
            boot: this boot.
            limit_pages: bound of the file.
            delivered: the id up to which every uplink has everything.
            clock: stamps the event.
            at_least: how many records to delete whatever room there is.

        Raises:
            StoreUnavailable: it cannot be written now.
            StoreCorrupt: the file is damaged.
        """
        with translated(self._path):
            await self.writer.execute("BEGIN IMMEDIATE")
            try:
                removed = await retention.remove_oldest(
                    self.writer, limit_pages, delivered, at_least=at_least
                )
                if removed:
                    detail = {"reason": "journal_full", "first_id": removed.first, "last_id": removed.last}
                    await self._insert(boot, [Entry("", Event("gap", clock.mono_ns(), "", detail))], [])
                oldest = await self._oldest()
                await self.writer.execute("COMMIT")
            except BaseException:
                await self._roll_back()
                raise
        if removed:
            self.head += 1
        self.oldest = self.head + 1 if oldest is None else oldest
        return removed

    async def read(self, after: int, limit: int) -> list[Record]:
        """Return at most ``limit`` committed records after an id, oldest first.

        Raises:
            StoreUnavailable: the file cannot be read now.
            StoreCorrupt: it is damaged.
        """
        sql = "SELECT id, boot, stream, seq, data FROM record WHERE id > ? AND id <= ? ORDER BY id LIMIT ?"
        with translated(self._path):
            rows = await self._reader.execute_fetchall(sql, (after, self.head, limit))
        with _understood(self._path):
            return [self._record(*row) for row in rows]

    async def _learn(self) -> None:
        """Read what the file says of itself."""
        query = self.writer.execute_fetchall
        metas = await query("SELECT value FROM meta WHERE key = 'epoch'")
        heads = await query("SELECT seq FROM sqlite_sequence WHERE name = 'record'")
        oldest = await self._oldest()
        boots = await query("SELECT n, boot FROM boot")
        sql = "SELECT n, source, quantity, unit, rate_hz, channels, next_seq FROM stream ORDER BY n"
        streams = await query(sql)
        cursors = await query("SELECT uplink, id FROM cursor")
        with _understood(self._path):
            ((epoch,),) = metas
            self.epoch = str(epoch)
            self.head = max((int(head) for (head,) in heads), default=0)
            self.oldest = self.head + 1 if oldest is None else oldest
            self._boots = {int(n): str(boot) for n, boot in boots}
            self.cursors = {str(name): int(at) for name, at in cursors}
            self._streams, self._numbers, self._next_seq = {}, {}, {}
            for n, source, quantity, unit, rate_hz, channels, next_seq in streams:
                info = StreamInfo(quantity, unit, rate_hz, tuple(json.loads(channels)))
                self._streams[n] = (source, info)
                self._numbers[source, info] = n
                self._next_seq[source, quantity] = max(
                    int(next_seq), self._next_seq.get((source, quantity), 0)
                )

    async def _oldest(self) -> int | None:
        ((oldest,),) = await self.writer.execute_fetchall("SELECT min(id) FROM record")
        return None if oldest is None else int(oldest)

    async def _insert(
        self, boot: str, entries: Sequence[Entry], steps: Sequence[ClockStep]
    ) -> dict[StreamKey, int]:
        """Insert within the transaction; return the numbering as it will be after the commit."""
        number = await self._boot_number(boot)
        await self._many(
            "INSERT INTO clock_step VALUES (?, ?, ?, ?)",
            [(number, step.mono_ns, step.utc_ns, step.quality.value) for step in steps],
        )
        next_seq, rows = dict(self._next_seq), list[tuple[object, ...]]()
        for record_id, entry in enumerate(entries, start=self.head + 1):
            item = entry.item
            if isinstance(item, Event):
                rows.append((record_id, number, None, None, _event_json(item)))
            else:
                stream = await self._stream_number(entry.source, item.info)
                rows.append((record_id, number, stream, item.seq, pack(item)))
                next_seq[entry.source, item.info.quantity] = item.seq + len(item)
        await self._many("INSERT INTO record VALUES (?, ?, ?, ?, ?)", rows)
        moved = [(seq, *key) for key, seq in next_seq.items() if self._next_seq.get(key) != seq]
        await self._many("UPDATE stream SET next_seq = ? WHERE source = ? AND quantity = ?", moved)
        return next_seq

    async def _many(self, sql: str, rows: Sequence[tuple[object, ...]]) -> None:
        if rows:
            await self.writer.executemany(sql, rows)

    async def _roll_back(self) -> None:
        if self.writer.in_transaction:
            await self.writer.execute("ROLLBACK")
        await self._learn()

    async def _boot_number(self, boot: str) -> int:
        for number, known in self._boots.items():
            if known == boot:
                return number
        number = max(self._boots, default=0) + 1
        await self.writer.execute("INSERT INTO boot VALUES (?, ?)", (number, boot))
        self._boots[number] = boot
        return number

    async def _stream_number(self, source: str, info: StreamInfo) -> int:
        number = self._numbers.get((source, info))
        if number is None:
            number = max(self._streams, default=0) + 1
            await self.writer.execute(
                "INSERT INTO stream VALUES (?, ?, ?, ?, ?, ?, 0)",
                (number, source, info.quantity, info.unit, info.rate_hz, json.dumps(info.channels)),
            )
            self._streams[number] = (source, info)
            self._numbers[source, info] = number
        return number

    def _record(self, record_id: int, boot: int, stream: int | None, seq: int, data: bytes) -> Record:
        if stream is None:
            told = json.loads(data)
            event = Event(told["kind"], told["mono_ns"], told["source"], told["detail"])
            return Record(record_id, self._boots[boot], event.source, event)
        source, info = self._streams[stream]
        return Record(record_id, self._boots[boot], source, unpack(data, info, seq))


@contextmanager
def _understood(path: Path) -> Iterator[None]:
    """Take what is readable but makes no sense for damage too.

    Raises:
        StoreCorrupt: what was read does not fit together.
    """
    try:
        yield
    except (ValueError, KeyError, TypeError) as error:
        raise StoreCorrupt(f"the journal is damaged: {error!r}", where=str(path)) from error


def _event_json(event: Event) -> bytes:
    told = {"kind": event.kind, "mono_ns": event.mono_ns, "source": event.source, "detail": {**event.detail}}
    return json.dumps(told).encode()
