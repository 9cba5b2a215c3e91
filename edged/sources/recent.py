"""What a source has measured lately, as it came: for who wants to see what a chain makes of it."""

from collections import deque
from typing import Final

from edged.model import NS_PER_S, Chunk, StreamInfo

KEPT_S: Final = 30.0
"""Of a stream of constant rate so much is kept, s."""

KEPT_IRREGULAR_S: Final = 300.0
"""Of one without: some samples a second at most, and steps such as ``hrv`` look back over minutes."""

MOST_STREAM_BYTES: Final = 512 * 1024
"""Of any stream no more is kept, whatever its rate."""

MOST_BYTES: Final = 2 * 1024 * 1024
"""Of all streams of a source together no more is kept; the one that has most gives way."""

MOST_STREAMS: Final = 32
"""A decoder that makes up streams, from what a device calls them, fills no memory."""

CHUNK_BYTES: Final = 600
"""What a chunk costs beside its samples: the objects around them."""


class Recent:
    """Keeps the last chunks of each stream of one source.

    A stream begins anew when its description changes, or its time runs backwards.
    """

    def __init__(self) -> None:
        self._streams: dict[str, _Stream] = {}

    @property
    def size_bytes(self) -> int:
        """What is kept, in bytes of memory."""
        return sum(stream.size_bytes for stream in self._streams.values())

    def take(self, chunk: Chunk) -> None:
        """Keep the next chunk of its stream, and let go of what is too old or too much."""
        quantity = chunk.info.quantity
        stream = self._streams.get(quantity)
        if stream is None or not stream.goes_on_with(chunk):
            if stream is None and len(self._streams) >= MOST_STREAMS:
                return
            stream = self._streams[quantity] = _Stream(chunk.info)
        stream.take(chunk)
        while self.size_bytes > MOST_BYTES:
            max(self._streams.values(), key=lambda each: each.size_bytes).drop()

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return the streams of which something has come, in the order in which they first came."""
        return tuple(stream.info for stream in self._streams.values())

    def chunks(self, quantity: str) -> tuple[Chunk, ...]:
        """Return what is kept of a stream, oldest first."""
        stream = self._streams.get(quantity)
        return () if stream is None else tuple(stream.chunks)


def kept_s(info: StreamInfo) -> float:
    """Return how long a stream is kept, s, unless it is too large for that."""
    return KEPT_S if info.rate_hz > 0 else KEPT_IRREGULAR_S


class _Stream:
    def __init__(self, info: StreamInfo) -> None:
        self.info = info
        self.chunks: deque[Chunk] = deque()
        self.size_bytes = 0
        self._kept_ns = round(kept_s(info) * NS_PER_S)

    def goes_on_with(self, chunk: Chunk) -> bool:
        if chunk.info != self.info:
            return False
        return not self.chunks or chunk.times_ns[0] > self.chunks[-1].times_ns[-1]

    def take(self, chunk: Chunk) -> None:
        self.chunks.append(chunk)
        self.size_bytes += _bytes(chunk)
        oldest_ns = int(chunk.times_ns[-1]) - self._kept_ns
        while self.size_bytes > MOST_STREAM_BYTES or (
            self.chunks and self.chunks[0].times_ns[-1] < oldest_ns
        ):
            self.drop()

    def drop(self) -> None:
        self.size_bytes -= _bytes(self.chunks.popleft())


def _bytes(chunk: Chunk) -> int:
    return CHUNK_BYTES + chunk.times_ns.nbytes + chunk.values.nbytes + chunk.quality.nbytes
