"""An event in the log: its text, its fields, where it was written."""

import logging
from pathlib import Path

import pytest

from edged.errors import SourceLost
from edged.log import fields_of, log_event, message_of
from edged.messages import BLUETOOTH_BACK, SOURCE_BACK, SOURCE_DEFECT, SOURCE_LOST

LOG = logging.getLogger("edged.tests")


@pytest.fixture(autouse=True)
def everything(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)


def test_text_level_fields_and_place(caplog: pytest.LogCaptureFixture) -> None:
    reason = SourceLost("nothing came for 10 s", mend="Put it on.")
    log_event(LOG, SOURCE_LOST, source="strap-1", subject="white", reason=reason)
    (record,) = caplog.records
    assert record.getMessage() == "source strap-1: nothing came for 10 s. Put it on."
    assert record.levelno == logging.WARNING
    assert message_of(record) is SOURCE_LOST
    assert fields_of(record) == {
        "source": "strap-1",
        "subject": "white",
        "reason": "nothing came for 10 s. Put it on.",
    }
    assert (record.pathname, record.funcName) == (__file__, "test_text_level_fields_and_place")


def test_what_says_nothing_is_no_field(caplog: pytest.LogCaptureFixture) -> None:
    log_event(LOG, SOURCE_BACK, source="strap-1", subject=None, away_s=0)
    log_event(LOG, SOURCE_BACK, source="", away_s=1.26)
    log_event(LOG, BLUETOOTH_BACK)
    assert [fields_of(record) for record in caplog.records] == [
        {"source": "strap-1", "away_s": "0"},
        {"away_s": "1.26"},
        {},
    ]
    assert caplog.messages == [
        "source strap-1: back after 0 s",
        "source : back after 1 s",
        "Bluetooth: well again",
    ]


def test_a_traceback_goes_with_it(caplog: pytest.LogCaptureFixture) -> None:
    try:
        Path("/none/such").read_text(encoding="utf-8")
    except OSError as error:
        log_event(LOG, SOURCE_DEFECT, error=error, source="strap-1", reason="it broke")
    assert "FileNotFoundError" in caplog.text


def test_other_peoples_records_have_neither(caplog: pytest.LogCaptureFixture) -> None:
    LOG.warning("odd: %s", 1)
    (record,) = caplog.records
    assert message_of(record) is None
    assert fields_of(record) == {}
