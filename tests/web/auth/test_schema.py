"""The API against its own description: whatever is sent, the answer is one that it names, and no 5xx."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.rigs.mosquitto import Mosquitto
from tests.rigs.service import Stage, flowing, serviced
from tests.web.auth.house import PASSWORD
from tests.web.test_configuration import TEXT

EXAMPLES: Final = 8
CHECKS: Final = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
)
SLOW: Final = ("/api/v1/health", "/api/v1/live")
"""Have tests of their own: the doctor takes seconds, and a feed never ends."""
SPARED: Final = 30
"""So many tokens are there to be revoked before the one that is used."""


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    text = TEXT.replace("port = 0", f'port = 0\nsocket = "{tmp_path}/edged.sock"')
    async with Mosquitto(tmp_path) as broker:
        text = text.replace("mqtt://127.0.0.1:1", broker.url)
        async with serviced(tmp_path, text) as stage, flowing(stage):
            while (await stage.status())["broker"]["state"] != "connected":
                await asyncio.sleep(0.05)
            yield stage


async def token_of_an_admin(stage: Stage) -> str:
    """Claim the board; return a token that may do everything."""
    transport = httpx.AsyncHTTPTransport(uds=str(stage.file.with_name("edged.sock")))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as local:
        code = (await local.get("/api/v1/claim")).json()["code"]
    claim = {"code": code, "name": "ada", "password": PASSWORD}
    told = (await stage.http.post("/api/v1/claim", json=claim)).json()
    body = {"name": "sweep", "scope": "admin", "days": 300}
    for _ in range(SPARED):
        made = await stage.http.post("/api/v1/tokens", json=body, headers={"X-Edged-CSRF": told["csrf"]})
    secret: str = made.json()["secret"]
    return secret


def sweep(url: str, document: dict[str, Any], headers: dict[str, str]) -> set[int]:
    """Send every operation what the description allows, and what it does not; return how it was answered."""
    schema = schemathesis.openapi.from_dict(document).exclude(path=list(SLOW))
    answered: set[int] = set()

    def send(case: schemathesis.Case[Any]) -> None:
        response = case.call(base_url=url, headers=headers)
        case.validate_response(response, checks=list(CHECKS))
        answered.add(response.status_code)

    calm = settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found.err()
        operation = found.ok()
        for mode in GenerationMode:
            with suppress(Unsatisfiable):  # what takes nothing can be sent nothing wrong
                calm(given(case=operation.as_strategy(generation_mode=mode))(send))()
    return answered


async def swept(stage: Stage, headers: dict[str, str]) -> set[int]:
    document = (await stage.http.get("/api/v1/openapi.json", headers=headers)).json()
    return await asyncio.to_thread(sweep, str(stage.http.base_url), document, headers)


async def test_an_admins_token(stage: Stage) -> None:
    answered = await swept(stage, {"Authorization": f"Bearer {await token_of_an_admin(stage)}"})
    assert {200, 404, 422} <= answered
    assert 201 in answered


async def test_without_credentials(stage: Stage) -> None:
    document = (await stage.http.get("/api/v1/openapi.json")).json()
    await token_of_an_admin(stage)
    stage.http.cookies.clear()
    answered = await asyncio.to_thread(sweep, str(stage.http.base_url), document, {})
    assert 401 in answered
    assert not answered & {201, 412}
