"""Secrets go in and never out: one test a secret, over all that is answered, logged, exported or refused."""

import io
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from edged.web.app import create_app
from tests.rigs.service import serviced
from tests.web import documents
from tests.web.auth.house import PASSWORD, routes
from tests.web.fake_view import FakeView
from tests.web.test_configuration import TEXT

SECRETS = (
    "broker password",
    "password",
    "wrong password",
    "code",
    "session",
    "forgery token",
    "token",
    "hash",
)


@dataclass(slots=True)
class Told:
    """Everything that a board has told in the course of a day.

    Attributes:
        secrets: by what they are.
        texts: each answer with its head, and the log.
    """

    secrets: dict[str, str] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)

    def keep(self, answer: httpx.Response) -> httpx.Response:
        """Keep an answer, and what was asked for."""
        head = "\n".join(f"{name}: {value}" for name, value in answer.headers.items())
        self.texts.append(f"{answer.request.method} {answer.request.url}\n{head}\n{answer.text}")
        return answer


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("told")
    told = Told({"broker password": "s3cret-word", "password": PASSWORD, "wrong password": "wr0ng-horse-xyz"})
    text = TEXT.replace("port = 0", f'port = 0\nsocket = "{folder}/edged.sock"')
    with ExitStack() as hearing:
        async with serviced(folder, text) as stage:
            await come_in(told, stage.http, folder)
            log = hearing.enter_context(logged())  # before, the code was in it for as long as it held
            await spend_a_day(told, stage.http)
    with sqlite3.connect(folder / "access.db") as db:
        (told.secrets["hash"],) = db.execute("SELECT password FROM account").fetchone()
    db.close()
    told.texts.append(log.getvalue())
    assert "has stopped" in told.texts[-1], "the log was heard to its end"
    return told


@contextmanager
def logged() -> Iterator[io.StringIO]:
    """Hear everything that is logged; one's ``caplog`` is of one test only."""
    log, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(log)
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield log
    finally:
        root.removeHandler(handler)


async def come_in(told: Told, page: httpx.AsyncClient, folder: Path) -> None:
    """Claim the board; what only these answers may tell is not kept."""
    transport = httpx.AsyncHTTPTransport(uds=str(folder / "edged.sock"))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as local:
        told.secrets["code"] = (await local.get("/api/v1/claim")).json()["code"]
    claim = {"code": told.secrets["code"], "name": "ada", "password": PASSWORD}
    csrf = (await page.post("/api/v1/claim", json=claim)).json()["csrf"]
    page.headers["X-Edged-CSRF"] = csrf
    told.secrets |= {"session": page.cookies["edged_session"], "forgery token": csrf}
    body = {"name": "deploy", "scope": "admin", "days": 30}
    told.secrets["token"] = (await page.post("/api/v1/tokens", json=body)).json()["secret"]


async def spend_a_day(told: Told, page: httpx.AsyncClient) -> None:
    """Ask for everything, get much of it wrong, and change what can be changed."""
    secrets = told.secrets
    told.keep(
        await page.post("/api/v1/claim", json={"code": secrets["code"], "name": "eve", "password": PASSWORD})
    )
    wrong = {"name": "ada", "password": secrets["wrong password"]}
    told.keep(await page.post("/api/v1/session", json=wrong))
    told.keep(await page.post("/api/v1/session", json=wrong | {"more": PASSWORD}))
    told.keep(await page.post("/api/v1/session", json={"name": [PASSWORD], "password": {"a": PASSWORD}}))
    told.keep(await page.post("/api/v1/session", content=f'{{"password": "{PASSWORD}'.encode()))
    told.keep(await page.put("/api/v1/session/password", json={"old": wrong["password"], "new": PASSWORD}))
    account = {"name": "grace", "role": "viewer", "password": PASSWORD}
    told.keep(await page.post("/api/v1/accounts", json=account))
    told.keep(await page.post("/api/v1/accounts", json=account))
    told.keep(await page.post("/api/v1/accounts", json=account | {"role": PASSWORD, "name": PASSWORD}))
    told.keep(await page.patch("/api/v1/accounts/grace", json={"password": PASSWORD}))
    etag = (await page.get("/api/v1/configuration")).json()["etag"]
    edit = {
        "edits": [{"op": "set", "path": ["uplink", "password"], "value": secrets["broker password"] + "2"}]
    }
    told.keep(
        await page.put("/api/v1/configuration", json={"text": "password = ["}, headers={"If-Match": etag})
    )
    told.keep(await page.post("/api/v1/configuration/plan", json=edit))
    told.keep(await page.patch("/api/v1/configuration", json=edit, headers={"If-Match": etag}))
    text = (await page.get("/api/v1/configuration/file")).text
    told.keep(await page.post("/api/v1/configuration/plan", json={"text": text.replace("(kept)", PASSWORD)}))
    for method, path, _ in routes(create_app(FakeView(documents.status()))):
        if method == "GET" and path not in {"/api/v1/session", "/api/v1/live", "/api/v1/health"}:
            told.keep(await page.get(path))
    bearer = {"Authorization": f"Bearer {secrets['token']}"}
    told.keep(await page.get("/api/v1/status", headers=bearer))
    told.keep(await page.delete("/api/v1/accounts/ada", headers=bearer))
    told.keep(await page.get("/api/v1/status", headers={"Authorization": f"Bearer {secrets['token']}x"}))
    told.keep(await page.get("/api/v1/audit/file"))


@pytest.mark.parametrize("secret", SECRETS)
def test_it_is_never_told(told: Told, secret: str) -> None:
    assert set(told.secrets) == set(SECRETS)
    assert len(told.texts) > 30
    found = [text for text in told.texts if told.secrets[secret] in text]
    assert not found, found[0]
    plain = told.secrets[secret].replace("-", "")
    assert not [text for text in told.texts if plain in text]
