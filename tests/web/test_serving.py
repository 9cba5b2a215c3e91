"""The page on its address and on the socket: neither waits for the other, and both come back."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import unix_connect

from edged.clock import ManualClock
from edged.config.model import WebConfig
from edged.web.page import serve_page
from tests.rigs.waiting import until
from tests.web import documents
from tests.web.fake_view import FakeView


class Served:
    """A page, its time in the test's hands."""

    def __init__(self, path: Path, port: int = 0) -> None:
        self.path = path
        self.clock = ManualClock()
        self.view = FakeView(documents.status())
        self.pages: list[str] = []
        self.web = WebConfig(port=port)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(
            serve_page(
                self.view,
                self.web,
                self.clock,
                on_listening=lambda host, port: self.pages.append(f"http://{host}:{port}"),
                environment={"RUNTIME_DIRECTORY": str(self.path.parent)},
            )
        )
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])
        assert task.cancelled()

    def local(self) -> httpx.AsyncClient:
        transport = httpx.AsyncHTTPTransport(uds=str(self.path))
        return httpx.AsyncClient(transport=transport, base_url="http://anything.example")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "edged.sock"


@pytest.fixture(autouse=True)
def info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="edged")


async def test_both_serve_the_same_and_leave_nothing(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    before = asyncio.all_tasks()
    served = Served(path)
    async with served.running():
        await until(lambda: served.pages and path.exists())
        async with httpx.AsyncClient(trust_env=False) as page, served.local() as local:
            of_page = await page.get(f"{served.pages[0]}/api/v1/status")
            of_socket = await local.get("/api/v1/status")
        assert of_page.status_code == of_socket.status_code == 200
        assert of_page.json() == of_socket.json()
        assert of_socket.headers["x-content-type-options"] == "nosniff"
        async with unix_connect(str(path), "ws://anything.example/api/v1/live") as feed:
            assert "status" in str(await feed.recv())
    assert not path.exists()
    assert asyncio.all_tasks() == before
    assert sorted(text for text in caplog.messages if not text.startswith("HTTP Request")) == [
        f"the page listens on {path}",
        f"the page listens on {served.pages[0]}/",
    ]


async def test_a_foreign_name_is_still_refused_over_the_address(path: Path) -> None:
    served = Served(path)
    async with served.running():
        await until(lambda: served.pages)
        async with httpx.AsyncClient(trust_env=False) as page:
            answer = await page.get(f"{served.pages[0]}/healthz", headers={"Host": "anything.example"})
    assert answer.status_code == 403


async def test_a_taken_port_does_not_hinder_the_socket(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        served = Served(path, port)
        async with served.running():
            await until(path.exists)
            async with served.local() as local:
                assert (await local.get("/healthz")).status_code == 200
            for _ in range(3):
                await served.clock.advance(5)
            taken.close()
            while not served.pages:
                await served.clock.advance(5)
                await asyncio.sleep(0.01)
    failed = [text for text in caplog.messages if "Everything else runs on" in text]
    assert len(failed) == 1
    assert f"port {port} on 127.0.0.1 is in use" in failed[0]


async def test_a_taken_socket_does_not_hinder_the_page(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    served = Served(path)
    with closing(socket.socket(socket.AF_UNIX)) as taken:
        taken.bind(str(path))
        taken.listen()
        async with served.running():
            await until(lambda: served.pages)
            for _ in range(3):
                await served.clock.advance(5)
            assert len([text for text in caplog.messages if "another program listens on" in text]) == 1
            taken.close()
            while f"the page listens on {path}" not in caplog.messages:
                await served.clock.advance(5)
                await asyncio.sleep(0.01)
            async with served.local() as local:
                assert (await local.get("/healthz")).status_code == 200


async def test_an_address_that_cannot_be_had_stops_nothing(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    served = Served(path)
    served.web = WebConfig.model_construct(host="192.0.2.1", port=0, socket=None)
    async with served.running():
        await until(path.exists)
        await until(lambda: any("cannot listen on 192.0.2.1" in text for text in caplog.messages))
        async with served.local() as local:
            assert (await local.get("/healthz")).status_code == 200
