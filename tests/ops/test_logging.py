"""Where the log goes, and what is in it."""

import io
import logging
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from edged.config.model import Config
from edged.log import log_event, message_of
from edged.messages import LOG_RECORDS_LOST, NODE_READY, SOURCE_DEFECT, SOURCE_LOST
from edged.ops import logging as log
from edged.ops.journald import Journald
from edged.ops.log_repeats import REPEATS, Repeats
from edged.ops.log_ring import RECENT
from edged.ops.logging import JournalHandler, LineHandler, journal_fields, priority
from tests.rigs.log import record_of, root_as_it_was


@pytest.fixture
def root() -> Iterator[logging.Logger]:
    with root_as_it_was() as root:
        yield root


class FullJournald(Journald):
    """One that takes nothing for a while."""

    def __init__(self) -> None:
        super().__init__()
        self.is_full = True
        self.taken: list[dict[str, str]] = []

    def send(self, fields: Iterable[tuple[str, str]]) -> None:
        if self.is_full:
            raise BlockingIOError
        self.taken.append(dict(fields))


def test_one_line_an_event_on_standard_error(
    root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    log.set_up("info")
    logging.getLogger("edged.store").warning("the disk is full")
    logging.getLogger("edged").info("up")
    logging.getLogger("edged").debug("not told")
    told = capsys.readouterr()
    assert told.err == "WARNING edged.store: the disk is full\nINFO edged: up\n"
    assert told.out == ""
    assert root.level == logging.INFO
    assert not log.is_journal()


def test_others_are_told_to_be_quiet(root: logging.Logger, capsys: pytest.CaptureFixture[str]) -> None:
    log.set_up("debug")
    logging.getLogger("aiosqlite").debug("executing")
    logging.getLogger("aiosqlite").warning("odd")
    assert capsys.readouterr().err == "WARNING aiosqlite: odd\n"
    assert root.level == logging.DEBUG


def test_what_is_written_is_kept_for_the_page_too(root: logging.Logger) -> None:
    log.set_up("debug")
    before = RECENT.last_id
    root.debug("a value")
    log_event(root, NODE_READY, node="studio/node-1", status="well")
    assert [entry.name for entry in RECENT.entries(after=before)] == ["node_ready"]


def test_a_repeat_is_told_with_the_next_tick_after_its_time(
    root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    log.set_up("info")
    (repeats,) = root.handlers
    assert isinstance(repeats, Repeats)
    now_ns = 0
    repeats._mono_ns = lambda: now_ns
    for _ in range(3):
        root.warning("again")
    log.tick()
    assert capsys.readouterr().err == "WARNING root: again\n"
    now_ns = 60_000_000_000
    log.tick()
    assert capsys.readouterr().err == "WARNING root: again … 2 more in the last 60 s\n"


def test_another_configuration_keeps_what_is_counted(
    root: logging.Logger, capsys: pytest.CaptureFixture[str]
) -> None:
    log.set_up("info")
    root.warning("again")
    log.adjust(Config.model_validate({"log": {"level": "debug"}}))
    assert root.level == logging.DEBUG
    root.warning("again")
    log.set_up("info")
    assert capsys.readouterr().err == "WARNING root: again\nWARNING root: again … 1 more in the last 1 s\n"


def test_an_entry_of_the_journal() -> None:
    record = record_of(SOURCE_LOST, source="strap-1", subject="white", reason="gone")
    assert dict(journal_fields(record, "studio/node-1")) == {
        "MESSAGE": "source strap-1: gone",
        "PRIORITY": "4",
        "MESSAGE_ID": SOURCE_LOST.id,
        "SYSLOG_IDENTIFIER": "edged",
        "CODE_FILE": record.pathname,
        "CODE_LINE": "1",
        "CODE_FUNC": "",
        "EDGED_LOGGER": "edged.tests",
        "EDGED_MESSAGE": "source_lost",
        "EDGED_NODE": "studio/node-1",
        "EDGED_SOURCE": "strap-1",
        "EDGED_SUBJECT": "white",
        "EDGED_REASON": "gone",
    }


def test_an_entry_names_its_node_once() -> None:
    record = record_of(NODE_READY, node="studio/node-2", status="well")
    names = [name for name, _ in journal_fields(record, "studio/node-1")]
    assert len(names) == len(set(names))


def test_an_entry_with_a_traceback_and_of_a_repeat() -> None:
    record = record_of(SOURCE_DEFECT, source="a", reason="it broke")
    record.exc_info = (KeyError, KeyError("x"), None)
    setattr(record, REPEATS, 37)
    fields = dict(journal_fields(record, ""))
    assert fields["MESSAGE"] == "source a: it broke\nKeyError: 'x'"
    assert fields["EDGED_REPEATS"] == "37"
    assert "EDGED_NODE" not in fields


@pytest.mark.parametrize(
    ("level", "told"),
    [(logging.DEBUG, 7), (logging.INFO, 6), (25, 6), (logging.WARNING, 4), (logging.ERROR, 3), (50, 2)],
)
def test_a_level_has_a_priority(level: int, told: int) -> None:
    assert priority(level) == told


def test_where_the_socket_is_gone_lines_with_their_priority_take_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = JournalHandler(Journald(tmp_path / "none"))
    handler.handle(record_of("first\nsecond", logging.ERROR))
    handler.close()
    assert capsys.readouterr().err == "<3>ERROR edged.tests: first\n<3>second\n"
    assert handler.lost == 0


def test_what_journald_does_not_take_is_counted_and_told(root: logging.Logger) -> None:
    journald = FullJournald()
    handler = JournalHandler(journald)
    root.handlers[:] = [handler]
    for _ in range(5):
        root.warning("x")
    assert (handler.lost, journald.taken) == (5, [])
    journald.is_full = False
    root.warning("y")
    assert handler.lost == 0
    assert [entry["MESSAGE"] for entry in journald.taken] == [
        "y",
        "the log has lost 5 messages: the system's journal did not take them",
    ]
    assert journald.taken[1]["MESSAGE_ID"] == LOG_RECORDS_LOST.id


def test_a_stream_that_is_closed_hurts_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    closed.close()
    monkeypatch.setattr(sys, "stderr", closed)
    LineHandler().handle(record_of("x"))
    assert message_of(record_of("x")) is None
