import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from edged.clock import ClockQuality, ClockStep
from edged.errors import StoreUnavailable
from edged.model import NS_PER_S, Chunk, Event
from edged.store.database import open_database
from edged.store.journal import Journal
from tests.store.rig import ECG, HR, UPLINK, Rig, chunks, ecg, gaps, heart_rate, running, seeded, within


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "edged.db"


async def test_ids_are_contiguous_from_1_and_order_is_kept(path: Path) -> None:
    items: list[Chunk | Event]
    items = [heart_rate(0), Event("contact_lost", 5, "a", {"x": [1, None]}), ecg(0), heart_rate(1), ecg(73)]
    async with running(Rig(path)) as rig:
        await rig.commit("a", *items[:2])
        await rig.commit("a", *items[2:])
        records = await rig.records()
    assert [record.id for record in records] == [1, 2, 3, 4, 5]
    assert [record.item for record in records] == items
    assert {record.source for record in records} == {"a"}
    assert {record.boot for record in records} == {"boot-1"}


async def test_only_what_is_committed_can_be_read(path: Path) -> None:
    async with running(Rig(path)) as rig:
        rig.journal.append("a", heart_rate(0))
        assert (rig.journal.waiting, rig.journal.head) == (1, 0)
        assert await rig.records() == []
        await within(rig.journal.flush())
        assert (rig.journal.waiting, rig.journal.head) == (0, 1)
        assert len(await rig.records()) == 1
        assert await rig.journal.read(1, 10) == []


async def test_before_it_is_open_nothing_can_be_read(path: Path) -> None:
    journal = Rig(path).journal
    assert (journal.epoch, journal.head, journal.ready) == ("", 0, False)
    assert journal.kept_cursor(UPLINK) == 0
    with pytest.raises(StoreUnavailable, match="is not open"):
        await journal.read(0, 1)


async def test_a_group_is_committed_at_the_interval(path: Path) -> None:
    async with running(Rig(path, commit_interval_s=2)) as rig:
        before = rig.journal.stats.commits
        rig.journal.append("a", heart_rate(0))
        rig.journal.append("b", heart_rate(0))
        await rig.clock.advance(1.9)
        assert rig.journal.waiting == 2
        await rig.clock.advance(0.1)
        await within(rig.journal.wait_beyond(1))
        assert rig.journal.stats.commits == before + 1


async def test_a_group_is_committed_earlier_when_it_is_full(path: Path) -> None:
    async with running(Rig(path, commit_chunks=3)) as rig:
        before = rig.journal.stats.commits
        for n in range(7):
            rig.journal.append("a", heart_rate(n))
        await within(rig.journal.wait_beyond(5))
        assert (rig.journal.head, rig.journal.waiting) == (6, 1)
        assert rig.journal.stats.commits == before + 2


async def test_a_small_queue_does_not_wait_for_a_large_group(path: Path) -> None:
    async with running(Rig(path, commit_chunks=10_000, queue_chunks=64)) as rig:
        for n in range(32):
            rig.journal.append("a", heart_rate(n))
        await within(rig.journal.wait_beyond(31))
        assert rig.journal.stats.dropped == 0


async def test_nothing_is_written_while_nothing_happens(path: Path) -> None:
    async with running(Rig(path)) as rig:
        before = rig.journal.stats.commits
        await rig.clock.advance(60)
        await rig.commit("a")
        assert rig.journal.stats.commits == before


async def test_samples_are_numbered_on_over_restarts(path: Path) -> None:
    async with running(Rig(path)) as rig:
        await rig.commit("a", ecg(0), ecg(73), heart_rate(0))
        await rig.commit("b", ecg(0))
    async with running(Rig(path)) as rig:
        await rig.commit("a", ecg(0), heart_rate(0), heart_rate(1))
        await rig.commit("b", ecg(0))
        records = await rig.records()
    assert [(r.source, r.item.seq) for r in records if isinstance(r.item, Chunk)] == [
        ("a", 0),
        ("a", 73),
        ("a", 0),
        ("b", 0),
        ("a", 146),
        ("a", 1),
        ("a", 2),
        ("b", 73),
    ]


