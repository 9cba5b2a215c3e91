import re
from pathlib import Path

import pytest

from edged import errors


def all_errors() -> list[type[errors.EdgedError]]:
    found = [vars(errors)[name] for name in vars(errors)]
    return [kind for kind in found if isinstance(kind, type) and issubclass(kind, errors.EdgedError)]


def test_the_tree_is_drawn_as_it_is() -> None:
    drawn: dict[str, str] = {}
    above: dict[int, str] = {}
    for line in str(errors.__doc__).splitlines():
        if match := re.match(r"^ {4}((?:\|   |    )*)(?:\+-- )?([A-Z]\w+)(?:\s|$)", line):
            depth = line.index(match[2])
            above[depth] = match[2]
            drawn[match[2]] = above.get(depth - 4, "Exception")
    assert drawn == {kind.__name__: kind.__base__.__name__ for kind in all_errors() if kind.__base__}


def test_a_message_says_what_where_and_what_to_do() -> None:
    error = errors.SourceLost("the port is gone", where="strap-1", mend="Plug it in again.")
    assert str(error) == "strap-1: the port is gone. Plug it in again."
    assert (error.what, error.where, error.mend) == ("the port is gone", "strap-1", "Plug it in again.")


def test_what_is_not_known_is_left_out() -> None:
    assert str(errors.TraceError("not a trace")) == "not a trace"
    assert str(errors.TraceError("not a trace", where="a.trace")) == "a.trace: not a trace"


def test_a_taken_port_names_its_setting() -> None:
    error = errors.PortInUse("127.0.0.1", 8080, setting="web.port")
    assert (error.host, error.port) == ("127.0.0.1", 8080)
    assert str(error) == (
        "web.port: port 8080 on 127.0.0.1 is in use by another program. "
        "Stop that program or choose another port in web.port."
    )


@pytest.mark.parametrize(
    ("file", "line", "key", "where"),
    [
        (Path("e.toml"), 3, "web.port", "e.toml:3: web.port"),
        (Path("e.toml"), 3, "", "e.toml:3"),
        (Path("e.toml"), None, "web.port", "e.toml: web.port"),
        (Path("e.toml"), None, "", "e.toml"),
        (None, None, "web.port", "web.port"),
        (None, None, "", ""),
    ],
)
def test_a_configuration_error_names_its_place(
    file: Path | None, line: int | None, key: str, where: str
) -> None:
    error = errors.ConfigError("is wrong", file=file, line=line, key=key)
    assert error.where == where
    assert (error.file, error.line, error.key) == (file, line, key)


def test_a_full_disk_is_told_from_other_trouble() -> None:
    assert errors.StoreUnavailable("no", full=True).full
    assert not errors.StoreUnavailable("no").full
