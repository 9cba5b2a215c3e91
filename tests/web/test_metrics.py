"""``GET /metrics``: what the view read, written beside the event loop."""

import asyncio
import threading
from typing import Any

import httpx
import pytest

from edged.ops.metric import Family, Metric
from edged.web import metrics
from tests.web.site import Site

PACKETS = Metric("edged_packets_total", "counter", "Packets.", ("source",))


@pytest.fixture
def families(site: Site) -> list[Family]:
    site.view.families = [Family(PACKETS, ((("strap-1",), 7),))]
    return site.view.families


@pytest.mark.usefixtures("families")
async def test_prometheus_text_is_the_default(client: httpx.AsyncClient) -> None:
    answer = await client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text.splitlines()[-1] == 'edged_packets_total{source="strap-1"} 7.0'


@pytest.mark.usefixtures("families")
async def test_openmetrics_is_given_where_it_is_asked_for(client: httpx.AsyncClient) -> None:
    accept = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5"
    answer = await client.get("/metrics", headers={"accept": accept})
    assert answer.headers["content-type"].startswith("application/openmetrics-text; version=1.0.0")
    assert answer.text.endswith('edged_packets_total{source="strap-1"} 7.0\n# EOF\n')


async def test_it_is_described_as_text(client: httpx.AsyncClient) -> None:
    description = (await client.get("/api/v1/openapi.json")).json()["paths"]["/metrics"]["get"]
    assert set(description["responses"]["200"]["content"]) == {"text/plain"}


async def test_strangers_are_not_answered(client: httpx.AsyncClient) -> None:
    answer = await client.get("/metrics", headers={"host": "evil.example"})
    assert answer.status_code == 403


async def test_answers_are_counted_by_status(client: httpx.AsyncClient, site: Site) -> None:
    for path in ("/healthz", "/metrics", "/api/v1/nothing"):
        await client.get(path)
    await client.get("/healthz", headers={"host": "evil.example"})
    assert site.view.web_stats.responses == {200: 2, 404: 1, 403: 1}


async def test_it_is_written_in_another_thread(
    client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writing takes milliseconds, for which the loop has a use: it turns until the text is there."""
    turned, written_by = threading.Event(), list[threading.Thread]()
    write = metrics._expose

    def write_once_the_loop_has_turned(*arguments: Any) -> tuple[bytes, str]:
        written_by.append(threading.current_thread())
        assert turned.wait(5), "the loop stands still"
        return write(*arguments)

    monkeypatch.setattr(metrics, "_expose", write_once_the_loop_has_turned)
    asking = asyncio.create_task(client.get("/metrics"))
    while not written_by:
        await asyncio.sleep(0)
    turned.set()
    assert (await asking).status_code == 200
    assert written_by != [threading.main_thread()]