async def test_another_unit_or_rate_is_another_stream_and_numbering_goes_on(path: Path) -> None:
    other = type(ECG)(ECG.quantity, "mV", 250.0, ("I", "II"))
    async with running(Rig(path)) as rig:
        await rig.commit("a", ecg(0), Chunk.of(other, 73, [1, 2], [[1, 2], [3, 4]]))
    async with running(Rig(path)) as rig:
        await rig.commit("a", ecg(0))
        found = chunks(await rig.items())
    assert [(chunk.info, chunk.seq) for chunk in found] == [(ECG, 0), (other, 73), (ECG, 75)]


async def test_ids_epoch_and_cursors_go_on_over_restarts(path: Path) -> None:
    async with running(Rig(path)) as rig:
        await rig.commit("a", *(heart_rate(n) for n in range(5)))
        epoch = rig.journal.epoch
        rig.journal.advance(UPLINK, epoch, 3)
    async with running(Rig(path)) as rig:
        assert (rig.journal.epoch, rig.journal.head) == (epoch, 5)
        assert (rig.journal.cursor(UPLINK), rig.journal.kept_cursor(UPLINK)) == (3, 3)
        await rig.commit("a", heart_rate(0))
        assert [record.id for record in await rig.records()] == [1, 2, 3, 4, 5, 6]


async def test_an_id_is_never_given_again(path: Path) -> None:
    async with running(Rig(path)) as rig:
        await rig.commit("a", heart_rate(0), heart_rate(1))
    db = await open_database(path, check=False)
    await db.execute("DELETE FROM record")
    await db.close()
    async with running(Rig(path)) as rig:
        assert rig.journal.head == 2
        await rig.commit("a", heart_rate(0))
        assert [record.id for record in await rig.records()] == [3]


async def test_cancel_commits_what_is_left_in_order_and_marks_the_file(path: Path) -> None:
    rig = Rig(path, commit_chunks=2)
    await rig.open()
    for n in range(7):
        rig.journal.append("a", heart_rate(n))
    rig.journal.advance(UPLINK, rig.journal.epoch, 1)
    rig.journal.add_clock_step(ClockStep(9, 9, ClockQuality.SYNCED))
    await rig.stop()
    assert (rig.journal.head, rig.journal.waiting) == (7, 0)
    assert not path.with_name("edged.db-wal").exists()
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT value FROM meta WHERE key = 'clean'").fetchall() == [("1",)]
        assert db.execute("SELECT id FROM cursor").fetchall() == [(1,)]
        assert db.execute("SELECT mono_ns FROM clock_step").fetchall() == [(9,)]
    with pytest.raises(StoreUnavailable):
        await rig.journal.read(0, 1)


async def test_what_came_while_it_was_opening_is_not_lost_by_cancelling(path: Path) -> None:
    rig = Rig(path)
    rig.start()
    rig.journal.append("a", heart_rate(0))
    await asyncio.sleep(0)
    await rig.stop()
    assert rig.journal.head == 1


async def test_cancelling_at_any_moment_never_commits_an_entry_twice(path: Path) -> None:
    choose = seeded(7)
    expected: list[float] = []
    for _ in range(60):
        rig = Rig(path, commit_chunks=3)
        rig.start()
        for n in range(choose.randrange(12)):
            expected.append(len(expected) + 1)
            rig.journal.append("a", heart_rate(n, expected[-1]))
            for _ in range(choose.randrange(8)):
                await asyncio.sleep(0)
        assert rig.task is not None
        for _ in range(choose.randrange(3)):  # whoever is in a hurry cancels again
            rig.task.cancel()
            for _ in range(choose.randrange(20)):
                await asyncio.sleep(0)
        await rig.stop()
    async with running(Rig(path)) as rig:
        records = await rig.records()
    found = [r.item.values.item() for r in records if isinstance(r.item, Chunk)]
    assert found == expected
    assert [r.id for r in records] == list(range(1, len(expected) + 1))


