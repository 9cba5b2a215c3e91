import pytest

from edged.config.lines import Loc, line_of

TEXT = '''\
title = "a # no comment [x] = 1"   # a comment: [web]
"quoted key".'other one' = 1

[node]   # here
site . name = 'it''s'
text = """
[web]
port = 1 \\""" still text
""""
literal = \'\'\'
[log]\'\'\'
when = 1979-05-27T07:32:00-08:00
size = -1.5e3

[[source]]
name = "a"
empty = {}
nested = [ [1, 2],
  # [web]
  [3,
   4], ]
[[source]]
name = "b"
inline = { a = 1, b = { c = [
  { d = 1 }, { d = 2,
    e = 3 } ] } }
[source.more.deep]
x = 1
[[source.chain]]
stream = "ecg"
[[source.chain]]
stream = "rr"
[[source]]
[[source.chain]]
stream = "c"
[ web ]
port=1
'''


@pytest.mark.parametrize(
    ("loc", "line"),
    [
        (("title",), 1),
        (("quoted key",), 2),
        (("quoted key", "other one"), 2),
        (("node",), 4),
        (("node", "site", "name"), 5),
        (("node", "text"), 6),
        (("node", "literal"), 10),
        (("node", "when"), 12),
        (("node", "size"), 13),
        (("node", "missing"), 4),
        (("source",), 15),
        (("source", 0), 15),
        (("source", 0, "name"), 16),
        (("source", 0, "empty"), 17),
        (("source", 0, "nested"), 18),
        (("source", 0, "nested", 0, 1), 18),
        (("source", 0, "nested", 1), 20),
        (("source", 0, "nested", 1, 1), 21),
        (("source", 1), 22),
        (("source", 1, "name"), 23),
        (("source", 1, "inline", "b", "c", 1, "d"), 25),
        (("source", 1, "inline", "b", "c", 1, "e"), 26),
        (("source", 1, "more", "deep", "x"), 28),
        (("source", 1, "chain", 0, "stream"), 30),
        (("source", 1, "chain", 1, "stream"), 32),
        (("source", 2, "chain", 0, "stream"), 35),
        (("source", 2, "link"), 33),
        (("web", "port"), 37),
        (("log",), None),
        ((), None),
    ],
)
def test_a_key_is_found_on_its_line(loc: Loc, line: int | None) -> None:
    assert line_of(TEXT, loc) == line


def test_windows_line_ends() -> None:
    assert line_of("a = 1\r\n[b]\r\nc = 2\r\n", ("b", "c")) == 3


def test_an_empty_text() -> None:
    assert line_of("", ("a",)) is None
