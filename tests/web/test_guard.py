import socket
from typing import Any, Final

import httpx
import pytest

from edged.ops.instruments import WebStats
from edged.web.auth.entrance import is_loopback, is_over_socket
from edged.web.auth.names import Names
from edged.web.guard import Guard

OWN: Final = socket.gethostname().partition(".")[0]


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8080",
        "LOCALHOST:80",
        "127.0.0.1:8080",
        "[::1]:8080",
        "192.168.1.7:8080",
        "Board.Hall.example:80",
        f"{OWN}:8080",
        f"{OWN}.local",
        f"{OWN}-2.local:8080",
    ],
)
def test_names_of_ours(host: str) -> None:
    assert host in Names(["board.hall.example"])


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "board.hall.example",
        "a:b:c",
        "evil.local",
        f"{OWN}-2.local.evil.example",
        f"evil-{OWN}-2.local",
    ],
)
def test_names_of_others(host: str) -> None:
    assert host not in Names()


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1", "localhost"])
def test_this_machine(address: str) -> None:
    assert is_loopback(address)


@pytest.mark.parametrize("address", ["", "10.0.0.1", "::ffff:10.0.0.1", "fe80::1", "0.0.0.0", "nonsense"])  # noqa: S104  a text that is parsed or compared; nothing listens there
def test_other_machines(address: str) -> None:
    assert not is_loopback(address)


async def test_a_foreign_host_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/status", headers={"Host": "evil.example"})

    assert answer.status_code == 403
    assert answer.headers["content-type"] == "application/problem+json"
    assert "localhost" in answer.json()["detail"]
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/api/v1/status", "/healthz", "/nothing", "/static/main.js"])
async def test_every_answer_is_hardened(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers

    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "server" not in headers


async def test_an_overlay_may_be_framed_and_reach_its_broker(client: httpx.AsyncClient) -> None:
    policy = (await client.get("/overlay/heart-rate")).headers["content-security-policy"]

    assert "connect-src 'self' ws: wss:" in policy
    assert "frame-ancestors" not in policy
    assert "unsafe" not in policy


async def test_what_is_no_request_passes() -> None:
    seen: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append((scope, receive, send))

    receive: Any = "receive"
    send: Any = "send"
    await Guard(app, WebStats())({"type": "lifespan"}, receive, send)

    assert seen == [({"type": "lifespan"}, receive, send)]


@pytest.mark.parametrize(
    ("server", "is_socket"),
    [
        (("/run/edged/edged.sock", None), True),
        (("127.0.0.1", 8080), False),
        (("localhost", None), False),
        (None, False),
    ],
)
def test_the_socket_is_known_by_its_path(server: tuple[str, int | None] | None, *, is_socket: bool) -> None:
    assert is_over_socket({"server": server}) is is_socket