async def test_flush_waits_for_what_was_there_not_for_what_comes(path: Path) -> None:
    async with running(Rig(path)) as rig:
        rig.journal.append("a", heart_rate(0))
        flushing = asyncio.create_task(rig.journal.flush())
        n = 0
        while not flushing.done():
            n += 1
            rig.journal.append("a", heart_rate(n))
            await asyncio.sleep(0)
            assert n < 100_000
        assert rig.journal.head >= 1


async def test_flush_of_nothing_returns(path: Path) -> None:
    await within(Rig(path).journal.flush())


async def test_room_holds_back_while_more_than_half_is_taken(path: Path) -> None:
    rig = Rig(path, queue_chunks=64)
    for n in range(33):
        rig.journal.append("a", heart_rate(n))
    waiting = asyncio.create_task(rig.journal.room())
    await asyncio.sleep(0)
    assert not waiting.done()
    rig.start()
    await within(waiting)
    assert rig.journal.waiting <= 32
    await within(rig.journal.room())
    await rig.stop()


async def test_waiting_for_a_record(path: Path) -> None:
    async with running(Rig(path)) as rig:
        waiting = asyncio.create_task(rig.journal.wait_beyond(1))
        await rig.commit("a", heart_rate(0))
        assert not waiting.done()
        await rig.commit("a", heart_rate(1))
        await within(waiting)
        await within(rig.journal.wait_beyond(1))


async def test_a_cursor_is_kept_with_the_next_commit(path: Path) -> None:
    async with running(Rig(path)) as rig:
        await rig.commit("a", heart_rate(0), heart_rate(1))
        epoch = rig.journal.epoch
        waiting = asyncio.create_task(rig.journal.wait_kept(UPLINK, epoch, 2))
        rig.journal.advance(UPLINK, epoch, 2)
        rig.journal.advance(UPLINK, epoch, 1)
        rig.journal.advance(UPLINK, "another", 9)
        assert (rig.journal.cursor(UPLINK), rig.journal.kept_cursor(UPLINK)) == (2, 0)
        rig.journal.commit_soon()
        await within(waiting)
        assert rig.journal.kept_cursor(UPLINK) == 2


async def test_each_uplink_has_its_own_cursor_and_a_new_one_starts_at_0(path: Path) -> None:
    async with running(Rig(path, uplinks=["a", "b"])) as rig:
        await rig.commit("s", heart_rate(0), heart_rate(1))
        rig.journal.advance("a", rig.journal.epoch, 2)
    async with running(Rig(path, uplinks=["a", "c"])) as rig:
        assert (rig.journal.cursor("a"), rig.journal.cursor("c")) == (2, 0)
        before = rig.journal.stats.commits
        await rig.clock.advance(10)
        assert rig.journal.stats.commits == before


async def test_clock_steps_are_kept_for_later_boots(path: Path) -> None:
    rig = Rig(path, boot="old", mono_ns=500)
    rig.clock.set_utc(0, ClockQuality.UNSYNCED)
    for utc_ns, quality in ((0, ClockQuality.UNSYNCED), (9_000 * NS_PER_S, ClockQuality.SYNCED)):
        rig.clock.set_utc(utc_ns, quality)
        step = rig.map.observe(rig.clock)
        assert step is not None
        rig.journal.add_clock_step(step)
    async with running(rig):
        await rig.commit("a", heart_rate(0))
        assert rig.journal.clock_map("old") is rig.map
    async with running(Rig(path, boot="new")) as rig:
        await rig.commit("a", heart_rate(0))
        assert [record.boot for record in await rig.records()] == ["old", "new"]
        old = rig.journal.clock_map("old")
        assert [step.quality for step in old.steps] == [ClockQuality.UNSYNCED, ClockQuality.SYNCED]
        assert old.to_utc_ns(400) == (9_000 * NS_PER_S - 100, True)
        with pytest.raises(LookupError):
            rig.journal.clock_map("never")


