"""A zip file that does not grow beyond its bound."""

import io
import random
import zipfile
from datetime import UTC, datetime

from edged.ops.bundle.archive import MAX_BYTES, Part, archive

AT = datetime(2026, 1, 1, 12, 30, tzinfo=UTC)


def unpacked(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        assert zipped.testzip() is None
        return {name: zipped.read(name) for name in zipped.namelist()}


def test_texts_are_in_a_folder() -> None:
    content = archive([Part("a.txt", "ä"), Part("b.json", "{}")], "edged-x", AT)
    assert unpacked(content) == {"edged-x/a.txt": "ä".encode(), "edged-x/b.json": b"{}"}
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        assert zipped.infolist()[0].date_time == (2026, 1, 1, 12, 30, 0)


def test_what_cannot_be_compressed_stays_within_the_bound() -> None:
    noise = "".join(random.Random(1).choices([chr(c) for c in range(0x100, 0x2000)], k=1_500_000))
    content = archive([Part("first.txt", "kept"), Part("a.txt", noise), Part("b.txt", noise)], "x", AT)
    assert len(content) <= MAX_BYTES
    found = unpacked(content)
    assert found["x/first.txt"] == b"kept"
    assert sum(map(len, found.values())) <= MAX_BYTES
    assert found["x/b.txt"].decode().endswith("[... cut here: the bundle is full]\n")


def test_what_has_no_room_at_all_is_left_out() -> None:
    found = unpacked(archive([Part("a.txt", "x" * 2 * MAX_BYTES), Part("b.txt", "y")], "x", AT))
    assert set(found) == {"x/a.txt"}
    assert found["x/a.txt"].endswith(b"full]\n")


def test_a_clock_that_was_never_set() -> None:
    content = archive([Part("a.txt", "x")], "x", datetime(1970, 1, 1, tzinfo=UTC))
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        assert zipped.infolist()[0].date_time == (1980, 1, 1, 0, 0, 0)
