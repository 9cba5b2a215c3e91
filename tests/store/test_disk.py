"""A disk that is full, missing, read-only or in use: nothing is lost, and it comes back by itself."""

import asyncio
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from edged.errors import StoreUnavailable
from edged.store import retention
from edged.store.committer import Group
from edged.store.database import exclusive
from edged.store.entry_queue import Entry
from edged.store.ledger import Ledger
from tests.store.rig import UPLINK, Rig, chunks, ecg, gaps, heart_rate, running

DISK_MB = 8


def mount(*arguments: str) -> None:
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"needs the right to mount: {done.stderr.strip()}")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, small enough to fill."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount("-t", "tmpfs", "-o", f"size={DISK_MB}m", "tmpfs", str(folder))
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(disk: Path) -> Path:
    """Take all the space there is left."""
    other = disk / "somebody-elses"
    with other.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return other


async def test_a_full_disk_keeps_the_newest_and_recovers_by_itself(disk: Path) -> None:
    rig = Rig(disk / "edged.db")
    await rig.open()
    ballast = disk / "edged.db.ballast"
    assert ballast.stat().st_size == 1_536_000
    for n in range(3000):
        rig.journal.append("a", ecg(73 * n))
    await rig.in_time(rig.journal.flush())
    other = fill(disk)
    appended = 3000
    for _ in range(60):
        for _ in range(100):
            rig.journal.append("a", ecg(73 * appended))
            appended += 1
        await rig.in_time(rig.journal.flush())
    assert not ballast.exists()
    stats = rig.journal.stats
    assert stats.dropped == 0
    assert stats.forced_out > 0
    assert rig.journal.ready
    records = await rig.records()
    assert chunks(record.item for record in records)[-1] == ecg(73 * (appended - 1))
    ids = [record.id for record in records]
    assert ids == list(range(ids[0], rig.journal.head + 1))
    told = gaps(record.item for record in records)[-1]
    assert told.detail == {"reason": "journal_full", "first_id": 1, "last_id": ids[0] - 1}
    await asyncio.to_thread(other.unlink)
    before = stats.forced_out, stats.failures
    for _ in range(20):
        rig.journal.append("a", heart_rate(0))
        await rig.in_time(rig.journal.flush())
    assert (stats.forced_out, stats.failures) == before
    assert ballast.exists()
    await rig.stop()
    async with running(Rig(disk / "edged.db")) as rig:
        assert rig.journal.stats.quarantined == 0


async def test_a_disk_that_is_full_at_the_start_is_waited_for(disk: Path) -> None:
    other = fill(disk)
    rig = Rig(disk / "edged.db", queue_chunks=128)
    rig.start()
    rig.journal.append("a", heart_rate(0))
    await rig.until_failures(3)
    problem = rig.journal.problem
    assert isinstance(problem, StoreUnavailable)
    assert not rig.journal.ready
    for n in range(1, 50):
        rig.journal.append("a", heart_rate(n))
    await asyncio.to_thread(other.unlink)
    await rig.in_time(rig.journal.flush())
    assert chunks(await rig.items()) == [heart_rate(n) for n in range(50)]
    assert rig.journal.stats.quarantined == 0
    assert rig.journal.problem is None
    await rig.stop()


async def test_a_restart_on_a_full_disk_takes_the_ballast(disk: Path) -> None:
    async with running(Rig(disk / "edged.db")) as rig:
        await rig.commit("a", heart_rate(0))
    fill(disk)
    rig = Rig(disk / "edged.db")
    rig.start()
    rig.journal.append("a", heart_rate(0))
    await rig.in_time(rig.journal.flush())
    assert rig.journal.head == 2
    await rig.stop()


async def test_a_read_only_disk_is_a_problem_with_a_mend_until_it_is_mended(disk: Path) -> None:
    async with running(Rig(disk / "edged.db")) as rig:
        await rig.commit("a", heart_rate(0))
    mount("-o", "remount,ro", str(disk))
    rig = Rig(disk / "edged.db")
    rig.start()
    rig.journal.append("a", heart_rate(0))
    await rig.until_failures(2)
    assert isinstance(rig.journal.problem, StoreUnavailable)
    assert rig.journal.problem.mend == "Check journal.path: the folder must exist and be writable."
    mount("-o", "remount,rw", str(disk))
    await rig.in_time(rig.journal.flush())
    assert [chunk.seq for chunk in chunks(await rig.items())] == [0, 1]
    await rig.stop()


async def test_a_folder_that_is_missing_is_tried_again_ever_more_rarely(tmp_path: Path) -> None:
    path = tmp_path / "not-yet" / "edged.db"
    rig = Rig(path)
    rig.start()
    for n in range(10):
        rig.journal.append("a", heart_rate(n))
    tries: list[int] = []
    while len(tries) < 7:
        await rig.clock.advance(0.5)
        if rig.journal.stats.failures > len(tries):
            tries.append(rig.clock.mono_ns())
    waits_s = [(b - a) / 1e9 for a, b in pairwise(tries)]
    assert waits_s[0] <= 1.5
    assert 4 <= waits_s[-1] <= 8.5
    problem = rig.journal.problem
    assert isinstance(problem, StoreUnavailable)
    assert str(path) in str(problem)
    assert problem.mend == "Check journal.path: the folder must exist and be writable."
    assert not rig.journal.ready
    assert not problem.full
    await asyncio.to_thread(path.parent.mkdir)
    await rig.in_time(rig.journal.flush())
    assert chunks(await rig.items()) == [heart_rate(n) for n in range(10)]
    assert rig.journal.stats.dropped == 0
    assert rig.journal.problem is None
    await rig.stop()


