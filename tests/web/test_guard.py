from typing import Any

import httpx
import pytest

from edged.web.guard import Guard, is_local


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8080",
        "LOCALHOST:80",
        "127.0.0.1",
        "127.0.0.1:8080",
        "127.8.8.8",
        "[::1]",
        "[::1]:8080",
    ],
)
def test_this_machine_is_local(host: str) -> None:
    assert is_local(host)


@pytest.mark.parametrize(
    "host",
    [
        "",
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "192.168.1.7",
        "[fe80::1]",
        "0.0.0.0",  # noqa: S104
        "::1",
    ],
)
def test_others_are_not(host: str) -> None:
    assert not is_local(host)


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

    await Guard(app)({"type": "lifespan"}, "receive", "send")  # type: ignore[arg-type]

    assert seen == [({"type": "lifespan"}, "receive", "send")]
