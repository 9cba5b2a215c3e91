"""The way in and out, as a browser and a program go it."""

from typing import Any

import httpx
import pytest

from edged.access.gate import Locked
from edged.web.app import create_app
from tests.web import documents
from tests.web.auth.house import ELSEWHERE, HERE, HOST, PASSWORD, House
from tests.web.fake_view import FakeView


async def test_a_claim_and_everything_is_open_to_who_claimed(unclaimed: House) -> None:
    async with unclaimed.asked_from(ELSEWHERE) as browser:
        body = {"code": unclaimed.gate.claim_code(), "name": "ada", "password": PASSWORD}
        wrong = await browser.post("/api/v1/claim", json=body | {"code": "AAAA-AAAA"})
        assert wrong.status_code == 422
        assert wrong.json()["errors"][0]["pointer"] == "/code"
        weak = await browser.post("/api/v1/claim", json=body | {"password": "short"})
        assert weak.status_code == 422
        assert [each["pointer"] for each in weak.json()["errors"]] == ["/password"]
        done = await browser.post("/api/v1/claim", json=body)
        assert done.status_code == 201
        assert done.json()["user"] == {
            "name": "ada",
            "role": "admin",
            "permissions": ["see", "assign", "configure", "administer"],
        }
        cookie = done.headers["set-cookie"]
        assert {"HttpOnly", "SameSite=strict", "Path=/"} <= set(cookie.split("; "))
        assert "Secure" not in cookie, "the page is asked without TLS"
        assert "Expires" not in cookie
        assert (await browser.get("/api/v1/status")).status_code == 200
        assert (
            await browser.post("/api/v1/claim", json=body, headers={"X-Edged-CSRF": done.json()["csrf"]})
        ).status_code == 409
    async with unclaimed.asked_from(HERE) as browser:
        assert (await browser.get("/api/v1/status")).status_code == 401, (
            "the board itself logs in from then on"
        )
    whos = [(row.who, row.what, row.outcome) for row in await unclaimed.audited()]
    assert whos == [
        ("anybody", "POST /api/v1/claim", "failed 422"),
        ("anybody", "POST /api/v1/claim", "failed 422"),
        ("ada", "POST /api/v1/claim", "done 201"),
        ("ada", "POST /api/v1/claim", "failed 409"),
    ]


async def test_log_in_and_out(house: House) -> None:
    async with house.asked_from(ELSEWHERE) as browser:
        body = {"name": "ada", "password": PASSWORD}
        told = []
        for wrong in (body | {"name": "nobody"}, body | {"password": "wrong horse"}):
            answer = await browser.post("/api/v1/session", json=wrong)
            assert answer.status_code == 401
            told.append(answer.text)
        assert told[0] == told[1], "nobody learns which names there are"
        done = await browser.post("/api/v1/session", json=body)
        csrf = {"X-Edged-CSRF": done.json()["csrf"]}
        again = (await browser.get("/api/v1/session")).json()
        assert again == done.json(), "a page that is loaded anew goes on"
        assert (await browser.delete("/api/v1/session", headers=csrf)).status_code == 204
        assert "edged_session" not in browser.cookies
        assert (await browser.get("/api/v1/status")).status_code == 401


