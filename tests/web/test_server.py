import asyncio
import errno
import gc
import signal
import socket
import subprocess
import sys

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from edged.errors import ConfigError, PortInUse
from edged.web.server import serve
from tests.web import documents
from tests.web.fake_view import FakeView
from tests.web.site import serving
from tests.web.test_live import deaf_client, drain


def view() -> FakeView:
    return FakeView(documents.status())


def never(host: str, port: int) -> None:
    pytest.fail(f"it listens on {host} port {port}")


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="this machine has no IPv6")
async def test_serves_everywhere() -> None:
    async with serving(view(), host="::") as site, httpx.AsyncClient(trust_env=False) as client:
        for address in ("127.0.0.1", "[::1]"):
            assert (await client.get(f"http://{address}:{site.port}/api/v1/status")).status_code == 200


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
async def test_serves_on_loopback(host: str) -> None:
    async with serving(view(), host) as site, httpx.AsyncClient(trust_env=False) as client:
        name = f"[{host}]" if ":" in host else host
        assert (await client.get(f"http://{name}:{site.port}/healthz")).status_code == 200


async def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=f"port {port} on") as error:
            await serve(view(), "127.0.0.1", port, on_listening=never)

    assert error.value.where == "web.port"


async def test_an_address_of_another_machine_is_a_configuration_error() -> None:
    with pytest.raises(ConfigError, match=r"cannot listen on 192\.0\.2\.1") as error:
        await serve(view(), "192.0.2.1", 0, on_listening=never)

    assert error.value.key == "web.host"


async def test_a_privileged_port_is_a_configuration_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> socket.socket:
        raise OSError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket, "create_server", forbidden)
    with pytest.raises(ConfigError, match="administrator only") as error:
        await serve(view(), "127.0.0.1", 80, on_listening=never)

    assert error.value.key == "web.port"


async def test_who_connects_at_the_moment_it_stops_is_hung_up_on() -> None:
    """It has been accepted when the server closes, and there is no connection of it yet."""
    async with serving(view()) as site:
        with socket.create_connection((site.host, site.port)) as late:
            await asyncio.sleep(0)  # the listener is seen to be readable after this
            await site.stop()
            gc.collect()  # a socket that was forgotten warns, which fails the test
            late.settimeout(1)
            assert late.recv(1) == b""


async def test_stopping_closes_open_sockets_as_going_away_and_leaves_nothing() -> None:
    before = asyncio.all_tasks()
    loop = asyncio.get_running_loop()
    async with serving(view()) as site:
        async with connect(site.live_url) as one, connect(site.live_url) as two:
            await one.recv()
            await two.recv()
            async with httpx.AsyncClient(trust_env=False) as client:
                await client.get(f"{site.url}/healthz")  # a connection kept alive
                began = loop.time()
                await site.stop()
                took_s = loop.time() - began
            for websocket in (one, two):
                with pytest.raises(ConnectionClosed) as closed:
                    await drain(websocket)
                assert closed.value.rcvd is not None
                assert closed.value.rcvd.code == 1001

        assert site.task.cancelled()
        with socket.socket() as probe:
            assert probe.connect_ex((site.host, site.port)) == errno.ECONNREFUSED
    assert took_s < 1.5
    assert asyncio.all_tasks() == before


async def test_stopping_does_not_wait_for_who_does_not_read() -> None:
    before = asyncio.all_tasks()
    loop = asyncio.get_running_loop()
    crowd = [documents.subject(f"s{n}", "x" * 40) for n in range(2000)]
    show = FakeView(documents.status(subjects=crowd))
    async with serving(show) as site:
        feed = await deaf_client(site)
        page = socket.create_connection((site.host, site.port))
        request = f"GET /api/v1/status HTTP/1.1\r\nHost: {site.host}\r\n\r\n"
        await loop.run_in_executor(None, page.sendall, request.encode() * 50)
        async with asyncio.timeout(5):
            while show.asked < 2:  # the server has both requests
                await asyncio.sleep(0.01)
        began = loop.time()
        await site.stop()
        took_s = loop.time() - began
        feed.close()
        page.close()
    assert took_s < 1.0
    assert asyncio.all_tasks() == before


async def test_a_second_cancel_still_leaves_nothing() -> None:
    before = asyncio.all_tasks()
    async with serving(view()) as site:
        async with connect(site.live_url) as websocket:
            await websocket.recv()
            site.task.cancel()
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            await site.stop()
            with pytest.raises(ConnectionClosed):
                await drain(websocket)
        with socket.socket() as probe:
            assert probe.connect_ex((site.host, site.port)) == errno.ECONNREFUSED
    assert asyncio.all_tasks() == before


async def test_answers_do_not_wait_for_acknowledgements() -> None:
    loop = asyncio.get_running_loop()
    async with serving(view()) as site, httpx.AsyncClient(base_url=site.url, trust_env=False) as client:
        await client.get("/healthz")
        began = loop.time()
        for _ in range(25):
            await client.get("/healthz")
        took_s = loop.time() - began
    assert took_s < 25 * 0.040  # the kernel's delayed acknowledgement


async def test_signals_stay_the_callers() -> None:
    before = [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)]
    async with serving(view()):
        assert [signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)] == before


async def test_the_port_is_free_again_at_once() -> None:
    async with serving(view()) as first:
        port = first.port
    async with serving(view(), port=port) as second:
        assert second.port == port


def test_who_does_not_serve_does_not_import_fastapi() -> None:
    script = (
        "import sys, edged.ops.status, edged.web, edged.overlay\n"
        "assert not {'fastapi', 'uvicorn', 'starlette'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
