"""GET /api/v1/logs."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import jsonschema
import pytest

from edged.messages import NODE_READY, SOURCE_FAILED, SOURCE_LOST
from edged.ops.log_ring import KEPT, LogRing
from edged.web.app import create_app
from tests.rigs.log import record_of
from tests.web import documents
from tests.web.fake_view import FakeView


@pytest.fixture
def ring() -> LogRing:
    ring = LogRing()
    ring.handle(record_of(NODE_READY, node="studio/node-1", status="well"))
    for number in range(3):
        ring.handle(record_of(SOURCE_LOST, source="strap-1", reason=f"reason {number}"))
    ring.handle(record_of(SOURCE_FAILED, source="strap-2", reason="no driver"))
    return ring


@pytest.fixture
async def client(ring: LogRing) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(FakeView(documents.status()), recent=ring)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost") as client:
        yield client


async def page(client: httpx.AsyncClient, query: str = "") -> dict[str, Any]:
    answer = await client.get(f"/api/v1/logs{query}")
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def ids(told: dict[str, Any]) -> list[int]:
    return [record["id"] for record in told["records"]]


async def test_all_of_it(client: httpx.AsyncClient, ring: LogRing) -> None:
    told = await page(client)
    assert (told["run"], told["after"], ids(told)) == (ring.run, 5, [1, 2, 3, 4, 5])
    last = told["records"][-1]
    assert last.pop("at").endswith("Z")
    assert last == {
        "id": 5,
        "level": "error",
        "text": "source strap-2: no driver",
        "name": "source_failed",
        "message_id": SOURCE_FAILED.id,
        "logger": "edged.tests",
        "fields": {"source": "strap-2", "reason": "no driver"},
        "when": SOURCE_FAILED.when,
        "mend": SOURCE_FAILED.mend,
    }


async def test_what_a_library_says_has_no_mend(client: httpx.AsyncClient, ring: LogRing) -> None:
    ring.handle(record_of("a library's"))
    last = (await page(client))["records"][-1]
    assert (last["name"], last["when"], last["mend"]) == ("", "", "")


@pytest.mark.parametrize(
    ("query", "found", "after"),
    [
        ("?level=warning", [2, 3, 4, 5], 5),
        ("?level=critical", [], 5),
        ("?source=strap-1", [2, 3, 4], 5),
        ("?source=strap-1&limit=2", [3, 4], 5),
        ("?after=3", [4, 5], 5),
        ("?after=0&limit=2", [1, 2], 2),
        ("?after=5", [], 5),
        ("?after=99", [], 5),
        ("?level=error&source=strap-2&after=1&limit=10", [5], 5),
    ],
)
async def test_some_of_it(client: httpx.AsyncClient, query: str, found: list[int], after: int) -> None:
    told = await page(client, query)
    assert (ids(told), told["after"]) == (found, after)


async def test_asking_on_misses_nothing_and_tells_nothing_twice(
    client: httpx.AsyncClient, ring: LogRing
) -> None:
    seen, after = list[int](), 0
    for _ in range(4):
        told = await page(client, f"?after={after}&limit=2")
        seen += ids(told)
        after = told["after"]
    ring.handle(record_of("a library's"))
    assert seen == [1, 2, 3, 4, 5]
    assert ids(await page(client, f"?after={after}")) == [6]


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("?level=debug", "query.level"),
        ("?level=loud", "query.level"),
        ("?source=Strap 1", "query.source"),
        ("?after=-1", "query.after"),
        ("?after=now", "query.after"),
        ("?limit=0", "query.limit"),
        (f"?limit={KEPT + 1}", "query.limit"),
    ],
)
async def test_a_wrong_question_is_a_problem_document(
    client: httpx.AsyncClient, query: str, where: str
) -> None:
    answer = await client.get(f"/api/v1/logs{query}")
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"].startswith(where)


async def test_it_is_what_openapi_says(client: httpx.AsyncClient) -> None:
    description = (await client.get("/api/v1/openapi.json")).json()
    operation = description["paths"]["/api/v1/logs"]["get"]
    assert [each["name"] for each in operation["parameters"]] == ["level", "source", "after", "limit"]
    assert all(each["description"] for each in operation["parameters"])
    schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
    jsonschema.validate(
        await page(client),
        schema | {"components": description["components"]},
        cls=jsonschema.Draft202012Validator,
    )
