"""Two hands in one text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edged.config.merge import merged

BASE = "a\nb\nc\nd\ne\n"
TEXT = st.lists(st.sampled_from("abc"), max_size=8).map(lambda lines: "".join(f"{line}\n" for line in lines))


@pytest.mark.parametrize(
    ("mine", "theirs", "both"),
    [
        ("A\nb\nc\nd\ne\n", "a\nb\nc\nd\nE\n", "A\nb\nc\nd\nE\n"),
        ("a\nb\nc\nd\ne\nf\n", "new\na\nb\nd\ne\n", "new\na\nb\nd\ne\nf\n"),
        ("a\nmine\nc\nd\ne\n", "a\ntheirs\nc\nd\ne\n", "a\nmine\nc\nd\ne\n"),
        ("a\nc\nd\ne\n", "a\nb\nc\nd\n", "a\nc\nd\n"),
        ("", BASE, ""),
    ],
)
def test_both_changes_are_there_and_mine_where_they_meet(mine: str, theirs: str, both: str) -> None:
    assert merged(BASE, mine, theirs) == both


@given(base=TEXT, mine=TEXT)
def test_who_changes_alone_gets_what_he_wrote(base: str, mine: str) -> None:
    assert merged(base, mine, base) == mine
    assert merged(base, base, mine) == mine
    assert merged(base, mine, mine) == mine
