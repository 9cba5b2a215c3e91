"""The journal under its cap: what was delivered goes first, and what had to go undelivered is told."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from edged.model import Event
from edged.store import retention
from edged.store.database import PAGE_BYTES, open_database
from tests.store.rig import UPLINK, Rig, chunks, ecg, gaps, heart_rate, running, within

MB = 1_000_000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "edged.db"


def on_disk(path: Path) -> int:
    wal = path.with_name("edged.db-wal")
    return path.stat().st_size + (wal.stat().st_size if wal.exists() else 0)


async def test_100_000_chunks_stay_under_1_mb_and_every_missing_id_is_explained(path: Path) -> None:
    largest = 0
    async with running(Rig(path, max_size_mb=1, queue_chunks=2048)) as rig:
        for n in range(0, 100_000, 1000):
            for i in range(n, n + 1000):
                rig.journal.append("a", heart_rate(i, i % 200))
            flushing = asyncio.create_task(rig.journal.flush())
            while not flushing.done():
                await within(rig.journal._next_commit())
                await asyncio.sleep(0)
                largest = max(largest, on_disk(path))
        records = await rig.records()
        stats, head = rig.journal.stats, rig.journal.head
        assert rig.journal.kept == len(records)
    assert largest <= MB
    assert on_disk(path) <= MB
    assert stats.dropped == 0
    ids = [record.id for record in records]
    assert ids == list(range(ids[0], head + 1))
    last = gaps(record.item for record in records)[-1]
    assert last.detail == {"reason": "journal_full", "first_id": 1, "last_id": ids[0] - 1}
    assert stats.forced_out == ids[0] - 1
    assert set(stats.gaps) == {("", "journal_full")}
    async with running(Rig(path, max_size_mb=1, queue_chunks=2048)) as rig:
        assert rig.journal.kept == len(records), "also after it was opened again"
    assert stats.chunks == 100_000
    assert [c.seq for c in chunks(r.item for r in records)][-1] == 99_999


async def test_what_was_delivered_makes_room_and_nobody_is_told(path: Path) -> None:
    async with running(Rig(path, max_size_mb=1)) as rig:
        for n in range(0, 8000, 500):
            for i in range(n, n + 500):
                rig.journal.append("a", ecg(73 * i))
            await within(rig.journal.flush())
            rig.journal.advance(UPLINK, rig.journal.epoch, rig.journal.head)
        assert rig.journal.stats.forced_out == 0
        records = await rig.records()
        assert 0 < len(records) < 8000
        assert gaps(record.item for record in records) == []
        assert rig.journal.head == 8000


async def test_the_slowest_uplink_counts(path: Path) -> None:
    async with running(Rig(path, max_size_mb=1, uplinks=["quick", "slow"])) as rig:
        while not rig.journal.stats.forced_out:
            for i in range(1000):
                rig.journal.append("a", ecg(73 * i))
            await within(rig.journal.flush())
            rig.journal.advance("quick", rig.journal.epoch, rig.journal.head)
            rig.journal.advance("slow", rig.journal.epoch, 700)
        first = (await rig.journal.read(0, 1))[0].id
        told = gaps(await rig.items())[-1]
        assert told.detail == {"reason": "journal_full", "first_id": 701, "last_id": first - 1}
        assert rig.journal.stats.forced_out == first - 1 - 700


async def test_without_an_uplink_the_oldest_go_silently(path: Path) -> None:
    async with running(Rig(path, max_size_mb=1, uplinks=[])) as rig:
        for n in range(6000):
            rig.journal.append("a", ecg(73 * n))
            if n % 1000 == 0:
                await within(rig.journal.flush())
        await within(rig.journal.flush())
        assert (await rig.journal.read(0, 1))[0].id > 1
        assert gaps(await rig.items()) == []


async def test_undelivered_records_go_only_when_needed(path: Path) -> None:
    async with running(Rig(path, max_size_mb=1)) as rig:
        while not rig.journal.stats.forced_out:
            for i in range(100):
                rig.journal.append("a", ecg(73 * i))
            await within(rig.journal.flush())
        kept = len(await rig.records())
        assert rig.journal.stats.forced_out < kept / 5


async def test_the_gap_is_in_the_transaction_that_removes(path: Path) -> None:
    rig = Rig(path, max_size_mb=1)
    async with running(rig):
        await rig.commit("a", *(heart_rate(n) for n in range(1000)))
        ledger = rig.journal._ledger
        assert ledger is not None
        seen: list[tuple[int, int]] = []

        def look() -> None:
            with closing(sqlite3.connect(path)) as db:
                (first,) = db.execute("SELECT min(id) FROM record").fetchone()
                (events,) = db.execute("SELECT count(*) FROM record WHERE stream IS NULL").fetchone()
                seen.append((first, events))

        removing = asyncio.create_task(ledger.remove_oldest("boot-1", 9999, 0, rig.clock, 150))
        while not removing.done():
            await asyncio.to_thread(look)
        look()
    assert set(seen) <= {(1, 0), (201, 1)}
    assert seen[-1] == (201, 1)


async def test_a_group_that_hits_the_hard_limit_makes_room_for_itself(path: Path) -> None:
    async with running(Rig(path, max_size_mb=1)) as rig:
        ledger = rig.journal._ledger
        assert ledger is not None
        await rig.commit("a", *(heart_rate(n) for n in range(1000)))
        await ledger.fold()
        pages = await ledger.writer.execute_fetchall("PRAGMA page_count")
        ((used,),) = pages
        await ledger.writer.execute(f"PRAGMA max_page_count = {used}")
        for n in range(3):
            await rig.commit("a", *(ecg(73 * i) for i in range(100 * n, 100 * n + 100)))
        assert rig.journal.ready
        assert rig.journal.stats.failures == 0
        assert rig.journal.stats.forced_out >= 1000
        told = gaps(await rig.items())
        first = (await rig.journal.read(0, 1))[0].id
        assert told[-1].detail["last_id"] == first - 1
    assert path.stat().st_size <= used * PAGE_BYTES


async def test_nothing_to_remove_ends(path: Path) -> None:
    db = await open_database(path, check=False)
    try:
        await db.execute("BEGIN")
        assert await retention.remove_oldest(db, 0, 0) is None
        await db.execute("ROLLBACK")
    finally:
        await db.close()


@pytest.mark.parametrize("cap", [MB, 8 * MB, 512 * MB])
def test_file_and_wal_and_one_group_more_fit_under_the_cap(cap: int) -> None:
    wal_bytes = 2 * retention.wal_pages(cap) * (PAGE_BYTES + 24)
    assert retention.max_pages(cap) * PAGE_BYTES + wal_bytes < cap
    assert retention.max_group_bytes(cap) < retention.wal_pages(cap) * PAGE_BYTES
    assert retention.max_pages(cap) > cap // 2 // PAGE_BYTES


async def test_events_count_as_records(path: Path) -> None:
    async with running(Rig(path, max_size_mb=1)) as rig:
        while not rig.journal.stats.forced_out:
            for i in range(200):
                rig.journal.append("a", Event("note", i, "a", {"text": "x" * 60}))
            await within(rig.journal.flush())
        assert on_disk(path) <= MB
