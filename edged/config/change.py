"""What is different between two configurations, and so what has to begin anew for the second to hold."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from edged.config.model import Config, ConfigModel, SourceConfig

_WHOLE: Final = ("node", "journal", "ble")
"""Sections on which everything stands: topics, ids, adapters. A new one takes a new node."""

_DEVICE: Final = ("link", "decoder", "trace")
"""Keys of a source that are its device: a new one has to be connected anew. The others change under it."""


@dataclass(frozen=True, slots=True)
class Change:
    """The step from one configuration to another.

    Attributes:
        before: the one that holds.
        after: the one that is to hold.
    """

    before: Config
    after: Config

    @property
    def sections(self) -> tuple[str, ...]:
        """The sections that differ, in the order of the model."""
        return tuple(
            name for name in Config.model_fields if getattr(self.before, name) != getattr(self.after, name)
        )

    @property
    def whole(self) -> tuple[str, ...]:
        """Those of them for which the whole node has to begin anew."""
        names = [name for name in self.sections if name in _WHOLE]
        before, after = self.before.uplink, self.after.uplink
        if (before is None) != (after is None) or (before and after and before.prefix != after.prefix):
            names.append("uplink")
        return tuple(names)

    @property
    def removed(self) -> tuple[str, ...]:
        """Names of sources that are to end: they are gone, or another device bears their name."""
        after = {source.name: source for source in self.after.source}
        return tuple(
            source.name
            for source in self.before.source
            if source.name not in after or _is_other_device(source, after[source.name])
        )

    @property
    def started(self) -> tuple[SourceConfig, ...]:
        """Sources that are to begin."""
        removed = set(self.removed)
        kept = {source.name for source in self.before.source} - removed
        return tuple(source for source in self.after.source if source.name not in kept)

    @property
    def adjusted(self) -> tuple[SourceConfig, ...]:
        """Sources that go on without a break, under other settings."""
        before = {source.name: source for source in self.before.source}
        return tuple(
            source
            for source in self.after.source
            if source.name in before
            and source != before[source.name]
            and not _is_other_device(before[source.name], source)
        )

    @property
    def lines(self) -> tuple[str, ...]:
        """What changes, a line each, without values: they may be secret."""
        return tuple(self._lines())

    def _lines(self) -> Iterator[str]:
        for section in self.sections:
            if section not in {"source", "subject"}:
                old, new = getattr(self.before, section), getattr(self.after, section)
                yield f"{section}: {_differing(old, new)}"
        for kind in ("subject", "source"):
            before = {entry.name: entry for entry in getattr(self.before, kind)}
            after = {entry.name: entry for entry in getattr(self.after, kind)}
            for name in dict.fromkeys((*before, *after)):
                old, new = before.get(name), after.get(name)
                if old != new:
                    yield f"{kind} {name}: {_differing(old, new)}"


def _differing(old: ConfigModel | None, new: ConfigModel | None) -> str:
    if old is None or new is None:
        return "added" if old is None else "removed"
    return ", ".join(key for key in type(new).model_fields if getattr(old, key) != getattr(new, key))


def _is_other_device(before: SourceConfig, after: SourceConfig) -> bool:
    return any(getattr(before, key) != getattr(after, key) for key in _DEVICE)
