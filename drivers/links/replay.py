"""The link that plays a recorded trace."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Final

from edged.errors import DriverError
from edged.log import log_event
from edged.messages import TRACE_BROKEN
from edged.model import NS_PER_S, Packet
from edged.sources.link import Deliver, LinkContext, LinkUrl
from edged.trace import TraceReader

SLOWEST: Final = 0.001

_log = logging.getLogger(__name__)


class ReplayLink:
    """Plays the trace at ``replay:FILE``, relative to the working directory.

    The option ``speed`` is how many times faster than it was recorded, 0.001 to 1000, or 0 for as fast as
    the node takes it in. Packets keep the spacing of the trace whatever the speed, since beat times are
    computed from it: at a speed other than 1 their stamps part from the clock, ahead of it at a higher one.

    Stopped in mid-trace and run again it goes on where it was, as a device would: a silence in the trace
    may well make its caller connect anew. After the end it begins at the start.
    """

    def __init__(self, url: LinkUrl, context: LinkContext) -> None:
        url.only("speed")
        if not url.target:
            raise DriverError("no file is named", where=url.text, mend="Write replay:FILE.")
        self._path = Path(url.target)
        self._speed = url.number("speed", 1.0, minimum=0.0, maximum=1000.0)
        if 0 < self._speed < SLOWEST:
            raise DriverError(f"speed={self._speed:g} is below {SLOWEST:g}", where=url.text)
        self._context = context
        self._began_ns: int | None = None
        self._played = 0

    async def run(self, deliver: Deliver) -> None:
        """Play to the end, and return.

        Raises:
            DriverError: the file cannot be read.
            TraceError: it is no trace, or of an unknown version.
        """
        clock = self._context.clock
        with self._readable():
            reader = TraceReader(self._path)
        with reader:
            if self._began_ns is None:
                self._began_ns = clock.mono_ns()
            for packet in islice(self._received(reader), self._played, None):
                due_ns = self._began_ns + round(packet.mono_ns / self._speed) if self._speed else 0
                await clock.sleep(max(0, due_ns - clock.mono_ns()) / NS_PER_S)
                self._played += 1
                deliver(replace(packet, mono_ns=self._began_ns + packet.mono_ns))
                await self._context.room()
            if reader.broken:
                log_event(
                    _log,
                    TRACE_BROKEN,
                    source=self._context.source,
                    file=self._path,
                    lines=reader.broken,
                    line=reader.first_broken,
                )
        self._began_ns, self._played = None, 0

    async def send(self, command: Packet) -> None:
        """Take a command and forget it: what answered is long gone."""

    def _received(self, reader: TraceReader) -> Iterator[Packet]:
        with self._readable():
            for entry in reader:
                if not entry.sent:
                    yield entry.packet

    @contextmanager
    def _readable(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise DriverError(
                f"cannot be read: {error.strerror or error}",
                where=f"trace {self._path}",
                mend="Name a file that is there; a relative path begins at the working directory.",
            ) from error
