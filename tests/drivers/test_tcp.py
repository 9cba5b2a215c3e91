import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from drivers.links.tcp import CONNECT_TIMEOUT_S, SEND_TIMEOUT_S, TcpLink
from edged.clock import ManualClock
from edged.errors import DriverError, SourceLost
from edged.model import Packet
from edged.sources.link import LinkContext, LinkUrl
from tests.conformance.links import no_wait, settle
from tests.drivers.bridge import Bridge


def tcp(address: str, clock: ManualClock | None = None) -> TcpLink:
    return TcpLink(LinkUrl.parse(f"tcp://{address}"), LinkContext(clock or ManualClock(), no_wait))


@asynccontextmanager
async def running(link: TcpLink, packets: list[Packet]) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(link.run(packets.append))
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, SourceLost):
            await task


async def test_bytes_come_in_and_commands_go_out() -> None:
    clock, packets = ManualClock(mono_ns=5), list[Packet]()
    async with Bridge() as bridge:
        link = tcp(f"localhost:{bridge.port}", clock)
        async with running(link, packets):
            await link.send(Packet("serial", b"start\n"))  # waits for the connection
            await settle(lambda: bridge.heard == b"start\n")
            bridge.say(b"hello\n")
            await settle(lambda: bool(packets))
    assert packets == [Packet("serial", b"hello\n", 5)]


async def test_ipv6() -> None:
    packets: list[Packet] = []
    async with Bridge("::1") as bridge, running(tcp(f"[::1]:{bridge.port}"), packets):
        await bridge.connected()
        bridge.say(b"six")
        await settle(lambda: bool(packets))
    assert packets[0].data == b"six"


async def test_keepalive_is_on() -> None:
    async with Bridge() as bridge:
        link = tcp(f"127.0.0.1:{bridge.port}")
        async with running(link, []):
            await link.send(Packet("serial", b""))
            assert link._writer
            connection: socket.socket = link._writer.get_extra_info("socket")
            assert connection.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 10


async def test_an_end_of_the_connection_is_a_loss() -> None:
    async with Bridge() as bridge, running(tcp(f"127.0.0.1:{bridge.port}"), []) as task:
        await bridge.connected()
        await bridge.hang_up()
        with pytest.raises(SourceLost, match=rf"127\.0\.0\.1:{bridge.port}: the other side closed"):
            await task


async def test_a_reset_is_a_loss() -> None:
    async with Bridge() as bridge, running(tcp(f"127.0.0.1:{bridge.port}"), []) as task:
        await bridge.break_off()
        with pytest.raises(SourceLost, match="the connection broke: Connection reset by peer"):
            await task


async def test_nobody_there_is_a_loss_with_a_mend() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        link = tcp(f"127.0.0.1:{port}")
        with pytest.raises(SourceLost, match=r"cannot connect: nothing listens there\. Check that"):
            await link.run(lambda _: None)


async def test_an_unknown_name_is_a_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    async def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    with pytest.raises(SourceLost, match="no host of that name is known"):
        await tcp("no-such-host:1").run(lambda _: None)


async def test_a_host_that_does_not_answer_is_given_up() -> None:
    """A full queue of connections drops the next one without a word."""
    clock = ManualClock()
    with socket.socket() as deaf, socket.socket() as first, socket.socket() as second:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for waiting in (first, second):
            waiting.settimeout(0)
            waiting.connect_ex(deaf.getsockname())
        task = asyncio.create_task(tcp(f"127.0.0.1:{deaf.getsockname()[1]}", clock).run(lambda _: None))
        await clock.advance(CONNECT_TIMEOUT_S - 0.1)
        assert not task.done()
        await clock.advance(0.2)
        with pytest.raises(SourceLost, match="cannot connect: no answer in time"):
            await task


async def test_a_command_is_not_waited_for_without_end() -> None:
    clock = ManualClock()
    async with Bridge() as bridge:
        bridge.reading.clear()
        link = tcp(f"127.0.0.1:{bridge.port}", clock)
        async with running(link, []):
            await bridge.connected()
            await settle(link._connected.is_set)
            sending = asyncio.create_task(link.send(Packet("serial", bytes(50_000_000))))
            await clock.advance(SEND_TIMEOUT_S - 0.1)
            assert not sending.done()
            await clock.advance(0.2)
            with pytest.raises(SourceLost, match="does not take the command in: no answer in time"):
                await sending


async def test_a_connection_that_breaks_while_sending_is_a_loss() -> None:
    async with Bridge() as bridge:
        bridge.reading.clear()
        link = tcp(f"127.0.0.1:{bridge.port}")
        async with running(link, []):
            await bridge.connected()
            await settle(link._connected.is_set)
            sending = asyncio.create_task(link.send(Packet("serial", bytes(50_000_000))))
            await asyncio.sleep(0)
            await bridge.break_off()
            with pytest.raises(SourceLost, match="does not take the command in"):
                await sending


async def test_a_command_without_a_connection_is_refused_after_a_while() -> None:
    clock = ManualClock()
    sending = asyncio.create_task(tcp("127.0.0.1:1", clock).send(Packet("serial", b"x")))
    await clock.advance(CONNECT_TIMEOUT_S + 0.1)
    with pytest.raises(SourceLost, match="not connected"):
        await sending


@pytest.mark.parametrize(
    "address", ["", "host", "host:0", "host:70000", "host:x", ":5", "host:5/path", "user@host:5", "::1:5"]
)
def test_a_wrong_address_is_refused_with_an_example(address: str) -> None:
    with pytest.raises(DriverError, match=r"not an address of host and port\. Write tcp://HOST:PORT"):
        tcp(address)


def test_a_bracket_left_open_is_refused() -> None:
    with pytest.raises(DriverError, match="not a URL"):
        tcp("[::1:5")
