"""What the journal logs: each change once."""

import logging
from pathlib import Path

import pytest

from edged.log import fields_of, message_of
from tests.store.rig import Rig, ecg, heart_rate, running, within


@pytest.fixture(autouse=True)
def info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="edged")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "edged.db"


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [message.name for record in caplog.records if (message := message_of(record))]


async def test_open(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with running(Rig(path)) as rig:
        await rig.commit("a", heart_rate(0))
        epoch = rig.journal.epoch
    async with running(Rig(path)):
        pass
    assert told(caplog) == ["journal_open", "journal_open"]
    assert fields_of(caplog.records[1]) == {"file": str(path), "epoch": epoch, "head": "1"}


async def test_failing_once_and_back_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    folder = tmp_path / "later"
    rig = Rig(folder / "edged.db")
    rig.start()
    for _ in range(5):
        await rig.clock.advance(10)
    assert told(caplog) == ["journal_failing"]
    assert caplog.records[0].levelno == logging.ERROR
    assert "the folder must exist and be writable" in caplog.text
    folder.mkdir()
    while "journal_back" not in told(caplog):
        await rig.clock.advance(10)
    await rig.stop()
    assert told(caplog) == ["journal_failing", "journal_open", "journal_back"]
    assert float(fields_of(caplog.records[2])["away_s"]) >= 50


async def test_set_aside_with_its_name_and_why(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path.write_bytes(b"not a database" * 500)
    rig = Rig(path)
    rig.start()
    await rig.until_ready()
    await rig.stop()
    assert told(caplog) == ["journal_quarantined", "journal_open"]
    assert "set aside as edged.db.corrupt-1, and a new one begun" in caplog.text
    assert "file is not a database" in caplog.text


async def test_what_was_forced_out(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with running(Rig(path, max_size_mb=1)) as rig:
        while not rig.journal.stats.forced_out:
            for i in range(1000):
                rig.journal.append("a", ecg(73 * i))
            await within(rig.journal.flush())
        forced_out = rig.journal.stats.forced_out
    records = [
        record for record in caplog.records if "removed that nobody has received" in record.getMessage()
    ]
    assert sum(int(fields_of(record)["records"]) for record in records) == forced_out
    assert fields_of(records[-1])["last"] == str(forced_out)


async def test_what_the_queue_could_not_hold(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    rig = Rig(path, queue_chunks=64)
    for n in range(100):
        rig.journal.append("strap-1", ecg(73 * n))
    await rig.open()
    await within(rig.journal.flush())
    await rig.stop()
    (record,) = [record for record in caplog.records if "queue for the disk" in record.getMessage()]
    assert fields_of(record) == {
        "source": "strap-1",
        "stream": "strap-1/ecg",
        "lost": str(36 * 73),
    }
