"""Whether a change was for the worse."""

from pathlib import Path
from typing import Any

import pytest

from edged.config.change import Change
from edged.config.toml import parse
from edged.ops.status import Status
from edged.ops.trial import Trial
from edged.ops.words import broker_words, source_words
from tests.web import documents

BASE = """
[uplink]
url = "mqtt://broker"
[[source]]
name = "strap-1"
link = "sim:resting"
[[source]]
name = "strap-2"
link = "sim:resting"
"""


def change(old: str = "", new: str = "") -> Change:
    assert old in BASE
    return Change(parse(BASE, Path("a")), parse(BASE.replace(old, new, 1), Path("b")))


RELINKED = change('link = "sim:resting"', 'link = "sim:stress"')
ANOTHER_BROKER = change("mqtt://broker", "mqtt://other")
RENAMED = change("[uplink]", '[node]\nname = "other"\n[uplink]')


def status(first: Any = "streaming", second: Any = "streaming", *, broker: Any = "connected") -> Status:
    sources = [
        documents.source(name, state=state, words=source_words(state, None))
        for name, state in (("strap-1", first), ("strap-2", second))
    ]
    return documents.status(
        sources=sources,
        broker=documents.broker(state=broker, words=broker_words(broker, None)),
    )


@pytest.mark.parametrize(
    ("change", "before", "after", "complaint"),
    [
        (RELINKED, status(), status(), None),
        (RELINKED, status(), status("backing_off"), "source strap-1 has not come back within 30 s"),
        (RELINKED, status("silent"), status("backing_off"), None),
        (RELINKED, status(), status(second="backing_off"), None),
        (RELINKED, status(), status("failed"), "source strap-1 has not come back within 30 s"),
        (RELINKED, status("silent"), status("failed"), "source strap-1: It cannot work as configured"),
        (RELINKED, status("failed"), status("failed"), None),
        (ANOTHER_BROKER, status(), status(broker="unreachable"), "the broker is not connected"),
        (ANOTHER_BROKER, status(broker="refused"), status(broker="unreachable"), None),
        (RELINKED, status(), status(broker="unreachable"), None),
        (RENAMED, status(), status(second="searching"), "source strap-2 has not come back within 30 s"),
        (RENAMED, status(), status(broker="connecting"), "the broker is not connected"),
    ],
)
def test_only_what_was_well_and_was_touched_has_to_be_well(
    change: Change, before: Status, after: Status, complaint: str | None
) -> None:
    error = Trial(change, before).verdict(after)
    assert (error is None) == (complaint is None)
    if error is not None and complaint is not None:
        assert error.what.startswith(complaint)


def test_what_can_never_work_is_known_at_once() -> None:
    trial = Trial(RELINKED, status())
    assert trial.failed_for_good(status("backing_off")) is None
    assert trial.failed_for_good(status(second="failed")) is None, "it was not touched"
    assert trial.failed_for_good(status("failed")) is not None


def test_a_journal_that_does_not_open_any_more() -> None:
    moved = change("[uplink]", '[journal]\npath = "other.db"\n[uplink]')
    after = status().model_copy(update={"journal": documents.journal(state="failing")})
    error = Trial(moved, status()).verdict(after)
    assert error is not None
    assert error.what.startswith("the journal is not ready")
