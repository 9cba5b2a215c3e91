"""A broker that does what a test says, and no more: enough MQTT to misbehave."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Final, Self

CONNECT, PUBLISH, SUBSCRIBE, PINGREQ = 1, 3, 8, 12
ACCEPTED_3: Final = bytes.fromhex("20020000")
ACCEPTED_5: Final = bytes.fromhex("2003000000")
HANG_UP: Final = None
SAY_NOTHING: Final = b""


class ScriptedBroker:
    """Answers each CONNECT as told; takes everything else, and acknowledges while it is told to.

    Args:
        answer: version of MQTT (``"5"`` or ``"3.1.1"``) to the CONNACK; None hangs up, nothing is silence.
        acks: whether it acknowledges what is published.
        subscribed: the reason code with which it answers every subscription.
    """

    def __init__(
        self, answer: Callable[[str], bytes | None], *, acks: bool = True, subscribed: int = 1
    ) -> None:
        self.answer = answer
        self.acks = acks
        self.subscribed = bytes([subscribed])
        self.versions: list[str] = []
        self.published: list[bytes] = []
        self.open = 0
        self._unacknowledged: list[tuple[asyncio.StreamWriter, bytes]] = []
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"mqtt://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def say(self, packet: bytes) -> None:
        """Send a packet to everyone."""
        for writer in self._writers:
            writer.write(packet)

    def acknowledge(self) -> None:
        """Acknowledge what was not so far."""
        for writer, number in self._unacknowledged:
            writer.write(b"\x40\x02" + number)
        self._unacknowledged.clear()

    def hang_up(self) -> None:
        """End every connection at once."""
        for writer in self._writers:
            writer.transport.abort()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._start, "127.0.0.1", 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.close()
        self.hang_up()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()

    def _start(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        self.open += 1
        try:
            while self._take(writer, *await _packet(reader)):
                await writer.drain()
        except (OSError, asyncio.IncompleteReadError):
            pass  # they hung up
        finally:
            self._writers.discard(writer)
            self.open -= 1
            writer.transport.abort()

    def _take(self, writer: asyncio.StreamWriter, head: int, body: bytes) -> bool:
        kind = head >> 4
        if kind == CONNECT:
            self.versions.append({4: "3.1.1", 5: "5"}[body[6]])
            answer = self.answer(self.versions[-1])
            if answer is None:
                return False
            writer.write(answer)
        elif kind == PUBLISH and head & 0b110:
            at = 2 + int.from_bytes(body[:2], "big")
            start = at + 2
            if self.versions[-1] == "5":
                start += 1 + body[start]  # properties
            self.published.append(body[start:])
            self._unacknowledged.append((writer, body[at : at + 2]))
            if self.acks:
                self.acknowledge()
        elif kind == SUBSCRIBE:
            rest = (b"\x00" if self.versions[-1] == "5" else b"") + self.subscribed
            writer.write(bytes([0x90, 2 + len(rest)]) + body[:2] + rest)
        elif kind == PINGREQ:
            writer.write(b"\xd0\x00")
        return True


async def _packet(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = (await reader.readexactly(1))[0]
    length = shift = 0
    while True:
        byte = (await reader.readexactly(1))[0]
        length |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            return head, await reader.readexactly(length)
