"""The doctor over HTTP."""

import asyncio
from pathlib import Path

import httpx
import jsonschema

from edged.ops.doctor.checkup import CHECKS
from tests.rigs.bench_node import BenchNode
from tests.web import documents
from tests.web.fake_view import FakeView
from tests.web.patients import BROKEN, FakeDoctor
from tests.web.site import Site, serving


async def test_what_is_found_is_told_as_the_description_says() -> None:
    doctor = FakeDoctor(*BROKEN)
    async with (
        serving(FakeView(documents.status()), doctor=doctor.latest) as site,
        httpx.AsyncClient(base_url=site.url, trust_env=False) as client,
    ):
        answer = await client.get("/api/v1/health")
        description = (await client.get("/api/v1/openapi.json")).json()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    report = answer.json()
    assert (report["v"], report["level"], report["utc"]) == (1, "problem", "2025-11-21T14:03:22.000000Z")
    assert report["findings"][2] == {
        "check": "storage",
        "title": "Disk",
        "level": "warning",
        "words": {
            "word": "Warning",
            "icon": "wave",
            "sentence": "The journal may grow to 512 MB, for which 123 MB are missing. "
            "Make room, or lower journal.max_size_mb to 389.",
        },
        "what": "the journal may grow to 512 MB, for which 123 MB are missing",
        "where": "/var/lib/edged",
        "mend": "Make room, or lower journal.max_size_mb to 389.",
        "facts": {
            "device": "mmcblk0p2",
            "free_mb": 439,
            "size_mb": 30_987,
            "free_inodes": 1_923_456,
            "errors": 0,
        },
    }
    schema = description["paths"]["/api/v1/health"]["get"]["responses"]["200"]["content"]["application/json"]
    jsonschema.validate(report, schema["schema"] | {"components": description["components"]})


async def test_many_pages_one_look_and_the_loop_goes_on() -> None:
    doctor = FakeDoctor(*BROKEN)
    doctor.may_go_on.clear()
    async with (
        serving(FakeView(documents.status()), doctor=doctor.latest) as site,
        httpx.AsyncClient(base_url=site.url, trust_env=False) as client,
    ):
        asking = [asyncio.create_task(client.get("/api/v1/health")) for _ in range(5)]
        while not doctor.asked:
            await asyncio.sleep(0.01)
        assert (await client.get("/healthz")).status_code == 200, "while it is looked"
        doctor.may_go_on.set()
        reports = [(await each).json() for each in asking]
        assert doctor.asked == 1
        assert all(each == reports[0] for each in reports)
        doctor.later()
        await client.get("/api/v1/health")
    assert doctor.asked == 2


async def test_a_page_that_cannot_look(site: Site) -> None:
    async with httpx.AsyncClient(base_url=site.url, trust_env=False) as client:
        answer = await client.get("/api/v1/health")
    assert answer.status_code == 503
    assert answer.json()["detail"] == "This page cannot look. Run: edged doctor -c FILE"


async def test_a_node_that_runs_looks_itself_over(tmp_path: Path) -> None:
    async with (
        BenchNode(tmp_path) as bench,
        httpx.AsyncClient(base_url=bench.url, trust_env=False, timeout=30) as client,
    ):
        report = (await client.get("/api/v1/health")).json()
    told = {each["check"]: each for each in report["findings"]}
    assert told.keys() == set(CHECKS)
    assert told["configuration"]["what"] == "this node was not started from a file"
    assert told["permissions"]["level"] == "ok"
    assert all(each["title"] != "Page" for each in report["findings"]), "it is the page itself"
