"""A damaged file never stops the start: it is set aside, and a new one begun."""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from edged.errors import StoreCorrupt, StoreUnavailable
from edged.model import Event
from edged.store.database import quarantine, translated
from tests.store.rig import UPLINK, Rig, ecg, heart_rate, running, seeded


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "edged.db"


async def filled(path: Path) -> str:
    """Leave a journal of some 300 kB; return its epoch."""
    async with running(Rig(path)) as rig:
        await rig.commit("a", *(ecg(73 * n) for n in range(1500)))
        rig.journal.advance(UPLINK, rig.journal.epoch, 700)
        return rig.journal.epoch


def unclean(path: Path) -> None:
    """Make it look as a power cut leaves it."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE meta SET value = '0' WHERE key = 'clean'")
        db.commit()


def change(path: Path, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute(sql, values)
        db.commit()


def overwrite(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def random_bytes_in_the_middle(path: Path) -> None:
    overwrite(path, path.stat().st_size // 2, seeded(1).randbytes(8192))


def a_scratched_head(path: Path) -> None:
    overwrite(path, 0, seeded(2).randbytes(1024))


def truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def not_a_database(path: Path) -> None:
    path.write_bytes(b"these are no records at all\n" * 1000)


def zero_length(path: Path) -> None:
    path.write_bytes(b"")


def only_zeros(path: Path) -> None:
    path.write_bytes(bytes(50_000))


def tables_lost(path: Path) -> None:
    change(path, "DROP TABLE stream")


def nonsense_version(path: Path) -> None:
    overwrite(path, 60, b"\x7f\xff\xff\xff")


def ids_would_come_again(path: Path) -> None:
    change(path, "UPDATE sqlite_sequence SET seq = 5")


def epoch_lost(path: Path) -> None:
    change(path, "DELETE FROM meta WHERE key = 'epoch'")
    change(path, "CREATE TRIGGER no_epoch BEFORE INSERT ON meta BEGIN SELECT RAISE(IGNORE); END")


def channels_are_no_json(path: Path) -> None:
    change(path, "UPDATE stream SET channels = 'x['")


def text_is_no_text(path: Path) -> None:
    change(path, "UPDATE stream SET quantity = CAST(x'ff' AS TEXT)")


def unknown_quality(path: Path) -> None:
    change(path, "INSERT INTO clock_step VALUES (1, 1, 1, 'perhaps')")


DAMAGES = [
    random_bytes_in_the_middle,
    a_scratched_head,
    truncated,
    not_a_database,
    zero_length,
    only_zeros,
    tables_lost,
    nonsense_version,
    ids_would_come_again,
    epoch_lost,
    channels_are_no_json,
    text_is_no_text,
    unknown_quality,
]


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_damaged_file_is_set_aside_and_a_new_one_begun(
    path: Path, damage: Callable[[Path], None]
) -> None:
    epoch = await filled(path)
    unclean(path)
    damage(path)
    damaged = path.read_bytes()
    taken = path.with_name("edged.db.corrupt-1")
    taken.write_bytes(b"from an earlier time")
    rig = Rig(path)
    rig.start()
    rig.journal.append("a", heart_rate(0))
    await rig.until_failures(1)
    await rig.until_ready()
    await rig.in_time(rig.journal.flush())
    records = await rig.records()
    await rig.stop()
    assert rig.journal.epoch not in {"", epoch}
    assert [record.id for record in records] == [1, 2]
    items = [record.item for record in records]
    assert heart_rate(0) in items
    told = next(item for item in items if isinstance(item, Event))
    assert (told.kind, told.detail) == ("journal_quarantined", {"file": "edged.db.corrupt-2"})
    assert taken.read_bytes() == b"from an earlier time"
    aside = path.with_name("edged.db.corrupt-2").read_bytes()
    assert len(aside) >= len(damaged)
    assert rig.journal.cursor(UPLINK) == 0
    assert rig.journal.stats.quarantined == 1
    assert rig.journal.problem is None


async def test_a_file_closed_in_order_is_not_read_through(path: Path) -> None:
    await filled(path)
    random_bytes_in_the_middle(path)
    async with running(Rig(path)) as rig:
        assert (rig.journal.head, rig.journal.stats.quarantined) == (1500, 0)


async def damaged_while_running(rig: Rig) -> None:
    """Break the middle of an open file, behind SQLite's back."""
    ledger = rig.journal._ledger
    assert ledger is not None
    await ledger.fold()
    overwrite(rig.path, rig.path.stat().st_size // 2, seeded(1).randbytes(8192))


async def test_damage_that_a_reader_meets_is_dealt_with(path: Path) -> None:
    rig = Rig(path)
    await rig.open()
    await rig.commit("a", *(ecg(73 * n) for n in range(5000)))
    epoch = rig.journal.epoch
    rig.journal.advance(UPLINK, epoch, 2000)
    await rig.commit("a")
    beyond = asyncio.create_task(rig.journal.wait_beyond(9999))
    kept = asyncio.create_task(rig.journal.wait_kept(UPLINK, epoch, 9999))
    await damaged_while_running(rig)
    with pytest.raises(StoreUnavailable, match="damaged"):
        await rig.records()
    rig.journal.advance(UPLINK, epoch, 3000)
    await rig.until_failures(1)
    rig.journal.append("a", ecg(73 * 5000))
    await rig.until_ready()
    await rig.in_time(beyond)
    await rig.in_time(kept)
    await rig.in_time(rig.journal.flush())
    assert rig.journal.epoch != epoch
    assert (rig.journal.cursor(UPLINK), rig.journal.kept_cursor(UPLINK)) == (0, 0)
    items = await rig.items()
    assert [item for item in items if not isinstance(item, Event)] == [ecg(73 * 5000)]
    assert rig.journal.stats.quarantined == 1
    await rig.stop()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE record SET data = x'01'",
        "UPDATE record SET data = NULL WHERE 0; UPDATE record SET data = 5",
        "UPDATE record SET stream = 99",
        "UPDATE record SET boot = 99",
        "UPDATE record SET stream = NULL",
        "UPDATE record SET stream = NULL, data = CAST('{}' AS BLOB)",
    ],
)
async def test_a_record_that_makes_no_sense_is_damage(path: Path, sql: str) -> None:
    async with running(Rig(path)) as rig:
        await rig.commit("a", heart_rate(0))
        for statement in sql.split(";"):
            change(path, statement)
        with pytest.raises(StoreUnavailable, match=r"cannot be read|is damaged"):
            await rig.records()
        await rig.until_failures(1)
        await rig.until_ready()
        assert rig.journal.stats.quarantined == 1


