"""What the page may do to the running node; what it may see is ``NodeView``."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from edged.config.edit import Edit
from edged.config.file import Version
from edged.errors import ConfigError


class StaleError(Exception):
    """Somebody else has changed the configuration meanwhile.

    Args:
        etag: of the text that holds now.
    """

    def __init__(self, etag: str) -> None:
        super().__init__(etag)
        self.etag = etag


@dataclass(frozen=True, slots=True)
class Configuration:
    """The configuration as it may be shown.

    Attributes:
        text: TOML, ``(kept)`` in the place of secrets.
        etag: of the real text.
        trial_s: for how long the last change is still watched, s; None where it is not.
        taken_back: why the last change was taken back; empty where it was not.
    """

    text: str
    etag: str
    trial_s: float | None
    taken_back: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a text would change.

    Attributes:
        text: as it may be shown.
        changes: a line each, without values.
        difference: unified diff of what may be shown.
        renews: sections for which every source begins anew.
        restarts: sources that begin anew.
    """

    text: str
    changes: tuple[str, ...]
    difference: str
    renews: tuple[str, ...]
    restarts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A text that somebody is writing.

    Attributes:
        text: with the edits made that were asked for.
        mistakes: all that is wrong with it.
        difference: unified diff from what holds, of what may be shown.
        plan: what it would change; None where it is wrong.
    """

    text: str
    mistakes: tuple[ConfigError, ...]
    difference: str
    plan: Plan | None


class Control(Protocol):
    """Changes the configuration: the one road for page, API and SIGHUP."""

    def configuration(self) -> Configuration:
        """Return what holds."""

    def plan(self, text: str) -> Plan:
        """Return what a text would change; nothing is changed.

        Raises:
            ConfigError: it is wrong.
        """

    def planned(self, edits: Sequence[Edit]) -> Plan:
        """Return what edits would change; nothing is changed.

        Raises:
            ConfigError: they, or what comes of them, are wrong.
        """

    def draft(self, text: str, edits: Sequence[Edit], base: str | None) -> Draft:
        """Make edits to a text, and say what there is to say of it; nothing that holds is changed.

        Args:
            text: that somebody is writing.
            edits: to be made to it.
            base: from which he began, where others have changed it since: theirs is taken over first.

        Raises:
            ConfigError: the edits cannot be made to it.
        """

    async def apply(self, text: str, *, etag: str, by: str) -> Plan:
        """Save a text and go on under it.

        Raises:
            ConfigError: it is wrong, or cannot be saved; nothing has changed.
            StaleError: ``etag`` is not of what holds.
        """

    async def edit(self, edits: Sequence[Edit], *, etag: str, by: str) -> Plan:
        """Make edits, save them and go on under them.

        Raises:
            ConfigError: they, or what comes of them, are wrong, or cannot be saved; nothing has changed.
            StaleError: ``etag`` is given and is not of what holds; empty asks for no check.
        """

    def versions(self) -> list[Version]:
        """Return the versions that are kept, newest first."""

    def version_text(self, number: int) -> str:
        """Return a version as it may be shown.

        Raises:
            LookupError: there is no such version any more.
        """

    async def restore(self, number: int, *, etag: str, by: str) -> Plan:
        """Go back to a version.

        Raises:
            LookupError: there is no such version any more.
            ConfigError: it is wrong for this software, or cannot be saved.
            StaleError: ``etag`` is not of what holds.
        """

    def mark(self, text: str, *, by: str) -> None:
        """Record a marker: something to be found again in what is recorded now."""
