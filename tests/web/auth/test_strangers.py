"""What somebody can do whom nobody knows: fill no disk, no memory, and not sit at the board from afar."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest

from edged.access.audit import REFUSALS
from edged.web.body import OF_CALLERS, OF_STRANGERS
from tests.web.auth.house import ELSEWHERE, HERE, HOST, HOST_HERE, PASSWORD, House


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/v1/session", b"nonsense"),
        ("DELETE", "/api/v1/session", b""),
        ("POST", "/api/v1/claim", b"{}"),
        ("POST", "/static/main.js", b""),
        ("SHOUT", "/overlay/heart-rate", b""),
    ],
)
async def test_what_is_asked_in_vain_fills_no_audit_log(
    house: House, method: str, path: str, body: bytes
) -> None:
    before = len(await house.audited())
    async with house.asked_from(ELSEWHERE) as browser:
        for _ in range(REFUSALS + 10):
            await browser.request(method, path, content=body)
    assert len(await house.audited()) == before + REFUSALS


async def test_a_long_request_is_cut_in_the_audit_log(house: House) -> None:
    async with house.asked_from(ELSEWHERE) as browser:
        assert (await browser.post("/api/v1/" + "x" * 10_000)).status_code == 401
    assert len((await house.audited())[-1].what) < 250


async def test_a_password_in_the_place_of_the_name_is_not_noted(house: House) -> None:
    async with house.asked_from(ELSEWHERE) as browser:
        for name in ("ada", PASSWORD):
            await browser.post("/api/v1/session", json={"name": name, "password": "wrong horse"})
    assert [row.target for row in (await house.audited())[-2:]] == ["ada", ""]
    assert PASSWORD not in str(await house.audited())


async def test_too_much_is_refused_before_it_is_read(house: House) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 4096
            yield b"x" * 4096

    async with house.asked_from(ELSEWHERE) as browser:
        answer = await browser.post("/api/v1/session", content=b"x" * (OF_STRANGERS + 1))
        assert answer.status_code == 413
        assert answer.json()["detail"] == "Send at most 16 KiB."
        answer = await browser.post("/api/v1/session", content=endless())
        assert answer.status_code == 413
        assert read <= OF_STRANGERS + 2 * 4096
    assert house.gate.stats.refusals["large"] == 1
    async with house.logged_in("technician") as browser:
        plan = {"text": "#" * (OF_STRANGERS * 2)}
        assert (await browser.post("/api/v1/configuration/plan", json=plan)).status_code != 413
        headers = {"Content-Length": str(OF_CALLERS + 1)}
        assert (
            await browser.post("/api/v1/configuration/plan", content=b"", headers=headers)
        ).status_code == 413


@pytest.mark.parametrize("host", [HOST, "http://board-1:8080"])
async def test_through_a_proxy_on_the_board_nobody_sits_at_the_board(unclaimed: House, host: str) -> None:
    async with unclaimed.asked_from(HERE) as browser:
        assert (await browser.get("/api/v1/status")).status_code == 200
        browser.headers["Host"] = host.removeprefix("http://")
        assert (await browser.get("/api/v1/status")).status_code == 403
    mapped = httpx.ASGITransport(unclaimed.app, client=(f"::ffff:{HERE}", 1))
    async with httpx.AsyncClient(transport=mapped, base_url=HOST_HERE) as browser:
        assert (await browser.get("/api/v1/status")).status_code == 200


async def test_cookies_of_other_programs_on_the_board_log_nobody_out(house: House) -> None:
    async with house.logged_in("viewer") as browser:
        secret = browser.cookies["edged_session"]
        browser.cookies.clear()
        for others in ('theme={"dark": true}; ', "a=b=c; =x; ;", 'q="; '):
            browser.headers["Cookie"] = f"{others}edged_session={secret}"
            assert (await browser.get("/api/v1/status")).status_code == 200, others


async def test_who_is_not_known_is_told_how_programs_are(house: House) -> None:
    async with house.asked_from(ELSEWHERE) as browser:
        answer = await browser.get("/api/v1/status")
    assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("text", ["\ud800", "\x00", "\U0001f40e" * 10, "a" * 256])
async def test_any_text_is_a_wrong_password(house: House, text: str) -> None:
    async with house.asked_from(ELSEWHERE) as browser:
        for body in ({"name": "ada", "password": text}, {"name": text[:64], "password": PASSWORD}):
            answer = await browser.post(
                "/api/v1/session", content=json.dumps(body), headers={"Content-Type": "application/json"}
            )
            assert answer.status_code in {401, 422}