async def test_the_clock_steps_of_this_boot_are_in_the_new_file_too(path: Path) -> None:
    rig = Rig(path)
    step = rig.map.observe(rig.clock)
    assert step is not None
    rig.journal.add_clock_step(step)
    await rig.open()
    await rig.commit("a", heart_rate(0))
    change(path, "UPDATE record SET data = x'01'")
    with pytest.raises(StoreUnavailable):
        await rig.records()
    await rig.until_failures(1)
    await rig.until_ready()
    await rig.in_time(rig.journal.flush())
    await rig.stop()
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT mono_ns, utc_ns FROM clock_step").fetchall() == [
            (step.mono_ns, step.utc_ns)
        ]


async def test_a_newer_version_is_left_alone(path: Path) -> None:
    await filled(path)
    change(path, "PRAGMA user_version = 2")
    before = path.read_bytes()
    rig = Rig(path)
    rig.start()
    await rig.until_failures(2)
    assert isinstance(rig.journal.problem, StoreUnavailable)
    assert "schema 2, this software knows up to 1" in str(rig.journal.problem)
    assert "Install the newer edged again" in rig.journal.problem.mend
    await rig.stop()
    assert path.read_bytes()[200:] == before[200:]
    assert not path.with_name("edged.db.corrupt-1").exists()


