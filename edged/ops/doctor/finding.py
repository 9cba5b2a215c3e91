"""What was found: one thing, how it is, and what to do about it."""

from collections.abc import Iterable
from typing import Final, Literal, get_args

from pydantic import Field

from edged.errors import EdgedError
from edged.ops.document import Document
from edged.ops.status import Level, Words
from edged.ops.words import level_words

Fact = str | int | float | bool | None

LEVELS: Final[tuple[Level, ...]] = get_args(Level)
"""The worst first."""


class Finding(Document):
    """One thing that was looked at."""

    check: str = Field(description="The check that found it, such as broker; docs/doctor.md has them all.")
    title: str = Field(description="The thing, as a heading: Broker, Disk, Clock.")
    level: Level = Field(description="A warning works, for now; a problem does not.")
    words: Words = Field(description="The same as a person reads it; the sentence is what and mend.")
    what: str = Field(description="What is the matter, or that all is well.")
    where: str = Field(description="The thing it is about: a file, an address, a port; may be empty.")
    mend: str = Field(description="What to do about it; empty where there is nothing to do.")
    facts: dict[str, Fact] = Field(description="What was measured; names end in the unit.")


class Report(Document):
    """Everything that was found, the worst first."""

    v: Literal[1] = 1
    level: Level = Field(description="The worst of all.")
    utc: str = Field(description="When it was looked at, by the node's clock: RFC 3339 UTC.")
    took_s: float = Field(ge=0, description="How long that took, s.")
    findings: list[Finding]


def well(check: str, title: str, what: str, *, where: str = "", **facts: Fact) -> Finding:
    """Return that a thing is as it should be."""
    return _finding(check, title, "ok", EdgedError(what, where=where), facts)


def not_here(check: str, title: str, what: str) -> Finding:
    """Return that there is no such thing here to look at, or why it was not looked at."""
    return _finding(check, title, "not_applicable", EdgedError(what), {})


def warning(check: str, title: str, what: str, *, where: str = "", mend: str, **facts: Fact) -> Finding:
    """Return what works, but not well, or not for long."""
    return _finding(check, title, "warning", EdgedError(what, where=where, mend=mend), facts)


def problem(check: str, title: str, what: str, *, where: str = "", mend: str, **facts: Fact) -> Finding:
    """Return what does not work."""
    return _finding(check, title, "problem", EdgedError(what, where=where, mend=mend), facts)


def failed(check: str, title: str, error: EdgedError, *, mend: str = "", **facts: Fact) -> Finding:
    """Return the problem that an error tells of; ``mend`` is for one that tells none."""
    return problem(check, title, error.what, where=error.where, mend=error.mend or mend, **facts)


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings with the worst first, else in the order they came."""
    return sorted(findings, key=lambda finding: LEVELS.index(finding.level))


def _finding(check: str, title: str, level: Level, told: EdgedError, facts: dict[str, Fact]) -> Finding:
    return Finding(
        check=check,
        title=title,
        level=level,
        words=level_words(level, told),
        what=told.what,
        where=told.where,
        mend=told.mend,
        facts=facts,
    )
