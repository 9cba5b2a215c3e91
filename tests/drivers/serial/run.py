"""A serial link at work, for tests."""

import asyncio
import fcntl
import os
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

from drivers.links.serial import SerialLink
from edged.clock import ManualClock
from edged.errors import EdgedError
from edged.model import Chunk, Event, Packet
from edged.sources.equipment import Equipment
from edged.sources.link import LinkContext, LinkPhase, LinkUrl
from tests.rigs.serial_port import SerialPort
from tests.rigs.waiting import TIMEOUT_S

TIOCGPTN: Final = 0x80045430
"""Get the number of a pseudo-terminal (ioctl_tty(2)); not in ``termios`` before Python 3.13."""
TIOCSPTLCK: Final = 0x40045431
TCGETS2: Final = 0x802C542A
Phases = list[tuple[LinkPhase, EdgedError | None]]


class Run:
    """A link at work, and what came of it."""

    def __init__(
        self,
        url: str,
        clock: ManualClock | None = None,
        *,
        source: str = "board",
        equipment: Equipment | None = None,
    ) -> None:
        self.clock = clock or ManualClock()
        self.phases: Phases = []
        self.packets: list[Packet] = []
        context = LinkContext(
            self.clock,
            source=source,
            report=lambda *phase: self.phases.append(phase),
            equipment=equipment or Equipment(),
        )
        self.link = SerialLink(LinkUrl.parse(url), context)

    @property
    def data(self) -> bytes:
        """All that came."""
        return b"".join(packet.data for packet in self.packets)

    @asynccontextmanager
    async def going(self) -> AsyncIterator[asyncio.Task[None]]:
        """Run it, and cancel it in the end."""
        task = asyncio.create_task(self.link.run(self.packets.append))
        await self.clock.advance(0)
        try:
            yield task
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError, EdgedError):
                await task

    async def refused(self) -> None:
        """Run it where that is to raise something at once."""
        async with asyncio.timeout(TIMEOUT_S):
            await self.link.run(self.packets.append)

    @property
    def fd(self) -> int:
        assert self.link._connection
        return self.link._connection.line.fd


class Samples:
    """A sink that keeps values."""

    def __init__(self) -> None:
        self.values: list[float] = []

    def take(self, source: str, chunks: Sequence[Chunk], events: Sequence[Event], arrived_ns: int) -> None:
        _ = source, events, arrived_ns
        self.values += [float(chunk.values[-1, 0]) for chunk in chunks]


async def turns_of_the_loop(count: int) -> None:
    """Give the loop so many turns."""
    for _ in range(count):
        await asyncio.sleep(0)


def replug(port: SerialPort, other: SerialPort) -> None:
    """Plug a port in again, under another number than it had: that is another's now."""
    with other:
        port.plug()


def speeds(port: SerialPort) -> tuple[int, int]:
    """Return the rates of both directions as the kernel has them, in baud (TCGETS2)."""
    fd = os.open(port.device, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        told = fcntl.ioctl(fd, TCGETS2, bytes(44))
    finally:
        os.close(fd)
    speeds: tuple[int, int] = struct.unpack("36x2I", told)
    return speeds
