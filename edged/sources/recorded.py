"""The streams of a recorded trace, decoded at once."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

from edged.sources.decoder import make_decoder
from edged.sources.recent import Recent
from edged.trace import TraceReader

_NAME: Final = Path("trace")
_DECODER: Final = "heart_rate"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was recorded.

    Attributes:
        decoder: that understood it.
        recent: the last of each stream, as of a source that has just ended.
        broken: how many lines could not be read.
        faults: how many parts of packets could not be understood.
    """

    decoder: str
    recent: Recent
    broken: int
    faults: int


def recorded(data: bytes, decoder: str | None = None) -> Recorded:
    """Decode a trace.

    Args:
        data: of the file.
        decoder: instead of the one that it names.

    Raises:
        TraceError: not a trace, or of an unknown version.
        DriverError: there is no such decoder.
    """
    recent, faults = Recent(), 0
    with TraceReader(_NAME, BytesIO(data)) as reader:
        name = decoder or reader.header.decoder or _DECODER
        understands = make_decoder(name)
        understands.start()
        for entry in reader:
            if entry.sent:
                continue
            decoded = understands.feed(entry.packet)
            faults += len(decoded.faults)
            for chunk in decoded.chunks:
                recent.take(chunk)
        return Recorded(name, recent, reader.broken, faults)
