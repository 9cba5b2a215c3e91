"""The words for every state."""

from typing import Any, get_args

import pytest

from edged.errors import BrokerUnreachable, SourceLost, StoreUnavailable
from edged.ops.status import (
    BrokerStateName,
    JournalStateName,
    SubjectStateName,
    Words,
)
from edged.ops.words import (
    adapter_words,
    broker_words,
    is_low_battery,
    journal_words,
    signal_word,
    source_words,
    subject_words,
)
from edged.sources.equipment import AdapterState
from edged.sources.history import SourceState

REASON = SourceLost("nothing came for 10 s", where="strap-1", mend="Check that it is worn")


def subject(state: SubjectStateName, **more: Any) -> Words:
    told: dict[str, Any] = {"poor": False, "contact": None, "reason": None, **more}
    return subject_words(state, **told)


def every() -> list[tuple[str, Words]]:
    told = [(f"subject {state}", subject(state)) for state in get_args(SubjectStateName)]
    told += [(f"source {state}", source_words(state, None)) for state in get_args(SourceState)]
    told += [(f"adapter {state}", adapter_words(state, None)) for state in get_args(AdapterState)]
    told += [(f"broker {state}", broker_words(state, None)) for state in get_args(BrokerStateName)]
    return told + [(f"journal {state}", journal_words(state, None)) for state in get_args(JournalStateName)]


@pytest.mark.parametrize(("which", "words"), every())
def test_every_state_has_a_word_and_an_icon_and_a_mend_where_something_is_wrong(
    which: str, words: Words
) -> None:
    assert 1 <= len(words.word.split()) <= 2, which
    assert not words.word.endswith(".")
    if words.icon in {"cross", "wave", "hollow", "plus", "bar"} and words.word not in {
        "Opening",
        "Connecting",
    }:
        assert words.sentence.endswith(".")
    if words.icon == "dot":
        assert words.sentence == ""


def test_the_words_of_the_subjects_are_those_of_the_pages() -> None:
    told = {state: (subject(state).word, subject(state).icon) for state in get_args(SubjectStateName)}
    assert told == {
        "fresh": ("Live", "dot"),
        "stale": ("Silent", "hollow"),
        "lost": ("Lost", "cross"),
        "off_air": ("Off air", "bar"),
        "unassigned": ("No strap", "plus"),
    }


def test_a_poor_signal_is_noisy_while_it_is_fresh() -> None:
    assert subject("fresh", poor=True).model_dump() == {
        "word": "Noisy",
        "icon": "wave",
        "sentence": "Signal is noisy: moisten the electrodes, tighten the strap.",
    }
    assert subject("stale", poor=True).word == "Silent"


def test_a_strap_off_the_skin_is_called_so() -> None:
    assert subject("stale", contact=False).word == "No contact"
    assert subject("stale", contact=True).word == "Silent"
    assert subject("lost", contact=False).word == "Lost"


def test_who_is_lost_gets_the_reason_of_the_source_and_the_mend() -> None:
    assert subject("lost", reason=REASON).sentence == "Nothing came for 10 s. Check that it is worn."
    assert subject("stale", reason=REASON).sentence == subject("lost", reason=REASON).sentence


def test_a_reason_is_told_only_where_something_is_wrong() -> None:
    assert source_words("backing_off", REASON).sentence == (
        "Nothing came for 10 s. Check that it is worn. It is tried again by itself."
    )
    assert source_words("streaming", REASON).sentence == ""
    refused = BrokerUnreachable("no connection: refused", mend="Look after it.")
    assert broker_words("unreachable", refused).sentence == (
        "No connection: refused. Look after it. It is tried again by itself; nothing is lost meanwhile."
    )
    assert broker_words("connected", refused).sentence == ""
    full = StoreUnavailable("the disk is full")
    assert journal_words("failing", full).sentence == (
        "The disk is full. Live values go on, but nothing is recorded."
    )
    assert journal_words("ready", full).sentence == ""


def test_the_reason_of_a_radio_stands_for_ours_and_how_it_goes_on_is_said_in_any_case() -> None:
    full = SourceLost("hci0 serves 5 devices already", mend="Plug in another adapter.")
    assert source_words("no_room", full).sentence == (
        "Hci0 serves 5 devices already. Plug in another adapter. It is let in as soon as there is room."
    )
    assert source_words("no_room", None).sentence == (
        "Every adapter is full: take a device off, or plug in another adapter. "
        "It is let in as soon as there is room."
    )
    hung = SourceLost("hci0 does not answer since 80 s", mend="Restart the board")
    assert adapter_words("reboot_needed", hung).sentence == (
        "Hci0 does not answer since 80 s. Restart the board. Meanwhile it is tried again by itself."
    )
    assert adapter_words("ready", hung).sentence == ""


def test_a_low_battery_is_said_with_the_state() -> None:
    assert source_words("streaming", None, 15).model_dump() == {
        "word": "Live",
        "icon": "dot",
        "sentence": "Battery 15 %: change it soon.",
    }
    assert source_words("streaming", None, 16).sentence == ""
    assert source_words("searching", None, 0).sentence == (
        "Not heard yet: put it on, or bring it nearer. Battery 0 %: change it soon."
    )
    assert [is_low_battery(percent) for percent in (0, 15, 16, 100)] == [True, True, False, False]


def test_a_strength_has_a_word() -> None:
    told = [(dbm, signal_word(dbm)) for dbm in (-30, -65, -66, -80, -81, -127)]
    assert [word for _, word in told] == ["strong", "strong", "fair", "fair", "weak", "weak"]
