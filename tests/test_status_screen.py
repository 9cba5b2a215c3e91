"""One screen: it fits, says what is wrong first, and looks right without colour."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from edged.ops.status import Status, Words
from edged.status_screen import HEIGHT, WIDTH, is_well, plain_screen, rows, screen
from tests.web import documents

LONG = "Nothing came for 10 s. Check that the device is on, worn and in range. It is tried again, for ever."
TITLE = "Sofia Kovalevskaya, University of Sweden"


def lost(name: str, sentence: str = LONG, title: str = "") -> Any:
    words = Words(word="Lost", icon="cross", sentence=sentence)
    return documents.subject(name, title or f"Player {name}", "lost", words=words, since_s=125.0)


def lines(status: Status, **options: Any) -> list[str]:
    return [line.plain.rstrip() for line in screen(status, **options)]


def test_all_is_well() -> None:
    assert (
        plain_screen(documents.status())
        == """\
edged 0.1.0  arena/node-1  up 2 h 3 min                             14:03:22 UTC
All is well.
● Broker       Connected           0 to deliver, MQTT 5.0, mqtt://broker.arena:…
● Journal      Ready               41 of 512 MB

● Ada Lovelace Live                strap-ada
● Max Euwe     Live                strap-max
"""
    )


def test_what_is_wrong_comes_first_with_its_mend() -> None:
    status = documents.status(
        node=documents.node(
            clock="unsynced",
            mode="refused",
            words=Words(word="Not applied", icon="wave", sentence="Line 3 is wrong."),
        ),
        broker=documents.broker(
            state="unreachable",
            since_s=42,
            protocol="",
            backlog=812,
            words=Words(
                word="No broker", icon="cross", sentence="Connection refused. It is tried again by itself."
            ),
        ),
        adapters=[documents.adapter("hci0", "powered_off")],
        subjects=[documents.subject("ada", "Ada Lovelace"), lost("max", title="Max Euwe")],
    )
    assert not is_well(status)
    assert (
        plain_screen(status)
        == """\
edged 0.1.0  arena/node-1  up 2 h 3 min                            14:03:22 UTC?
5 things are wrong.
✕ Broker         No broker 42 s      812 to deliver, mqtt://broker.arena:1883
    Connection refused. It is tried again by itself.
✕ Bluetooth hci0 Switched off 42 s   2 of 5 places taken
    It is switched on again by itself.
≈ Node           Not applied
    Line 3 is wrong.
○ Clock          Not set
    Times are corrected once it is set: see `timedatectl status`.
● Journal        Ready               41 of 512 MB

✕ Max Euwe       Lost 2 min          strap-max
    Nothing came for 10 s. Check that the device is on, worn and in range. It is
    tried again, for ever.
