"""Numbers the samples of every stream on, whatever begins anew above it."""

from collections.abc import Sequence

from edged.model import Chunk


class Numbering:
    """Keeps ``seq`` of each stream rising while the process lives.

    A decoder, and a step that makes a stream of its own, count from 0. When one is replaced in a running
    node, its stream goes on where it was: numbers are never given twice.
    """

    def __init__(self) -> None:
        self._next: dict[tuple[str, str], int] = {}
        self._shift: dict[tuple[str, str], int] = {}
        self._restarted = set[tuple[str, str]]()

    def restart(self, source: str) -> None:
        """Note that what makes the streams of a source is another one from now on."""
        self._restarted.update(key for key in self._next if key[0] == source)

    def number(self, source: str, chunks: Sequence[Chunk]) -> list[Chunk]:
        """Return chunks of a source as they are numbered for good."""
        return [self._numbered((source, chunk.info.quantity), chunk) for chunk in chunks]

    def _numbered(self, key: tuple[str, str], chunk: Chunk) -> Chunk:
        shift = self._shift.get(key, 0)
        if key in self._restarted:
            self._restarted.discard(key)
            # Who goes on counting after all is left alone: a jump of its numbers is a loss, to be seen.
            if chunk.seq + shift < self._next[key]:
                shift = self._shift[key] = self._next[key] - chunk.seq
        numbered = chunk.with_seq(chunk.seq + shift) if shift else chunk
        self._next[key] = numbered.seq + len(numbered)
        return numbered
