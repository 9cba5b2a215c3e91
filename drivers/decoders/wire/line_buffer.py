"""Cuts a byte stream into lines."""

from collections.abc import Iterator


class LineBuffer:
    """Holds the unfinished line between packets.

    The same bytes give the same lines however they were cut.

    Args:
        max_bytes: longest line, without its newline; of a longer one nothing is kept.
    """

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._partial = bytearray()
        self._dropping = False

    def reset(self) -> None:
        """Forget the unfinished line: the rest of it will not come."""
        self._partial.clear()
        self._dropping = False

    def feed(self, data: bytes) -> Iterator[bytes | None]:
        """Yield every line that ends in these bytes, stripped and not blank; None for one too long.

        It is told as soon as it is too long, since its end may never come.
        """
        *ended, rest = data.split(b"\n")
        for part in ended:
            yield from self._add(part)
            line = bytes(self._partial).strip()
            self.reset()
            if line:
                yield line
        yield from self._add(rest)

    def _add(self, part: bytes) -> Iterator[None]:
        if self._dropping:
            return
        if len(self._partial) + len(part) <= self._max_bytes:
            self._partial += part
            return
        self._partial.clear()
        self._dropping = True
        yield None
