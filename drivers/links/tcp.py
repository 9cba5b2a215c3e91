"""The link over TCP."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final
from urllib.parse import urlsplit

from edged.clock import time_limit, wait_for
from edged.errors import DriverError, SourceLost
from edged.model import Packet
from edged.sources.link import Deliver, LinkContext, LinkUrl

CHANNEL: Final = "serial"
CONNECT_TIMEOUT_S: Final = 5.0
SEND_TIMEOUT_S: Final = 5.0
READ_BYTES: Final = 4096

KEEPALIVE: Final = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 5),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
)
"""A peer that lost its power says nothing: after 10 s of silence it is asked, and 15 s later given up."""


class TcpLink:
    """A byte stream from the server at ``tcp://HOST:PORT``, such as a serial bridge. No options.

    It does not hold a fast sender back for the disk: what is live must not become late.
    """

    def __init__(self, url: LinkUrl, context: LinkContext) -> None:
        url.only()
        self._where = url.text
        self._host, self._port = _address(url)
        self._clock = context.clock
        self._connected = asyncio.Event()
        self._writer: asyncio.StreamWriter | None = None

    async def run(self, deliver: Deliver) -> None:
        """Connect, and deliver what comes in; never returns.

        Raises:
            SourceLost: not reached within ``CONNECT_TIMEOUT_S``, or the connection ended.
        """
        reader, writer = await self._connect()
        try:
            with self._lost_if("the connection broke"):
                _set_up(writer)
            self._writer = writer
            self._connected.set()
            while data := await self._read(reader):
                deliver(Packet(CHANNEL, data, self._clock.mono_ns()))
            raise SourceLost("the other side closed the connection", where=self._where)
        finally:
            self._connected.clear()
            self._writer = None
            # Not close(), which waits for a peer that may never take the rest.
            writer.transport.abort()
            with suppress(OSError):
                await writer.wait_closed()

    async def send(self, command: Packet) -> None:
        """Send the bytes; while the connection is being made, wait for it.

        Raises:
            SourceLost: no connection, or the other side takes nothing in for ``SEND_TIMEOUT_S``.
        """
        await wait_for(self._connected, self._clock, CONNECT_TIMEOUT_S)
        writer = self._writer
        if writer is None:
            raise SourceLost("not connected", where=self._where)
        with self._lost_if("the other side does not take the command in"):
            async with time_limit(self._clock, SEND_TIMEOUT_S):
                writer.write(command.data)
                await writer.drain()

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        with self._lost_if(
            "cannot connect", "Check that the device is switched on and its address is right."
        ):
            async with time_limit(self._clock, CONNECT_TIMEOUT_S):
                return await asyncio.open_connection(self._host, self._port)

    async def _read(self, reader: asyncio.StreamReader) -> bytes:
        with self._lost_if("the connection broke"):
            return await reader.read(READ_BYTES)

    @contextmanager
    def _lost_if(self, failed: str, mend: str = "") -> Iterator[None]:
        """Translate the errors of sockets."""
        try:
            yield
        except OSError as error:
            raise SourceLost(f"{failed}: {_words(error)}", where=self._where, mend=mend) from error


def _address(url: LinkUrl) -> tuple[str, int]:
    parts = urlsplit(url.text)
    try:
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
    if not host or not port or parts.path or parts.username is not None:
        raise DriverError(
            "not an address of host and port",
            where=url.text,
            mend="Write tcp://HOST:PORT, an IPv6 address in brackets: tcp://[::1]:5555.",
        )
    return host, port


def _set_up(writer: asyncio.StreamWriter) -> None:
    # With a limit of 0, drain() waits until the kernel has everything: what was sent survives abort().
    writer.transport.set_write_buffer_limits(high=0)
    connection: socket.socket = writer.get_extra_info("socket")
    for level, option, value in KEEPALIVE:
        connection.setsockopt(level, option, value)


def _words(error: OSError) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "nothing listens there"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    if isinstance(error, socket.gaierror):
        return "no host of that name is known"
    return error.strerror or str(error) or type(error).__name__
