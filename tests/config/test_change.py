"""What a new configuration touches, and what it leaves alone."""

from pathlib import Path

import pytest

from edged.config.change import Change
from edged.config.toml import parse

BASE = """
[node]
name = "board-1"
[uplink]
url = "mqtt://broker:1883"
password = "hunter2-old"
[[subject]]
name = "white"
[[subject]]
name = "black"
[[source]]
name = "strap-1"
link = "sim:resting?seed=1"
subject = "white"
[[source]]
name = "strap-2"
link = "sim:resting?seed=2"
"""


def change(*edits: tuple[str, str]) -> Change:
    text = BASE
    for old, new in edits:
        assert old in text
        text = text.replace(old, new)
    return Change(parse(BASE, Path("a.toml")), parse(text, Path("b.toml")))


def names(change: Change) -> tuple[list[str], list[str], list[str]]:
    return (
        list(change.removed),
        [source.name for source in change.started],
        [source.name for source in change.adjusted],
    )


def test_the_same_again_changes_nothing() -> None:
    same = change()
    assert names(same) == ([], [], [])
    assert same.sections == same.whole == same.lines == ()


def test_another_link_is_another_device() -> None:
    other = change(("seed=1", "seed=3"))
    assert names(other) == (["strap-1"], ["strap-1"], [])
    assert other.lines == ("source strap-1: link",)
    assert other.whole == ()


def test_a_subject_and_a_chain_change_under_a_source_that_goes_on() -> None:
    chain = 'subject = "black"\nsilence_s = 20\nchain = [{ stream = "ecg", steps = [] }]'
    moved = change(('subject = "white"', chain))
    assert names(moved) == ([], [], ["strap-1"])
    assert moved.lines == ("source strap-1: subject, silence_s, chain",)


def test_a_source_comes_another_goes_and_the_order_changes() -> None:
    came = change(('name = "strap-2"', 'name = "strap-3"'))
    assert names(came) == (["strap-2"], ["strap-3"], [])
    assert came.lines == ("source strap-2: removed", "source strap-3: added")


def test_who_is_renamed_as_a_subject() -> None:
    renamed = change(('name = "black"', 'name = "black"\ntitle = "Bobby"'))
    assert names(renamed) == ([], [], [])
    assert renamed.sections == ("subject",)
    assert renamed.lines == ("subject black: title",)


@pytest.mark.parametrize(
    ("edit", "whole"),
    [
        (('name = "board-1"', 'name = "board-2"'), ("node",)),
        (("[uplink]", '[journal]\npath = "other.db"\n[uplink]'), ("journal",)),
        (("[uplink]", "[ble]\nslots = 2\n[uplink]"), ("ble",)),
        (("[uplink]", '[uplink]\nprefix = "other/v1"'), ("uplink",)),
        (('[uplink]\nurl = "mqtt://broker:1883"\npassword = "hunter2-old"', ""), ("uplink",)),
        (("broker:1883", "broker:1884"), ()),
        (("[uplink]", "[live]\nstale_after_s = 3\n[uplink]"), ()),
        (("[uplink]", "[web]\nport = 9000\n[uplink]"), ()),
        (("[uplink]", '[log]\nlevel = "debug"\n[uplink]'), ()),
    ],
)
def test_what_takes_a_new_node(edit: tuple[str, str], whole: tuple[str, ...]) -> None:
    assert change(edit).whole == whole


def test_a_secret_is_named_not_told() -> None:
    told = change(("hunter2-old", "hunter2-new")).lines
    assert told == ("uplink: password",)
