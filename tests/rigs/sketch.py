"""A board with a sketch on it that prints what a test says, over TCP."""

import asyncio
from types import TracebackType
from typing import Self


class Sketch:
    """Listens while it is entered, and prints to whoever has connected last."""

    def __init__(self) -> None:
        self._server: asyncio.Server | None = None
        self._writer: asyncio.StreamWriter | None = None

    @property
    def link(self) -> str:
        assert self._server is not None
        return f"tcp://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    @property
    def is_connected(self) -> bool:
        return self._writer is not None

    def print(self, line: str) -> None:
        assert self._writer is not None
        self._writer.write(line.encode() + b"\n")

    def hang_up(self) -> None:
        writer, self._writer = self._writer, None
        assert writer is not None
        writer.close()

    async def __aenter__(self) -> Self:
        async def connected(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._writer = writer

        self._server = await asyncio.start_server(connected, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        if self._writer is not None:
            self._writer.close()
            await asyncio.wait([asyncio.ensure_future(self._writer.wait_closed())])
        await self._server.wait_closed()