async def test_another_programs_database_is_left_alone(path: Path) -> None:
    change(path, "CREATE TABLE theirs (a)")
    rig = Rig(path)
    rig.start()
    await rig.until_failures(1)
    assert "another program's database. Set another journal.path." in str(rig.journal.problem)
    await rig.stop()
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT name FROM sqlite_schema").fetchall() == [("theirs",)]


async def test_an_empty_file_with_a_wal_is_not_taken_for_a_new_one(path: Path) -> None:
    rig = Rig(path)
    await rig.open()
    await rig.commit("a", heart_rate(0))
    wal = path.with_name("edged.db-wal").read_bytes()
    await rig.stop()
    path.write_bytes(b"")
    path.with_name("edged.db-wal").write_bytes(wal)
    rig = Rig(path)
    rig.start()
    await rig.in_time(rig.journal.wait_open())
    await rig.stop()
    assert rig.journal.stats.quarantined == 1
    assert path.with_name("edged.db.corrupt-1-wal").read_bytes() == wal


async def test_what_cannot_be_set_aside_is_tried_again(path: Path) -> None:
    not_a_database(path)
    rig = Rig(path)
    path.with_name("edged.db-wal").write_bytes(b"")
    in_the_way = path.with_name("edged.db.corrupt-1-wal")
    in_the_way.mkdir()
    rig.start()
    await rig.until_failures(4)
    assert rig.journal.stats.quarantined == 0
    assert "cannot be used" in str(rig.journal.problem)
    in_the_way.rmdir()
    await rig.until_ready()
    assert rig.journal.stats.quarantined == 1
    await rig.stop()


async def test_damage_found_while_closing_is_noted(path: Path) -> None:
    rig = Rig(path)
    await rig.open()
    await rig.commit("a", heart_rate(0))
    change(path, "UPDATE record SET data = x'01'")
    with pytest.raises(StoreUnavailable):
        await rig.records()
    rig.journal.append("a", heart_rate(1))
    await rig.stop()
    assert rig.journal.stats.failures + rig.journal.stats.chunks >= 2


def test_a_free_name_is_found(path: Path) -> None:
    path.write_bytes(b"a")
    assert quarantine(path).name == "edged.db.corrupt-1"
    path.write_bytes(b"b")
    assert quarantine(path).name == "edged.db.corrupt-2"
    assert path.with_name("edged.db.corrupt-1").read_bytes() == b"a"


@pytest.mark.parametrize(
    ("code", "expected", "full"),
    [
        (sqlite3.SQLITE_CORRUPT, StoreCorrupt, False),
        (sqlite3.SQLITE_NOTADB, StoreCorrupt, False),
        (sqlite3.SQLITE_CONSTRAINT | 6 << 8, StoreCorrupt, False),
        (None, StoreCorrupt, False),
        (sqlite3.SQLITE_FULL, StoreUnavailable, True),
        (sqlite3.SQLITE_IOERR_SHMSIZE, StoreUnavailable, True),
        (sqlite3.SQLITE_IOERR | 3 << 8, StoreUnavailable, False),
        (sqlite3.SQLITE_READONLY, StoreUnavailable, False),
        (sqlite3.SQLITE_BUSY, StoreUnavailable, False),
    ],
)
def test_sqlites_errors_become_ours(
    path: Path, code: int | None, expected: type[StoreCorrupt | StoreUnavailable], *, full: bool
) -> None:
    error = sqlite3.OperationalError("no")
    if code is not None:
        error.sqlite_errorcode = code
    with pytest.raises(expected) as raised, translated(path):
        raise error
    assert raised.value.where == str(path)
    if isinstance(raised.value, StoreUnavailable):
        assert raised.value.full is full
        assert raised.value.mend
