"""A zip file of texts that does not grow beyond a bound."""

import io
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final, NamedTuple

MAX_BYTES: Final = 5_000_000
_SPARE_BYTES: Final = 100_000
"""For names, folders, and what deflate adds to what cannot be compressed."""
_CUT: Final = "\n[... cut here: the bundle is full]\n"


class Part(NamedTuple):
    """One file of it."""

    name: str
    text: str


def archive(parts: Iterable[Part], folder: str, at: datetime) -> bytes:
    """Return the parts as a zip file of ``MAX_BYTES`` at most; what does not fit is cut, and says so.

    Before they are compressed all parts together have that size at most, so that no reader is flooded either.

    Args:
        parts: the most important first.
        folder: that they are put in.
        at: when they were made.
    """
    left = MAX_BYTES - _SPARE_BYTES
    made = io.BytesIO()
    stamp = max(at.astimezone(UTC), datetime(1980, 1, 1, tzinfo=UTC))
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, text in parts:
            data = text.encode("utf-8", "replace")
            if len(data) > left:
                cut = data[: max(left - len(_CUT), 0)].decode("utf-8", "ignore")
                data = f"{cut}{_CUT}".encode() if cut else b""
            left -= len(data)
            if text and not data:
                continue
            entry = zipfile.ZipInfo(f"{folder}/{name}", stamp.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            zipped.writestr(entry, data)
    return made.getvalue()
