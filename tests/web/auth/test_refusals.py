"""Every route, asked by everybody who may not: refused, and where it would change something, audited."""

from collections.abc import Callable, MutableMapping
from typing import Any, Final

import httpx
import pytest

from edged.access.role import Permission, Role
from edged.web.guard import OPEN, READING
from tests.web.auth.house import ELSEWHERE, HERE, House, others, routes

LIVE: Final = "/api/v1/live"


def is_open(path: str) -> bool:
    return path in OPEN


def test_every_route_demands_a_permission_or_is_a_way_in(house: House) -> None:
    free = {path for _, path, permissions in routes(house.app) if not permissions}
    assert free == {
        "/healthz",
        "/readyz",
        "/api/v1/session",
        "/api/v1/session/password",
        "/api/v1/sessions",
        "/api/v1/claim",
    }
    assert others(house.app) == {
        "/",
        "/favicon.ico",
        "/static/{path:path}",
        "/overlay/{path:path}",
        "/api/v1/openapi.json",
        LIVE,
    }


def test_what_changes_something_takes_more_than_to_see(house: House) -> None:
    own = ("/api/v1/tokens", "/api/v1/session")
    for method, path, permissions in routes(house.app):
        if method not in READING and not path.startswith(own) and not is_open(path):
            assert set(permissions) - {Permission.SEE}, f"{method} {path}"


async def ask(browser: httpx.AsyncClient, method: str, path: str) -> httpx.Response:
    return await browser.request(method, path, json={} if method in {"POST", "PUT", "PATCH"} else None)


async def test_before_the_claim_nothing_is_told_elsewhere(unclaimed: House) -> None:
    async with unclaimed.asked_from(ELSEWHERE) as browser:
        for method, path, _ in routes(unclaimed.app):
            answer = await ask(browser, method, path)
            if is_open(path):
                assert answer.status_code in {200, 204, 401, 403, 409, 422}, f"{method} {path}"
            else:
                assert answer.status_code == 403, f"{method} {path}"
                assert "sudo edged claim" in answer.json()["detail"]
        assert (await browser.get("/api/v1/openapi.json")).status_code == 403
        assert (await browser.get("/")).status_code in {200, 503}
        told = (await browser.get("/api/v1/session")).json()
        assert told == {"claimed": False, "claimable": True, "user": None, "csrf": ""}
    assert unclaimed.gate.claim_code() not in str(await unclaimed.audited())


async def test_before_the_claim_the_board_itself_is_told_all(unclaimed: House) -> None:
    async with unclaimed.asked_from(HERE) as browser:
        assert (await browser.get("/api/v1/status")).status_code == 200
        told = (await browser.get("/api/v1/session")).json()
        assert told["user"]["role"] == "admin"
        assert (await browser.get("/api/v1/claim")).status_code == 403, "but the code"


def without_anything(_house: House, _browser: httpx.AsyncClient) -> None:
    """Leave it as it is."""


def foreign(_house: House, browser: httpx.AsyncClient) -> None:
    browser.headers["Origin"] = "https://evil.example"


def forged(_house: House, browser: httpx.AsyncClient) -> None:
    del browser.headers["X-Edged-CSRF"]


def of_another_session(_house: House, browser: httpx.AsyncClient) -> None:
    browser.headers["X-Edged-CSRF"] = "0" * 64


@pytest.mark.parametrize("address", [ELSEWHERE, HERE])
async def test_without_a_session_nothing_is_told_or_changed(house: House, address: str) -> None:
    async with house.asked_from(address) as browser:
        for cookie in ("", "edged_session=x", "edged_session=" + "A" * 43, 'edged_session="'):
            browser.headers["Cookie"] = cookie
            for method, path, _ in routes(house.app):
                if not is_open(path):
                    answer = await ask(browser, method, path)
                    assert answer.status_code == 401, f"{method} {path}"
                    assert answer.headers["content-type"] == "application/problem+json"
    assert await refused(house, address)


@pytest.mark.parametrize("spoil", [foreign, forged, of_another_session])
async def test_what_does_not_come_from_our_page_changes_nothing(
    house: House, spoil: Callable[[House, httpx.AsyncClient], None]
) -> None:
    async with house.logged_in("ada") as browser:
        spoil(house, browser)
        for method, path, _ in routes(house.app):
            if method in READING:
                continue
            if spoil is not foreign and path == "/api/v1/claim":
                continue
            answer = await ask(browser, method, path)
            assert answer.status_code == 403, f"{method} {path}"
        assert (await browser.get("/api/v1/session")).json()["user"]["name"] == "ada"
    assert await refused(house, ELSEWHERE)
    assert house.gate.stats.refusals["origin" if spoil is foreign else "forged"] > 5


@pytest.mark.parametrize("role", [Role.VIEWER, Role.OPERATOR, Role.TECHNICIAN])
async def test_who_may_not_is_refused(house: House, role: Role) -> None:
    async with house.logged_in(role.value) as browser:
        for method, path, permissions in routes(house.app):
            if method == "DELETE" and path.startswith("/api/v1/session"):
                continue  # it would be over
            answer = await ask(browser, method, path)
            if all(map(role.may, permissions)):
                assert answer.status_code != 401, f"{method} {path}"
            else:
                assert answer.status_code == 403, f"{method} {path}"
                assert f"As {role} you may not do this" in answer.json()["detail"]


async def test_no_page_of_others_listens(house: House) -> None:
    async with house.logged_in("ada") as browser:
        cookie = browser.headers.get("Cookie", "") or "; ".join(
            f"{name}={value}" for name, value in browser.cookies.items()
        )
    sent: list[MutableMapping[str, Any]] = []

    async def receive() -> dict[str, object]:
        return {"type": "websocket.connect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    for headers in (
        {"host": "192.168.1.7:8080", "origin": "https://evil.example", "cookie": cookie},
        {"host": "192.168.1.7:8080"},
        {"host": "evil.example", "cookie": cookie},
    ):
        sent.clear()
        scope = {
            "type": "websocket",
            "path": LIVE,
            "raw_path": LIVE.encode(),
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "client": (ELSEWHERE, 1),
            "server": ("192.168.1.7", 8080),
            "scheme": "ws",
            "subprotocols": [],
        }
        await house.app(scope, receive, send)
        assert [message["type"] for message in sent] == ["websocket.close"], headers


async def refused(house: House, address: str) -> bool:
    """Say whether refusals of an address stand in the audit log, each with what was wanted."""
    rows = [row for row in await house.audited() if row.outcome.startswith("refused")]
    assert all(row.address == address and row.what.split()[0] not in READING for row in rows)
    return bool(rows)
