"""The streams of a node as they come, and what chains would make of them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from edged.config.model import SourceConfig
from edged.model import Chunk, StreamInfo
from edged.ops.newest import Newest
from edged.signals.preview import Preview, preview
from edged.signals.steps import StepConfig
from edged.sources.recent import Recent
from edged.sources.recorded import Recorded, recorded

KEPT_TRACES: Final = 2


@dataclass(frozen=True, slots=True)
class Feed:
    """One source, as far as its signals go.

    Attributes:
        config: of the source.
        streams: what it measures, without what chains add.
        recent: what came lately.
    """

    config: SourceConfig
    streams: Sequence[StreamInfo]
    recent: Recent


class Signals:
    """What may be seen of the signals of a node. Whatever takes time runs in a thread, one piece at a time.

    Args:
        feeds: returns the sources there are.
    """

    def __init__(self, feeds: Callable[[], Iterable[Feed]]) -> None:
        self._feeds = feeds
        self._newest = Newest()
        self._traces: dict[str, Recorded] = {}
        self._taken = 0

    def feeds(self) -> list[Feed]:
        """Return the sources, in the order of the configuration."""
        return list(self._feeds())

    def chunks(self, source: str, stream: str) -> Sequence[Chunk]:
        """Return what came lately of a stream, oldest first.

        Raises:
            LookupError: there is no such source, or it has no such stream.
        """
        for feed in self._feeds():
            if feed.config.name == source:
                if all(info.quantity != stream for info in feed.streams):
                    raise LookupError(f"there is no stream {stream} of {source}")
                return feed.recent.chunks(stream)
        raise LookupError(f"there is no source {source}")

    def chunks_of_trace(self, trace: str, stream: str) -> Sequence[Chunk]:
        """Return the last of a stream in a trace that was sent.

        Raises:
            LookupError: it is not kept any more, or has no such stream.
        """
        if trace not in self._traces:
            raise LookupError(f"trace {trace} is not kept any more; send it again")
        chunks = self._traces[trace].recent.chunks(stream)
        if not chunks:
            raise LookupError(f"there is no stream {stream} in this trace")
        return chunks

    async def take_trace(self, data: bytes, decoder: str | None) -> tuple[str, Recorded]:
        """Decode a trace; keep its streams, and return by which name.

        Args:
            data: of the file.
            decoder: instead of the one that it names.

        Raises:
            TraceError: it is none.
            DriverError: there is no such decoder.
            Superseded: somebody has asked for something newer.
        """
        known = await self._newest.run(partial(recorded, data, decoder))
        self._taken += 1
        name = str(self._taken)
        self._traces[name] = known
        while len(self._traces) > KEPT_TRACES:
            del self._traces[next(iter(self._traces))]
        return name, known

    async def preview(
        self, chunks: Sequence[Chunk], steps: Sequence[StepConfig], *, seconds: float, channel: int
    ) -> Preview:
        """Return what a chain would make of chunks; see ``edged.signals.preview``.

        Raises:
            StepError: a step does not fit the stream.
            Superseded: somebody has asked for something newer.
        """
        return await self._newest.run(partial(preview, chunks, steps, seconds=seconds, channel=channel))