async def test_a_session_that_is_ended_as_it_begins_is_told_so(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in = house.gate.log_in

    async def and_out(name: str, password: str, address: str) -> str:
        secret = await log_in(name, password, address)
        await house.gate.end_sessions(name)  # an admin, in this moment
        return secret

    monkeypatch.setattr(house.gate, "log_in", and_out)
    async with house.asked_from(ELSEWHERE) as browser:
        answer = await browser.post("/api/v1/session", json={"name": "ada", "password": PASSWORD})
        assert (answer.status_code, answer.json()["detail"]) == (
            409,
            "Your session was ended as it began. Log in again.",
        )
        assert "edged_session" not in browser.cookies


async def test_who_guesses_is_told_to_wait(house: House) -> None:
    async with house.asked_from(ELSEWHERE) as browser:
        for _ in range(5):
            await browser.post("/api/v1/session", json={"name": "ada", "password": "wrong horse"})
        answer = await browser.post("/api/v1/session", json={"name": "ada", "password": PASSWORD})
        assert answer.status_code == 429
        assert answer.headers["Retry-After"] == "1"
        assert "Wait 1 s" in answer.json()["detail"]


async def test_log_out_everywhere_and_by_an_admin(house: House) -> None:
    async with house.logged_in("operator") as phone, house.logged_in("operator") as desk:
        assert (await phone.delete("/api/v1/sessions")).status_code == 204
        assert (await desk.get("/api/v1/status")).status_code == 401
    async with house.logged_in("operator") as phone, house.logged_in("ada") as admin:
        told = {each["name"]: each["sessions"] for each in (await admin.get("/api/v1/accounts")).json()}
        assert told["operator"] == 1
        assert (await admin.delete("/api/v1/accounts/operator/sessions")).status_code == 204
        assert (await phone.get("/api/v1/status")).status_code == 401


async def test_the_audit_log_says_what_became_of_accounts(house: House) -> None:
    async with house.logged_in("ada") as admin:
        made = await admin.post(
            "/api/v1/accounts", json={"name": "grace", "role": "operator", "password": "battery staple"}
        )
        assert made.status_code == 201
        assert (await admin.patch("/api/v1/accounts/grace", json={"role": "viewer"})).json()[
            "role"
        ] == "viewer"
        assert (await admin.delete("/api/v1/accounts/ada")).status_code == 409
        assert (await admin.delete("/api/v1/accounts/grace")).status_code == 204
        assert (await admin.delete("/api/v1/accounts/grace")).status_code == 404
        page = (await admin.get("/api/v1/audit", params={"what": "accounts", "limit": 2})).json()
        assert page["older"]
        lines = (await admin.get("/api/v1/audit/file")).text.splitlines()
        assert len(lines) == len(await house.audited())
    rows = [row for row in await house.audited() if "accounts" in row.what]
    assert [(row.target, row.before, row.after, row.outcome) for row in rows] == [
        ("grace", "", "role operator", "done 201"),
        ("grace", "role operator", "role viewer", "done 200"),
        ("ada", "role admin", "", "failed 409"),
        ("grace", "role viewer", "", "done 204"),
        ("grace", "", "", "failed 404"),
    ]
    assert all(row.who == "ada" and row.role == "admin" and row.address == ELSEWHERE for row in rows)


async def test_a_program_comes_in_by_its_token(house: House) -> None:
    async with house.logged_in("technician") as browser:
        above = await browser.post("/api/v1/tokens", json={"name": "x", "scope": "admin", "days": 1})
        assert above.status_code == 422
        assert above.json()["errors"][0]["pointer"] == "/scope"
        made = (
            await browser.post("/api/v1/tokens", json={"name": "grafana", "scope": "viewer", "days": 1})
        ).json()
        (listed,) = (await browser.get("/api/v1/tokens")).json()
        assert "secret" not in listed
    program = {"Authorization": f"Bearer {made['secret']}"}
    async with house.asked_from(ELSEWHERE) as client:
        del client.headers["Origin"]
        assert (await client.get("/metrics", headers=program)).status_code == 200
        refused = await client.patch("/api/v1/configuration", headers=program, json={})
        assert refused.status_code == 403
        assert (
            await client.post(
                "/api/v1/tokens", headers=program, json={"name": "y", "scope": "viewer", "days": 1}
            )
        ).status_code == 409
        for wrong in ("Bearer x", "Bearer", "Basic YTpi", made["secret"]):
            assert (await client.get("/metrics", headers={"Authorization": wrong})).status_code == 401
    async with house.logged_in("viewer") as other:
        assert (await other.get("/api/v1/tokens")).json() == []
        assert (await other.delete(f"/api/v1/tokens/{made['id']}")).status_code == 404
    async with house.logged_in("ada") as admin:
        assert (await admin.delete(f"/api/v1/tokens/{made['id']}")).status_code == 204
    async with house.asked_from(ELSEWHERE) as client:
        assert (await client.get("/metrics", headers=program)).status_code == 401


async def test_another_password(house: House) -> None:
    async with house.logged_in("viewer") as browser:
        wrong = await browser.put(
            "/api/v1/session/password", json={"old": "nonsense", "new": "battery staple"}
        )
        assert wrong.status_code == 422
        assert wrong.json()["errors"][0]["pointer"] == "/old"
        weak = await browser.put("/api/v1/session/password", json={"old": PASSWORD, "new": "short"})
        assert weak.status_code == 422
        assert weak.json()["errors"][0]["pointer"] == "/new"
        body = {"old": PASSWORD, "new": "battery staple"}
        assert (await browser.put("/api/v1/session/password", json=body)).status_code == 204
        assert (await browser.get("/api/v1/status")).status_code == 200


async def test_the_boards_own_socket_needs_no_account(house: House, unclaimed: House) -> None:
    async with over_socket(unclaimed) as local:
        assert (await local.get("/api/v1/claim")).json() == {"code": ""}
        assert (await local.get("/api/v1/status")).status_code == 200
        made = await local.post(
            "/api/v1/accounts", json={"name": "eve", "role": "viewer", "password": PASSWORD}
        )
        assert made.status_code == 201
        assert (
            await local.put("/api/v1/session/password", json={"old": PASSWORD, "new": PASSWORD})
        ).status_code == 409
    assert [row.who for row in (await house.audited())[-2:]] == ["local", "local"]


async def test_a_gate_that_cannot_be_opened_lets_in_over_the_socket_only() -> None:
    app = create_app(FakeView(documents.status()), gate=Locked("The file is damaged."))
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app, client=(HERE, 1)), base_url=HOST
    ) as browser:
        assert (await browser.get("/api/v1/status")).json()["detail"] == "The file is damaged."
        assert (await browser.post("/api/v1/session", json={"name": "a", "password": "b"})).status_code == 503
        told = (await browser.get("/api/v1/session")).json()
        assert told == {"claimed": True, "claimable": False, "user": None, "csrf": ""}


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_with_tls_the_cookie_goes_by_tls_only(house: House, scheme: str) -> None:
    transport = httpx.ASGITransport(house.app, client=(ELSEWHERE, 1))
    async with httpx.AsyncClient(transport=transport, base_url=f"{scheme}://10.0.0.1") as browser:
        answer = await browser.post("/api/v1/session", json={"name": "ada", "password": PASSWORD})
    assert ("Secure" in answer.headers["set-cookie"]) == (scheme == "https")


def over_socket(house: House) -> httpx.AsyncClient:
    """Return a command on the board: it comes by a path, and not by host and port."""

    class Socket(httpx.ASGITransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            async def app(scope: Any, receive: Any, send: Any) -> None:
                scope |= {"server": ("/run/edged/edged.sock", None), "client": None}
                await house.app(scope, receive, send)

            return await httpx.ASGITransport(app).handle_async_request(request)

    return httpx.AsyncClient(transport=Socket(house.app), base_url="http://localhost")
