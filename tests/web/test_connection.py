"""Connections, of which there are only so many."""

import asyncio

import pytest
from websockets.asyncio.client import connect

from edged.web import connection
from edged.web.connection import BoundedConnection
from tests.web.site import Site

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


async def opened(site: Site) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    return await asyncio.open_connection(site.host, site.port)


async def is_cut_off(reader: asyncio.StreamReader) -> bool:
    """Say whether the other side hangs up before it says anything."""
    async with asyncio.timeout(3):
        try:
            return await reader.read(1) == b""
        except ConnectionResetError:
            return True


async def crowd(site: Site, welcome: int) -> None:
    """Open as many as are welcome, and one more; when one of them goes, the next one comes in."""
    crowd = [await opened(site) for _ in range(welcome)]
    reader, writer = await opened(site)
    assert await is_cut_off(reader)
    writer.close()
    assert site.view.web_stats.cut_off == 1
    first, first_writer = crowd[0]
    first_writer.write(REQUEST)
    assert (await first.readline()).startswith(b"HTTP/1.1 200"), "who was there before stays"
    crowd[1][1].close()
    await crowd[1][1].wait_closed()
    await asyncio.sleep(0.05)
    reader, writer = await opened(site)
    writer.write(REQUEST)
    assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    for _, each in [*crowd, (reader, writer)]:
        each.close()


async def test_too_many(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoundedConnection, "most", 5)
    await crowd(site, 5)


async def test_too_many_of_one_address(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoundedConnection, "most_of_one", 3)
    everybody = [await opened(site) for _ in range(6)]
    await asyncio.sleep(0.05)
    assert site.view.web_stats.cut_off == 0, "this machine may be a proxy"
    for _, writer in everybody:
        writer.close()
        await writer.wait_closed()
    await asyncio.sleep(0.05)
    monkeypatch.setattr(connection, "is_loopback", lambda _: False)
    await crowd(site, 3)


@pytest.mark.parametrize("said", [b"", b"GET /healthz HTT"])
async def test_who_asks_nothing(site: Site, monkeypatch: pytest.MonkeyPatch, said: bytes) -> None:
    monkeypatch.setattr(BoundedConnection, "silence_s", 0.1)
    reader, writer = await opened(site)
    writer.write(said)
    assert await is_cut_off(reader)
    writer.close()
    assert site.view.web_stats.cut_off == 1


async def test_who_listens_is_not_silent(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BoundedConnection, "silence_s", 0.1)
    async with connect(site.live_url) as websocket:
        for _ in range(2):
            async with asyncio.timeout(3):
                await websocket.recv()
    assert site.view.web_stats.cut_off == 0
