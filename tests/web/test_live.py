import asyncio
import json
import socket
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin

from edged.ops.status import LiveUpdate
from edged.web import live
from edged.web.socket import PatientSocket
from tests.web import documents
from tests.web.fake_view import FakeView
from tests.web.site import Site, serving


async def next_update(websocket: Any) -> LiveUpdate:
    async with asyncio.timeout(3):
        return LiveUpdate.model_validate_json(await websocket.recv())


async def test_first_all_that_is_kept_then_what_is_new(site: Site) -> None:
    site.view.tell("ada", (1000, 61.0), (2000, None))
    async with connect(site.live_url) as websocket:
        first = await next_update(websocket)
        site.view.tell("ada", (3000, 62.0))
        second = await next_update(websocket)

    assert first.status == site.view.document
    assert first.readings == {"ada": [(1000, 61.0), (2000, None)]}
    assert second.readings == {"ada": [(3000, 62.0)]}


async def test_a_message_comes_each_second_at_least(site: Site) -> None:
    async with connect(site.live_url) as websocket:
        await next_update(websocket)
        update = await next_update(websocket)

    assert update.readings == {}


async def test_a_burst_of_changes_is_few_messages_and_nothing_is_missed(site: Site) -> None:
    loop = asyncio.get_running_loop()
    async with connect(site.live_url) as websocket:
        seen = [await next_update(websocket)]
        began = loop.time()
        for n in range(100):
            site.view.tell("ada", (n, 60.0))
            await asyncio.sleep(0.005)
        while sum(len(update.readings.get("ada", ())) for update in seen) < 100:
            seen.append(await next_update(websocket))
        took_s = loop.time() - began

    told = [reading[0] for update in seen for reading in update.readings.get("ada", ())]
    assert told == list(range(100))
    assert len(seen) - 1 <= took_s / live.PERIOD_S + 1


async def test_a_change_just_after_a_message_is_not_slept_over(site: Site) -> None:
    """The wait for a change begins before the look, so that no change falls between the two."""
    loop = asyncio.get_running_loop()
    async with connect(site.live_url) as websocket:
        await next_update(websocket)
        site.view.tell("ada", (1, 60.0))
        began = loop.time()
        await next_update(websocket)

    assert loop.time() - began < 0.9  # and not the full second that a missed change would wait


async def test_what_the_client_says_changes_nothing(site: Site) -> None:
    async with connect(site.live_url) as websocket:
        for _ in range(20):
            await websocket.send("hello")
        assert (await next_update(websocket)).status.v == 1


@pytest.mark.parametrize("origin", ["http://evil.example", "http://127.0.0.1:1", "null", "http://"])
async def test_a_foreign_page_is_refused(site: Site, origin: str) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        await connect(site.live_url, origin=Origin(origin))

    assert refusal.value.response.status_code == 403


async def test_a_foreign_host_is_refused(site: Site) -> None:
    with pytest.raises(InvalidStatus) as refusal:
        await connect(f"ws://evil.example:{site.port}/api/v1/live", host=site.host)

    assert refusal.value.response.status_code == 403


async def test_our_own_page_is_welcome(site: Site) -> None:
    async with connect(site.live_url, origin=Origin(site.url)) as websocket:
        await next_update(websocket)


async def test_one_page_too_many_is_sent_away(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MAX_CLIENTS", 1)
    async with connect(site.live_url) as first:
        await next_update(first)
        async with connect(site.live_url) as second:
            with pytest.raises(ConnectionClosed) as closed:
                await second.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1013

    async with asyncio.timeout(3):
        while True:  # its place is free once the server has seen it go
            async with connect(site.live_url) as third:
                try:
                    await third.recv()
                except ConnectionClosed:
                    continue
                break


async def test_a_slow_client_is_cut_off_and_slows_nobody(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(PatientSocket, "send_timeout_s", 0.5)
    monkeypatch.setattr(live, "PERIOD_S", 0.001)
    crowd = [documents.subject(f"s{n}", "x" * 40) for n in range(200)]
    view = FakeView(documents.status(subjects=crowd))
    held: list[int] = []
    async with serving(view) as site:
        slow = await deaf_client(site)
        size = len(LiveUpdate(status=view.document, readings={}).model_dump_json())
        async with connect(site.live_url) as quick:
            for n in range(400):
                view.tell("s1", (n, 60.0))
                await next_update(quick)
                held.append(max(_buffered_bytes()))
            async with asyncio.timeout(5):
                while len(_transports()) > 1:
                    view.tell("s1", (0, 60.0))
                    await next_update(quick)
                    held.append(max(_buffered_bytes()))
        slow.close()

    assert not caplog.records
    assert 0 < max(held) <= size + 64  # what did not go out is one message, with its header
    assert len(held) * size > 4_000_000  # ... of far more than the kernel takes


async def test_a_client_that_vanishes_is_forgotten(site: Site) -> None:
    slow = await deaf_client(site)
    slow.close()
    async with asyncio.timeout(3):
        while _transports():
            site.view.tell("ada", (1, 60.0))
            await asyncio.sleep(0.05)
    async with httpx.AsyncClient(base_url=site.url, trust_env=False) as client:
        assert (await client.get("/healthz")).status_code == 200


async def test_a_defect_of_the_node_ends_the_feed_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    class Broken(FakeView):
        def readings_after(self, mark: int) -> Any:  # noqa: ARG002  implements a protocol whose callers pass it
            raise ZeroDivisionError("no readings")

    async with serving(Broken(documents.status())) as site, connect(site.live_url) as websocket:
        with pytest.raises(ConnectionClosed):
            await websocket.recv()
    assert "no readings" in caplog.text


async def test_a_client_that_answers_no_ping_ends_quietly(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    async with connect(site.live_url) as websocket:
        await next_update(websocket)
        (server_side,) = _transports()
        server_side.keepalive_timeout()  # as uvicorn's timer does after 20 s
        site.view.tell("ada", (1, 60.0))
        with pytest.raises(ConnectionClosed) as closed:
            await drain(websocket)
        async with asyncio.timeout(3):
            while _transports():  # no event tells of uvicorn's tasks
                await asyncio.sleep(0.01)

    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1011
    assert not caplog.records


def _transports() -> set[PatientSocket]:
    """Return the server's open WebSockets."""
    task_names = (task.get_coro() for task in asyncio.all_tasks())
    found = set()
    for coroutine in task_names:
        frame = getattr(coroutine, "cr_frame", None)
        protocol = frame.f_locals.get("self") if frame else None
        if isinstance(protocol, PatientSocket):
            found.add(protocol)
    return found


def _buffered_bytes() -> list[int]:
    return [each.transport.get_write_buffer_size() for each in _transports()] or [0]


async def drain(websocket: Any) -> None:
    while True:
        await websocket.recv()


async def deaf_client(site: Site) -> socket.socket:
    """Open a WebSocket and never read from it."""
    loop = asyncio.get_running_loop()
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.settimeout(0)
    await loop.sock_connect(deaf, (site.host, site.port))
    handshake = (
        f"GET /api/v1/live HTTP/1.1\r\nHost: {site.host}:{site.port}\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    await loop.sock_sendall(deaf, handshake.encode())
    assert (await loop.sock_recv(deaf, 12)) == b"HTTP/1.1 101"
    return deaf


def test_documents_are_what_the_page_gets() -> None:
    update = LiveUpdate(status=documents.status(), readings={"ada": [(1, None)]})
    assert json.loads(update.model_dump_json())["readings"] == {"ada": [[1, None]]}
