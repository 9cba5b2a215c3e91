"""Puts what one hand has changed in a text on top of what another has changed meanwhile."""

from collections.abc import Iterator
from difflib import SequenceMatcher


def merged(base: str, mine: str, theirs: str) -> str:
    """Return both changes together, line by line; where they touch the same lines, mine.

    Args:
        base: from which both began.
        mine: what one made of it.
        theirs: what the other did.
    """
    lines = [text.splitlines(keepends=True) for text in (base, mine, theirs)]
    made = list[str]()
    at = (0, 0, 0)
    for *starts, length in _common(*lines):
        before, ours, others = (side[a:b] for side, a, b in zip(lines, at, starts, strict=True))
        made += others if ours == before else ours
        made += lines[0][starts[0] : starts[0] + length]
        at = (starts[0] + length, starts[1] + length, starts[2] + length)
    return "".join(made)


def _common(base: list[str], mine: list[str], theirs: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """Yield the lines that all three have: where they begin in each, and how many; the end as the last."""
    ours = SequenceMatcher(None, base, mine, autojunk=False).get_matching_blocks()
    others = SequenceMatcher(None, base, theirs, autojunk=False).get_matching_blocks()
    for a in ours:
        for b in others:
            start = max(a.a, b.a)
            end = min(a.a + a.size, b.a + b.size)
            if start < end:
                yield start, a.b + start - a.a, b.b + start - b.a, end - start
    yield len(base), len(mine), len(theirs), 0
