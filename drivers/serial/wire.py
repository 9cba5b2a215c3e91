"""The bytes of an open port, on the event loop."""

import asyncio
import errno
import os
from collections.abc import Callable
from typing import Final

READ_BYTES: Final = 4096
"""All that the kernel holds. One read a turn of the loop: a flood takes no turn from anybody."""


class Wire:
    """Hands on what comes in as it comes, until the port is lost or the wire closed.

    Args:
        fd: non-blocking; remains its owner's to close, after this.
        take: called with 1 to ``READ_BYTES`` bytes.

    Attributes:
        lost: done once nothing more will come.
    """

    def __init__(self, fd: int, take: Callable[[bytes], None]) -> None:
        self._loop = asyncio.get_running_loop()
        self.lost: asyncio.Future[None] = self._loop.create_future()
        self._fd = fd
        self._take = take
        self._turn = asyncio.Lock()
        self._loop.add_reader(fd, self._read)

    def close(self) -> None:
        """Hand on nothing more; who is writing fails."""
        if not self.lost.done():
            self.lost.set_result(None)
        self._loop.remove_reader(self._fd)
        self._loop.remove_writer(self._fd)

    async def write(self, data: bytes) -> None:
        """Return once the kernel has it all; what several write is not mixed.

        Raises:
            OSError: the port is gone.
        """
        async with self._turn:
            rest = memoryview(data)
            while rest:
                if self.lost.done():
                    raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
                try:
                    rest = rest[os.write(self._fd, rest) :]
                except BlockingIOError:
                    await self._room()

    async def _room(self) -> None:
        room = self._loop.create_future()
        self._loop.add_writer(self._fd, _done, room)
        try:
            await asyncio.wait((room, self.lost), return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not self.lost.done():  # else the number may be another file's by now
                self._loop.remove_writer(self._fd)

    def _read(self) -> None:
        try:
            data = os.read(self._fd, READ_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._take(data)
        else:
            self.close()  # an unplugged port is readable for ever


def _done(room: asyncio.Future[None]) -> None:
    if not room.done():
        room.set_result(None)