async def test_a_restart_in_the_same_boot_knows_the_steps_of_before(path: Path) -> None:
    early, late = ClockStep(1, 100, ClockQuality.SYNCED), ClockStep(50, 900, ClockQuality.SYNCED)
    rig = Rig(path)
    rig.journal.add_clock_step(early)
    async with running(rig):
        assert rig.journal.ready
    rig = Rig(path)
    rig.map.learn([late])
    rig.journal.add_clock_step(late)
    async with running(rig):
        assert rig.map.steps == (early, late)
        assert rig.journal.clock_map("boot-1").to_utc_ns(11) == (110, True)


async def test_counters(path: Path) -> None:
    async with running(Rig(path)) as rig:
        await rig.commit("a", ecg(0), heart_rate(0), Event("x", 1))
        stats = rig.journal.stats
        assert (stats.chunks, stats.samples, stats.events) == (2, 74, 1)
        assert (stats.dropped, stats.forced_out, stats.quarantined, stats.failures) == (0, 0, 0, 0)
        wal = path.with_name("edged.db-wal")
        assert stats.size_bytes == path.stat().st_size + wal.stat().st_size
        assert rig.journal.cap_bytes == 512_000_000
        assert rig.journal.problem is None


def overflow(journal: Journal) -> tuple[int, int]:
    """Append more than fits while nothing is committed; return samples and events appended."""
    for n in range(100):
        journal.append("a", ecg(73 * n))
        journal.append("a", heart_rate(n))
        journal.append("b", Event("x", n))
    return 100 * 74, 100


async def test_what_the_queue_cannot_hold_is_shed_counted_and_told(path: Path) -> None:
    rig = Rig(path, queue_chunks=128)
    samples, events = overflow(rig.journal)
    assert rig.journal.waiting == 128
    await rig.open()
    items = await rig.items()
    told = gaps(items)
    await rig.stop()
    kept = chunks(items)
    assert not [chunk for chunk in kept if chunk.info == ECG]
    assert [c.seq for c in kept if c.info == HR] == list(range(100))[-len(kept) :]
    by_quantity = {str(event.detail.get("quantity", "")): event for event in told}
    assert by_quantity["ecg"].detail == {"reason": "queue_full", "quantity": "ecg", "samples": 7300}
    assert by_quantity["ecg"].source == "a"
    lost_hr, lost_events = by_quantity["heart_rate"].detail["samples"], by_quantity[""].detail["events"]
    assert by_quantity[""].source == "b"
    assert isinstance(lost_hr, int)
    assert isinstance(lost_events, int)
    assert sum(len(chunk) for chunk in kept) + 7300 + lost_hr == samples
    assert sum(isinstance(item, Event) for item in items) - len(told) + lost_events == events
    assert rig.journal.stats.dropped == 7300 + lost_hr + lost_events


async def test_overflow_in_the_middle_of_commits_loses_nothing_uncounted(path: Path) -> None:
    rig = Rig(path, queue_chunks=64, commit_chunks=8)
    await rig.open()
    choose, appended = seeded(3), 0
    for n in range(2000):
        rig.journal.append("a", heart_rate(n, n))
        appended += 1
        if choose.random() < 0.1:
            await asyncio.sleep(0)
    await within(rig.journal.flush())
    items = await rig.items()
    await rig.stop()
    seqs = [chunk.seq for chunk in chunks(items)]
    assert seqs == sorted(set(seqs))
    told = sum(int(str(event.detail["samples"])) for event in gaps(items))
    assert told == rig.journal.stats.dropped > 0
    assert len(seqs) + told == appended
