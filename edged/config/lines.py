"""Finds the line on which a key of a TOML file stands: ``tomllib`` keeps no positions."""

import re
import tomllib
from collections.abc import Generator, Iterator
from typing import Final

Loc = tuple[int | str, ...]
"""Keys and indices that lead to a value: ``("source", 0, "link")``."""

_TOKEN: Final = re.compile(
    r"""
    (?P<blank> [^\S\n]+ | \#[^\n]* )
  | (?P<newline> \n )
  | (?P<string> \"{3} (?:\\.|[^\\])*? \"{3}(?!\") | '{3} .*? '{3}(?!') | "(?:\\.|[^"\\])*" | '[^']*' )
  | (?P<mark> [\[\]{}=,.] )
  | (?P<bare> [^\s\[\]{}=,."'\#]+ )
    """,
    re.VERBOSE | re.DOTALL,
)


def line_of(text: str, loc: Loc) -> int | None:
    """Return the line, from 1, on which a location is written, or else the nearest thing around it.

    Args:
        text: valid TOML.
        loc: what is looked for.
    """
    best, found = 0, None
    for place, line in _Places(text).all():
        if len(place) > best and place == loc[: len(place)]:
            best, found = len(place), line
    return found


class _Places:
    """Walks through a valid TOML text; tells every key and array item it meets, and its line."""

    def __init__(self, text: str) -> None:
        self._tokens: list[tuple[str, int]] = []
        line = 1
        for match in _TOKEN.finditer(text):
            if match.lastgroup != "blank":
                self._tokens.append((match[0], line))
            line += match[0].count("\n")
        self._tokens.append(("\n", line))
        self._at = 0
        self._counts: dict[Loc, int] = {}

    def all(self) -> Iterator[tuple[Loc, int]]:
        table: Loc = ()
        while self._at < len(self._tokens):
            mark, line = self._tokens[self._at]
            if mark == "\n":
                self._at += 1
            elif mark == "[":
                table = yield from self._header(line)
            else:
                yield from self._pair(table)

    def _header(self, line: int) -> Generator[tuple[Loc, int], None, Loc]:
        is_item = self._tokens[self._at + 1][0] == "["
        self._at += 2 if is_item else 1
        names = self._key()
        self._at += 2 if is_item else 1
        path: Loc = ()
        for depth, name in enumerate(names, start=1):
            path = (*path, name)
            yield path, line
            if is_item and depth == len(names):
                self._counts[path] = self._counts.get(path, -1) + 1
            if path in self._counts:
                path = (*path, self._counts[path])
                yield path, line
        return path

    def _pair(self, table: Loc) -> Iterator[tuple[Loc, int]]:
        line = self._tokens[self._at][1]
        path = table
        for name in self._key():
            path = (*path, name)
            yield path, line
        self._at += 1  # the equals sign
        yield from self._value(path)

    def _key(self) -> list[str]:
        names = [_name(self._tokens[self._at][0])]
        self._at += 1
        while self._tokens[self._at][0] == ".":
            names.append(_name(self._tokens[self._at + 1][0]))
            self._at += 2
        return names

    def _value(self, path: Loc) -> Iterator[tuple[Loc, int]]:
        opening = self._tokens[self._at][0]
        if opening not in {"[", "{"}:
            while self._tokens[self._at][0] not in {"\n", ",", "]", "}"}:
                self._at += 1
            return
        self._at += 1
        index = 0
        while (token := self._tokens[self._at])[0] not in {"]", "}"}:
            if token[0] in {"\n", ","}:
                self._at += 1
            elif opening == "{":
                yield from self._pair(path)
            else:
                yield (*path, index), token[1]
                yield from self._value((*path, index))
                index += 1
        self._at += 1


def _name(token: str) -> str:
    if token[0] not in "\"'":
        return token
    return str(tomllib.loads(f"name = {token}")["name"])