async def test_stopping_while_it_cannot_be_opened_tries_once_more(tmp_path: Path) -> None:
    path = tmp_path / "not-yet" / "edged.db"
    rig = Rig(path)
    rig.start()
    rig.journal.append("a", heart_rate(0))
    await rig.until_failures(1)
    await asyncio.to_thread(path.parent.mkdir)
    await rig.stop()
    assert (rig.journal.head, rig.journal.waiting) == (1, 0)


async def test_stopping_while_nothing_helps_still_ends(tmp_path: Path) -> None:
    rig = Rig(tmp_path / "not-yet" / "edged.db")
    rig.start()
    rig.journal.append("a", heart_rate(0))
    await rig.until_failures(1)
    await rig.stop()
    assert rig.journal.waiting == 1
    assert rig.journal.stats.failures >= 2


async def test_the_folder_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    rig = Rig(tmp_path / "file" / "edged.db")
    rig.start()
    await rig.until_failures(1)
    assert "Not a directory" in str(rig.journal.problem)
    await rig.stop()


async def test_the_path_is_a_folder(tmp_path: Path) -> None:
    path = tmp_path / "edged.db"
    path.mkdir()
    rig = Rig(path)
    rig.start()
    await rig.until_failures(1)
    assert isinstance(rig.journal.problem, StoreUnavailable)
    await rig.stop()
    assert path.is_dir()


async def test_two_do_not_share_a_journal(tmp_path: Path) -> None:
    path = tmp_path / "edged.db"
    async with running(Rig(path)) as first:
        second = Rig(path)
        second.start()
        second.journal.append("b", heart_rate(0))
        await second.until_failures(2)
        assert isinstance(second.journal.problem, StoreUnavailable)
        assert second.journal.problem.what == "another edged uses this journal"
        assert second.journal.problem.mend == "Stop it, or set another journal.path."
        await first.commit("a", heart_rate(0))
    await second.in_time(second.journal.flush())
    assert [record.source for record in await second.records()] == ["a", "b"]
    await second.stop()


async def test_the_lock_is_held_until_the_last_commit(tmp_path: Path) -> None:
    path = tmp_path / "edged.db"
    rig = Rig(path, commit_chunks=1)
    await rig.open()
    for n in range(50):
        rig.journal.append("a", heart_rate(n))
    assert rig.task is not None
    rig.task.cancel()
    free_at = None
    while not rig.task.done():
        try:
            with exclusive(path):
                free_at = rig.journal.head
                break
        except StoreUnavailable:
            await asyncio.sleep(0)
    assert free_at in {None, 50}
    await rig.stop()


async def test_a_commit_that_failed_but_came_through_is_not_told_twice(tmp_path: Path) -> None:
    ledger = await Ledger.open(tmp_path / "edged.db")
    try:
        group = Group([Entry("a", heart_rate(0)), Entry("a", heart_rate(1))])
        assert not group.is_in(ledger)
        group.tried_at = (ledger.epoch, ledger.head)
        assert not group.is_in(ledger)
        await ledger.write("b", group.entries, [], {UPLINK: 0})
        assert group.is_in(ledger)
        group.tried_at = ("another epoch", 0)
        assert not group.is_in(ledger)
    finally:
        await ledger.close()


async def test_a_group_in_doubt_is_settled_when_the_file_is_open_again(tmp_path: Path) -> None:
    path = tmp_path / "edged.db"
    async with running(Rig(path)) as rig:
        await rig.commit("a", heart_rate(0))
        epoch = rig.journal.epoch
    rig = Rig(path)
    rig.journal._group = Group([Entry("a", heart_rate(0))], tried_at=(epoch, 0))
    async with running(rig):
        await rig.commit("a", heart_rate(1))
        assert rig.journal.head == 2
        assert len(await rig.records()) == 2


def test_no_ballast_where_there_is_no_room_for_it(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "edged.db"
    assert not retention.lay_ballast(path, 1000)
    assert not retention.has_ballast(path)


def test_a_small_disk_is_not_filled_with_ballast(disk: Path) -> None:
    path, size = disk / "edged.db", 1_000_000
    assert retention.lay_ballast(path, size)
    assert retention.has_ballast(path)
    retention.drop_ballast(path)
    (disk / "full").write_bytes(bytes(DISK_MB * 2**20 - 2 * size + 4096))
    assert not retention.lay_ballast(path, size)
    assert not retention.has_ballast(path)
    assert retention.spare_pages(path, 512_000_000) in range(450, 500)
    (disk / "fuller").write_bytes(bytes(size))
    assert retention.spare_pages(path, 512_000_000) == 0