● Ada Lovelace   Live                strap-ada
"""
    )


def test_what_is_said_of_several_is_said_once() -> None:
    shown = lines(documents.status(subjects=[lost("b"), lost("a")]))
    assert [line for line in shown if "Nothing came" in line] == shown[7:8]
    assert [line.split(" ")[2] for line in shown[5:7]] == ["a", "b"]


def test_twenty_subjects_in_trouble_fit_and_the_rest_is_counted() -> None:
    subjects = [lost(f"p{n}", f"Reason {n}: {LONG}", f"{TITLE[:38]}{n:02}") for n in range(18)]
    subjects += [documents.subject(f"q{n}", TITLE) for n in range(2)]
    shown = lines(documents.status(subjects=subjects))
    assert len(shown) <= HEIGHT - 1
    assert all(cell_len(line) <= WIDTH for line in shown)
    assert shown[1] == "18 things are wrong."
    assert shown[-1] == "and 15 more: 13 Lost, 2 Live."
    assert shown[5] == f"✕ {TITLE[:38]}00 Lost 2 min"


def test_twenty_that_are_well_all_fit() -> None:
    subjects = [documents.subject(f"p{n}", f"{TITLE[:38]}{n:02}") for n in range(18)]
    shown = lines(documents.status(subjects=subjects))
    assert len(shown) == HEIGHT - 1
    assert shown[-1].startswith(f"● {TITLE[:38]}17 Live")
    subjects += [documents.subject(f"q{n}", TITLE) for n in range(2)]
    shown = lines(documents.status(subjects=subjects))
    assert len(shown) == HEIGHT - 1
    assert shown[-1] == "and 3 more: 3 Live."


def test_no_reading_of_anybody_is_on_it() -> None:
    subject = documents.subject("ada", "Ada", heart_rate=187.0, rmssd_ms=291.0, zone=5)
    shown = plain_screen(documents.status(subjects=[subject]))
    assert "187" not in shown
    assert "291" not in shown


def test_sources_of_nobody_and_batteries_are_there() -> None:
    low = Words(word="Live", icon="dot", sentence="Battery 9 %: change it soon.")
    status = documents.status(
        sources=[
            documents.source("strap-ada", subject="ada", words=low, battery_pct=9),
            documents.source("thermometer", battery_pct=80),
        ],
        subjects=[documents.subject("ada", "Ada Lovelace")],
    )
    assert is_well(status), "it is live"
    assert plain_screen(status).splitlines()[5:] == [
        "● Ada Lovelace Live                strap-ada 9 %",
        "    Battery 9 %: change it soon.",
        "● thermometer  Live                80 %",
    ]


def test_what_is_off_on_purpose_is_not_wrong() -> None:
    off = Words(word="Off", icon="bar", sentence="No broker is configured.")
    status = documents.status(
        broker=documents.broker(state="off", words=off, url=""),
        subjects=[documents.subject("a", state="off_air"), documents.subject("b", state="unassigned")],
    )
    assert is_well(status)
    shown = plain_screen(status)
    assert "▬ Broker" in shown
    assert "+ b" in shown


def test_where_there_are_only_letters() -> None:
    status = documents.status(subjects=[lost("a", title="Ada Lövelace")])
    shown = plain_screen(status, plain=True)
    assert shown.isascii()
    assert "x Ada L?velace" in shown
    assert "mqtt://broker.arena:~" in shown


def test_a_title_moves_no_cursor() -> None:
    shown = plain_screen(documents.status(subjects=[documents.subject("a", "Ada\x1b[2J\nLovelace")]))
    assert "\x1b" not in shown
    assert "Ada\ufffd[2J\ufffdLovelace" in shown


def test_a_node_without_anybody() -> None:
    assert plain_screen(documents.status(sources=[], subjects=[])).splitlines()[1] == "All is well."


def test_a_wide_and_high_terminal_is_used() -> None:
    subjects = [lost(f"p{n:02}", f"Reason {n:02}: {LONG}") for n in range(20)]
    shown = lines(documents.status(subjects=subjects), width=200, height=60)
    assert len(shown) == 5 + 40
    assert not shown[-1].startswith("and ")


@pytest.mark.parametrize(
    ("up_s", "shown"), [(59, "59 s"), (60, "1 min"), (3599, "59 min"), (7384, "2 h 3 min"), (90_000, "1 d")]
)
def test_how_long_it_is_up(up_s: float, shown: str) -> None:
    assert f"up {shown} " in plain_screen(documents.status(node=documents.node(up_s=up_s)))


@given(
    st.lists(
        st.tuples(st.text(min_size=1, max_size=60), st.sampled_from(["Live", "Lost"]), st.text(max_size=300)),
        max_size=25,
    ),
    st.integers(20, 120),
    st.integers(10, 60),
)
def test_whatever_it_is_it_fits_and_everybody_is_shown_or_counted(
    people: list[tuple[str, str, str]], width: int, height: int
) -> None:
    subjects = [
        documents.subject(
            f"p{n}",
            title,
            "fresh" if word == "Live" else "lost",
            words=Words(word=word, icon="dot" if word == "Live" else "cross", sentence=sentence),
        )
        for n, (title, word, sentence) in enumerate(people)
    ]
    status = documents.status(subjects=subjects, sources=[])
    shown = lines(status, width=width, height=height)
    assert all(cell_len(line) <= max(width, 60) for line in shown)
    assert len(shown) <= max(height - 1, 7)
    listed = sum(line[:1] in {"●", "✕"} for line in shown) - 2
    counted = int(shown[-1].split(" ")[1]) if shown[-1].startswith("and ") else 0
    assert listed + counted == len(subjects) == len(rows(status)) - 2
