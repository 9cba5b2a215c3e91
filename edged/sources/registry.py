"""Looks drivers up by name: a literal table of ours, and the entry points of other packages."""

from collections.abc import Mapping
from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import entry_points

from edged.errors import DriverError


def names(table: Mapping[str, str], group: str) -> list[str]:
    """Return the names that can be looked up, sorted; ours win over a package's of the same name."""
    return sorted({*table, *(point.name for point in entry_points(group=group))})


def load(name: str, *, table: Mapping[str, str], group: str, kind: str) -> object:
    """Import and return what a name stands for.

    Args:
        name: the name asked for.
        table: name to ``"module:attribute"``, the drivers that come with edged.
        group: entry-point group in which other packages offer theirs.
        kind: what is looked up, for messages: ``link``, ``decoder``.

    Raises:
        DriverError: no such name, or what it names cannot be imported.
    """
    if name in table:
        module, _, attribute = table[name].partition(":")
        try:
            loaded: object = getattr(import_module(module), attribute)
        except ImportError as error:
            raise DriverError(
                f"{kind} {name!r} cannot be loaded: {error}", mend="Install edged again, with its extras."
            ) from error
        return loaded
    for point in entry_points(group=group, name=name):
        try:
            offered: object = point.load()
        except (ImportError, AttributeError) as error:
            package = point.dist.name if point.dist else "unknown"
            raise DriverError(
                f"{kind} {name!r} of package {package} cannot be loaded: {error}",
                mend="Install that package again, or remove it.",
            ) from error
        return offered
    known = names(table, group)
    near = get_close_matches(name, known, n=1)
    raise DriverError(
        f"there is no {kind} {name!r}",
        mend=f"Did you mean {near[0]!r}?" if near else f"Known: {', '.join(known)}.",
    )
