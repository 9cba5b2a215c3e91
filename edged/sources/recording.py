"""Records what passes through a link, without standing in its way."""

from collections.abc import Callable

from edged.model import Packet
from edged.sources.link import Deliver, Link
from edged.trace import TraceWriter


class RecordingLink:
    """Any link, with every packet received and every command sent recorded in a trace.

    A packet is recorded before it is delivered, so that one that does harm further on is in the trace. When
    the trace cannot be written, a full disk, recording stops for good, and the packets go on.

    Args:
        link: the link that does the work.
        writer: where to record; its owner closes it.
        stopped: told once, with the error, when recording stops.

    Attributes:
        error: why recording stopped; None while it goes on.
    """

    def __init__(
        self, link: Link, writer: TraceWriter, stopped: Callable[[OSError], None] | None = None
    ) -> None:
        self.error: OSError | None = None
        self._link = link
        self._writer = writer
        self._stopped = stopped

    async def run(self, deliver: Deliver) -> None:
        """Run the link."""

        def record_and_deliver(packet: Packet) -> None:
            self._record(self._writer.received, packet)
            deliver(packet)

        await self._link.run(record_and_deliver)

    async def send(self, command: Packet) -> None:
        """Send by the link; what it refuses is not recorded."""
        await self._link.send(command)
        self._record(self._writer.sent, command)

    def _record(self, write: Callable[[Packet], None], packet: Packet) -> None:
        if self.error is not None:
            return
        try:
            write(packet)
        except OSError as error:
            self.error = error
            if self._stopped is not None:
                self._stopped(error)
