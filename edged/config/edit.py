"""Changes the text of a configuration as a careful hand would: comments and order stay, secrets stay hidden.

An entry of an array of tables is addressed by its name: ``("source", "strap-1", "subject")``; or by its
place, from 0, where names are only just being given: ``("source", 0, "name")``.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Literal, get_args

import tomlkit
from pydantic import BaseModel, SecretStr
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import AoT, Array, Table

from edged.config.model import Config
from edged.errors import ConfigError

KEPT: Final = "(kept)"
"""Stands for a secret where a text is shown; written back, it means the one that there is."""

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """One change.

    Attributes:
        op: ``set`` a key, ``add`` an entry to an array of tables, ``remove`` a key or an entry.
        path: of the key or entry; for ``add``, of the array.
        value: JSON-like; for ``set`` and ``add``.
    """

    op: Literal["set", "add", "remove"]
    path: Path
    value: object = None


def edited(text: str, edits: Sequence[Edit]) -> str:
    """Return a configuration text with changes made to it.

    Raises:
        ConfigError: the text is not TOML, there is nothing at a path, or a value cannot stand in TOML.
    """
    document = _parsed(text)
    for edit in edits:
        try:
            _apply(document, edit)
        except TOMLKitError as error:
            raise ConfigError(
                f"this cannot stand in TOML: {error}", key=_dotted(edit.path), mend="Leave out what is null."
            ) from error
    return tomlkit.dumps(document)


def masked(text: str) -> str:
    """Return a text with ``KEPT`` in the place of every secret.

    In one that is not TOML, whole lines are taken for secret that look like it.
    """
    try:
        return _with_secrets(text, lambda _path, _value: KEPT)
    except ConfigError:
        return _LOOKS_SECRET.sub(rf'\1 = "{KEPT}"', text)


def unmasked(text: str, known: str) -> str:
    """Return a text with the secrets of another one where it says ``KEPT``; as it is where it is not TOML.

    Where the other one is not TOML, as in safe mode, a secret is looked for by the name of its key.

    Raises:
        ConfigError: it says so where there is none.
    """

    def secret(path: Path, value: object) -> object:
        if value != KEPT:
            return value
        try:
            return _secret_at(known, path)
        except (ConfigError, KeyError) as error:
            raise ConfigError(
                f"there is no secret to keep at {_dotted(path)}", key=_dotted(path), mend="Write it out."
            ) from error

    try:
        tomlkit.parse(text)
    except TOMLKitError:  # whoever reads it next says where
        return text
    return _with_secrets(text, secret)


def _with_secrets(text: str, replace: Callable[[Path, object], object]) -> str:
    document = _parsed(text)
    for path in SECRETS:
        try:
            table = _at(document, path[:-1])
        except ConfigError:
            continue
        if isinstance(table, dict) and path[-1] in table:
            table[path[-1]] = replace(path, table[path[-1]])
    return tomlkit.dumps(document)


def _secret_at(text: str, path: Path) -> object:
    """Return a secret.

    Raises:
        ConfigError: the table is not there.
        KeyError: the key is not.
    """
    try:
        document = tomlkit.parse(text)
    except TOMLKitError:
        document = tomlkit.document()
        for line in _LOOKS_SECRET.finditer(text):
            with suppress(TOMLKitError):
                document.update(tomlkit.parse(line[0]))
        return document[str(path[-1])]
    return _at(document, path[:-1])[path[-1]]


def _parsed(text: str) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(text)
    except TOMLKitError as error:
        raise ConfigError(f"is not TOML: {error}", mend="Check the text first.") from error


def _apply(document: tomlkit.TOMLDocument, edit: Edit) -> None:
    if not edit.path:
        raise ConfigError("a change needs a path")
    if edit.op == "add":
        _add(document, edit)
        return
    *way, key = edit.path
    parent = _at(document, way, make=edit.op == "set")
    if isinstance(parent, (AoT, Array)):
        index = _index(parent, key)
        if edit.op == "remove":
            del parent[index]
        else:
            parent[index] = _entry(edit, parent)
    elif not isinstance(parent, dict) or not isinstance(key, str):
        raise _missing(edit.path)
    elif edit.op == "set" and edit.value is not None:
        parent[key] = edit.value
    elif key in parent:
        del parent[key]
    elif edit.op == "remove":
        raise _missing(edit.path)


def _add(document: tomlkit.TOMLDocument, edit: Edit) -> None:
    *way, key = edit.path
    parent = _at(document, way, make=True)
    if not isinstance(parent, dict) or not isinstance(key, str):
        raise _missing(edit.path)
    if key not in parent:
        parent[key] = tomlkit.aot()
    array = parent[key]
    if not isinstance(array, (AoT, Array)):
        raise ConfigError(f"{key} holds no entries", key=_dotted(edit.path))
    array.append(_entry(edit, array))


def _entry(edit: Edit, array: AoT | Array) -> Table | dict[str, Any]:
    """Return an entry as the array holds them: a table of its own, or one written in the line."""
    if not isinstance(edit.value, dict):
        raise ConfigError("an entry is a table", key=_dotted(edit.path))
    if isinstance(array, AoT):
        return _table(edit.value)
    return {key: item for key, item in edit.value.items() if item is not None}


def _at(document: Any, path: Sequence[str | int], *, make: bool = False) -> Any:
    """Follow a path to a table or an array of tables."""
    place = document
    for depth, name in enumerate(path):
        if isinstance(place, (AoT, Array)):
            place = place[_index(place, name)]
        elif isinstance(place, dict) and isinstance(name, str):
            if name not in place:
                if not make:
                    raise _missing(path[: depth + 1])
                place[name] = tomlkit.table()
            place = place[name]
        else:
            raise _missing(path[: depth + 1])
    return place


def _index(array: AoT | Array, name: str | int) -> int:
    for index, entry in enumerate(array):
        if isinstance(entry, dict) and name in (entry.get("name"), entry.get("stream"), entry.get("address")):
            return index
    if isinstance(name, int) and 0 <= name < len(array):
        return name
    raise _missing((name,))


def _table(value: dict[str, Any]) -> Table:
    """Return a table; what is None is left out, entries below become tables of their own."""
    table = tomlkit.table()
    for key, item in value.items():
        if item is None:
            continue
        if (
            isinstance(item, list)
            and item
            and all(isinstance(each, dict) and "step" not in each for each in item)
        ):
            array = tomlkit.aot()
            for each in item:
                array.append(_table(each))
            table[key] = array
        else:
            table[key] = item
    return table


def _missing(path: Sequence[str | int]) -> ConfigError:
    return ConfigError(f"there is no {_dotted(path)}", key=_dotted(path), mend="Load the page anew.")


def _dotted(path: Sequence[str | int]) -> str:
    return ".".join(str(part) for part in path)


def _secret_paths(model: type[BaseModel], before: Path = ()) -> Iterator[Path]:
    for name, field in model.model_fields.items():
        kinds = (field.annotation, *get_args(field.annotation))
        if SecretStr in kinds:
            yield (*before, name)
        for kind in kinds:
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                yield from _secret_paths(kind, (*before, name))


SECRETS: Final = tuple(_secret_paths(Config))
"""Paths of all secrets there may be in a configuration."""
_NAMES: Final = "|".join(sorted({str(path[-1]) for path in SECRETS}))
_LOOKS_SECRET: Final = re.compile(rf"^(.*\b(?:{_NAMES})\b)\s*=.*$", re.MULTILINE)
