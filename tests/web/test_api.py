import re
from typing import Final

import httpx
import jsonschema
import pytest

from edged.ops.status import LiveUpdate, Status, Words
from edged.web.app import create_app
from tests.web import documents
from tests.web.fake_view import FakeView
from tests.web.site import Site, serving

DESK: Final = ("delivery", "delivery/test", "network", "bundle")
SIGNALS: Final = ("streams", "preview", "traces")
PLAIN: Final = ("status", "live", "health", "logs", "scan")
OF_SOURCE: Final = tuple(f"sources/{{name}}/{what}" for what in ("history", "packets", "identify", "assign"))
ACCESS: Final = (
    "session",
    "session/password",
    "sessions",
    "claim",
    "accounts",
    "accounts/{name}",
    "accounts/{name}/sessions",
    "tokens",
    "tokens/{number}",
    "audit",
    "audit/file",
)


async def test_status_is_the_whole_document(client: httpx.AsyncClient, site: Site) -> None:
    answer = await client.get("/api/v1/status")

    assert answer.status_code == 200
    assert Status.model_validate_json(answer.text) == site.view.document
    assert answer.headers["cache-control"] == "no-store"


async def test_status_is_what_openapi_says(client: httpx.AsyncClient) -> None:
    description = (await client.get("/api/v1/openapi.json")).json()
    schema = description["paths"]["/api/v1/status"]["get"]["responses"]["200"]["content"]["application/json"]
    answer = await client.get("/api/v1/status")

    jsonschema.validate(
        answer.json(),
        {**schema["schema"], "components": description["components"]},
        cls=jsonschema.Draft202012Validator,
    )
    bad = answer.json() | {"subjects": [{"name": "ada"}]}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(bad, {**schema["schema"], "components": description["components"]})


async def test_openapi_names_every_model_and_every_answer(client: httpx.AsyncClient) -> None:
    description = (await client.get("/api/v1/openapi.json")).json()

    schemas = description["components"]["schemas"]
    assert {"Status", "LiveUpdate", "Liveness", "Readiness", "Problem", "Words"} <= set(schemas)
    assert schemas["LiveUpdate"]["properties"]["status"] == {"$ref": "#/components/schemas/Status"}
    others = {path for path in description["paths"] if not path.startswith("/api/v1/configuration")}
    named = {f"/api/v1/{name}" for name in (*PLAIN, *OF_SOURCE, *DESK, *SIGNALS, *ACCESS)}
    assert others == {*named, "/healthz", "/readyz", "/metrics"}
    assert set(description["paths"]["/readyz"]["get"]["responses"]) == {"200", "503", "default"}
    assert (await client.get("/api/v1/openapi.json")).json() == description
    references = set(re.findall(r'"#/components/schemas/(\w+)"', httpx.Response(200, json=description).text))
    assert references <= set(schemas)


async def test_nothing_of_swagger_is_served(client: httpx.AsyncClient) -> None:
    assert (await client.get("/docs")).status_code == 404
    assert (await client.get("/redoc")).status_code == 404


async def test_health(client: httpx.AsyncClient) -> None:
    answer = await client.get("/healthz")

    assert answer.status_code == 200
    assert answer.json() == {"alive": True}


async def test_ready_while_the_journal_is(client: httpx.AsyncClient, site: Site) -> None:
    answer = await client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {
        "ready": True,
        "journal": "ready",
        "words": {"word": "Ready", "icon": "dot", "sentence": ""},
    }

    words = Words(word="Failing", icon="cross", sentence="The disk is full: make room.")
    site.view.show(documents.status(journal=documents.journal(state="failing", words=words)))
    answer = await client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["ready"] is False
    assert answer.json()["words"]["sentence"] == "The disk is full: make room."


async def test_a_wrong_address_is_a_problem_document(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/nothing")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {"title": "Not Found", "status": 404, "detail": "Nothing matches the given URI"}


async def test_a_wrong_method_is_a_problem_document(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/v1/status")

    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET"
    assert answer.json()["title"] == "Method Not Allowed"


async def test_a_defect_is_a_problem_document_without_its_innards(
    caplog: pytest.LogCaptureFixture,
) -> None:
    class Broken(FakeView):
        def status(self) -> Status:
            raise ZeroDivisionError("secret")

    async with serving(Broken(documents.status())) as site, httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{site.url}/api/v1/status")

    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text
    assert "secret" in caplog.text


async def test_wrong_input_is_a_problem_document() -> None:
    app = create_app(FakeView(documents.status()))

    async def double(number: int) -> int:
        return 2 * number

    app.add_api_route("/double", double)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        answer = await client.get("/double?number=two")

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].startswith("query.number: Input should be a valid integer")


async def test_live_without_websocket_says_what_it_is(client: httpx.AsyncClient) -> None:
    answer = await client.get("/api/v1/live")

    assert answer.status_code == 426
    assert answer.headers["upgrade"] == "websocket"


def test_live_update_refuses_what_is_no_reading() -> None:
    with pytest.raises(ValueError, match="readings"):
        LiveUpdate.model_validate({"status": documents.status(), "readings": {"ada": [[1]]}})
