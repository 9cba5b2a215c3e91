"""A serial bridge on loopback, for the TCP link to connect to."""

import asyncio
import socket
import struct
from types import TracebackType
from typing import Self

from tests.conformance.links import settle


class Bridge:
    """A TCP server that says what it is told to, to all who are connected.

    Attributes:
        port: it listens on.
        heard: everything that clients sent.
    """

    def __init__(self, host: str = "127.0.0.1") -> None:
        self._host = host
        self._clients: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.heard = bytearray()
        self.reading = asyncio.Event()
        self.reading.set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, self._host, 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        self.reading.set()
        for client in self._clients:
            client.transport.abort()
        await settle(lambda: not self._clients)

    async def connected(self) -> None:
        """Wait for a client."""
        await settle(lambda: bool(self._clients))

    def say(self, data: bytes) -> None:
        """Send to all."""
        for client in self._clients:
            client.write(data)

    async def hang_up(self) -> None:
        """Close all connections in order."""
        for client in self._clients:
            client.close()

    async def break_off(self) -> None:
        """Reset all connections, as a host that restarts does."""
        await self.connected()
        for client in self._clients:
            connection: socket.socket = client.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        task.set_name("rig client")
        self._clients.add(writer)
        try:
            await self.reading.wait()
            while data := await reader.read(65536):
                self.heard += data
        except OSError:
            pass
        finally:
            self._clients.discard(writer)
            writer.transport.abort()
