"""The last messages in memory."""

import logging

from edged.messages import NODE_READY, SOURCE_FAILED, SOURCE_LOST
from edged.ops.log_ring import LogEntry, LogRing
from tests.rigs.log import record_of


def filled(ring: LogRing, count: int, source: str = "a") -> LogRing:
    for number in range(count):
        ring.handle(record_of(SOURCE_LOST, source=source, reason=f"reason {number}"))
    return ring


def test_an_entry_is_the_whole_of_what_was_written() -> None:
    ring = LogRing()
    record = record_of(SOURCE_LOST, source="a", subject="white", reason="gone")
    record.created = 1.5
    ring.handle(record)
    assert ring.entries() == [
        LogEntry(
            1,
            1_500_000_000,
            logging.WARNING,
            "edged.tests",
            "source a: gone",
            "source_lost",
            SOURCE_LOST.id,
            {"source": "a", "subject": "white", "reason": "gone"},
        )
    ]


def test_a_library_has_no_name_and_no_fields() -> None:
    ring = LogRing()
    ring.handle(record_of("odd", logging.ERROR, "lib"))
    (entry,) = ring.entries()
    assert (entry.name, entry.message_id, entry.fields, entry.logger) == ("", "", {}, "lib")


def test_texts_and_fields_are_bounded() -> None:
    ring = LogRing()
    ring.handle(record_of(SOURCE_LOST, source="a", reason="x" * 100_000))
    assert len(ring.entries()[0].fields["reason"]) == 2000
    ring.handle(record_of("x" * 100_000))
    assert [len(entry.text) for entry in ring.entries()] == [2000, 2000]


def test_only_the_last_are_kept_and_ids_go_on() -> None:
    ring = filled(LogRing(5), 12)
    assert [entry.id for entry in ring.entries()] == [8, 9, 10, 11, 12]
    assert ring.last_id == 12


def test_the_last_or_those_after_one() -> None:
    ring = filled(LogRing(), 10)
    assert [entry.id for entry in ring.entries(limit=3)] == [8, 9, 10]
    assert [entry.id for entry in ring.entries(after=2, limit=3)] == [3, 4, 5]
    assert ring.entries(after=10) == []
    assert [entry.id for entry in ring.entries(after=0, limit=1)] == [1]


def test_by_level_and_source() -> None:
    ring = filled(LogRing(), 2)
    ring.handle(record_of(NODE_READY, node="n", status="well"))
    ring.handle(record_of(SOURCE_FAILED, source="b", reason="no driver"))
    assert [entry.id for entry in ring.entries(level=logging.WARNING)] == [1, 2, 4]
    assert [entry.id for entry in ring.entries(source="b")] == [4]
    assert ring.entries(level=logging.ERROR, source="a") == []


def test_each_run_has_an_identity_of_its_own() -> None:
    assert LogRing().run != LogRing().run
