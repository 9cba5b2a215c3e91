"""Streams, and what chains would make of them, over the API: on a running service, and on given samples."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from edged.config.model import ChainConfig
from edged.model import Chunk, StreamInfo
from edged.ops.signals import Feed
from edged.signals.steps import STEPS, Bandpass, StepConfig
from edged.web.preview import MOST_STEPS
from edged.web.traces import LARGEST
from tests.rigs.service import Stage, serviced
from tests.web import documents
from tests.web.fake_view import FakeView
from tests.web.site import serving
from tests.web.tracks import ECG, HEADER, STRAP, acceleration, beats, ecg, feed

TEXT = """\
[node]
name = "board-1"

[journal]
path = "{folder}/edged.db"

[web]
port = 0

[[source]]
name = "strap-1"
link = "sim:resting?seed=1&device=h10"
decoder = "polar?streams=ecg"

[[source.chain]]
stream = "ecg"
steps = [{ step = "highpass", cutoff_hz = 0.5 }]

[[source]]
name = "strap-2"
link = "sim:stress?seed=2"
chain = [{ stream = "heart_rate", steps = [{ step = "median" }] }]
"""
BAND = {"step": "bandpass", "low_hz": 0.5, "high_hz": 40}


@asynccontextmanager
async def tried() -> AsyncIterator[httpx.AsyncClient]:
    """A node with streams of which the test has the samples."""
    view = FakeView(documents.status())
    chain = ChainConfig(stream="ecg", steps=(Bandpass(step="bandpass", low_hz=0.5, high_hz=40),))
    silent = feed("strap-2")
    view.feeds = [
        feed("strap-1", ecg(gap_at_s=27), beats(), acceleration(), chain=(chain,)),
        Feed(silent.config, (ECG,), silent.recent),
    ]
    async with serving(view) as site, httpx.AsyncClient(base_url=site.url, trust_env=False) as http:
        yield http


async def preview(http: httpx.AsyncClient, chain: list[dict[str, Any]], **changes: Any) -> httpx.Response:
    body = {"source": "strap-1", "stream": "ecg", "chain": chain, **changes}
    return await http.post("/api/v1/preview", json=body)


async def set_steps(stage: Stage, path: list[str], value: Any, op: str = "set") -> httpx.Response:
    etag = (await stage.configuration())["etag"]
    edits = [{"op": op, "path": path, "value": value}]
    return await stage.http.patch(
        "/api/v1/configuration", json={"edits": edits}, headers={"If-Match": f'"{etag}"'}
    )


async def holds(stage: Stage, source: int, quantity: str) -> dict[str, Any]:
    told = (await stage.http.get("/api/v1/streams")).json()["sources"][source]
    found: dict[str, Any] = next(each for each in told["streams"] if each["quantity"] == quantity)
    return found


async def test_a_chain_is_seen_tried_and_applied(tmp_path: Path) -> None:
    async with serviced(tmp_path, TEXT) as stage:
        await stage.pass_time(12)
        stream = await holds(stage, 0, "ecg")
        assert stream["rate_hz"] == 130
        assert stream["channels"] == [{"label": "value", "unit": "uV"}]
        assert stream["steps"] == [{"step": "highpass", "order": 2, "cutoff_hz": 0.5}]
        assert stream["is_configured"] is True
        assert 5 < stream["kept_s"] < stream["longest_s"] == 30
        beats = await holds(stage, 1, "rr_interval")
        assert [step["step"] for step in beats["steps"]] == ["rr_clean", "hrv"]
        assert beats["is_configured"] is False

        answer = await preview(stage.http, [BAND], seconds=5)
        assert answer.status_code == 200
        made = answer.json()
        assert made["before"]["samples"] == made["after"][0]["samples"]
        assert made["before"]["samples"] == pytest.approx(5 * 130, abs=3)
        assert made["before"]["t"][-1] == 0
        assert made["before"]["v"] != made["after"][0]["v"]
        assert made["cost_s"] > 0
        assert (await holds(stage, 0, "ecg"))["steps"][0]["step"] == "highpass", "nothing is changed"

        done = await set_steps(stage, ["source", "strap-1", "chain", "ecg", "steps"], [BAND])
        assert done.status_code == 200, done.text
        assert done.json()["restarts"] == done.json()["renews"] == []
        assert (await holds(stage, 0, "ecg"))["steps"] == [{"order": 2, **BAND}]
        await stage.pass_time(2)
        assert (await stage.status())["sources"][0]["state"] == "streaming"


async def test_a_chain_that_stands_nowhere_yet_is_added(tmp_path: Path) -> None:
    async with serviced(tmp_path, TEXT) as stage:
        await stage.pass_time(3)
        for name, op, quantity in (
            ("strap-1", "add", "rr_interval"),
            ("strap-2", "add", "rr_interval"),
            ("strap-2", "set", "heart_rate"),
        ):
            path = ["source", name, "chain"]
            steps = [{"step": "hampel", "window": 9}]
            if op == "set":
                done = await set_steps(stage, [*path, quantity, "steps"], steps)
            else:
                done = await set_steps(stage, path, {"stream": quantity, "steps": steps}, op)
            assert done.status_code == 200, done.text
            stream = await holds(stage, int(name[-1]) - 1, quantity)
            assert stream["steps"] == [{"step": "hampel", "window": 9, "n_sigma": 3}]
            assert stream["is_configured"] is True


async def test_what_does_not_fit_the_stream_is_refused_at_its_field(tmp_path: Path) -> None:
    async with serviced(tmp_path, TEXT) as stage:
        await stage.pass_time(3)
        steps = [{"step": "median"}, {"step": "lowpass", "cutoff_hz": 70}]
        refused = await set_steps(stage, ["source", "strap-1", "chain", "ecg", "steps"], steps)
        assert refused.status_code == 422
        (mistake,) = refused.json()["errors"]
        assert mistake["pointer"] == "/source/strap-1/chain/ecg/steps/1/cutoff_hz"
        assert "write less than 65" in mistake["detail"]
        assert (await holds(stage, 0, "ecg"))["steps"][0]["step"] == "highpass"


@pytest.mark.parametrize(
    ("chain", "pointer", "detail"),
    [
        ([{"step": "median"}, {**BAND, "high_hz": 65}], "/chain/1/high_hz", "write less than 65"),
        ([{"step": "notch", "harmonics": 2}], "/chain/0/harmonics", "write harmonics = 1"),
        ([{"step": "median", "window": 2}], "/chain/0/window", "Input should be greater than or equal to 3"),
        ([{"step": "median", "window": "x"}], "/chain/0/window", "valid integer"),
        ([{"step": "median", "window": 4}], "/chain/0", "Window must be odd; write 5"),
        ([{**BAND, "low_hz": 41}], "/chain/0", "low_hz must be below high_hz"),
        ([{"step": "lowpass"}], "/chain/0/cutoff_hz", "The key 'cutoff_hz' is missing"),
        ([{"step": "lowpas"}], "/chain/0", "Did you mean 'lowpass'?"),
        ([{"window": 5}], "/chain/0", "it names the step"),
        ([{"step": "median", "windoe": 5}], "/chain/0/windoe", "Did you mean 'window'?"),
        ([{"step": "hrv"}], "/chain/0", "put the step under the stream rr_interval"),
    ],
)
async def test_a_bad_chain(chain: list[dict[str, Any]], pointer: str, detail: str) -> None:
    async with tried() as http:
        refused = await preview(http, chain)
    assert refused.status_code == 422
    (mistake,) = refused.json()["errors"]
    assert mistake["pointer"] == pointer
    assert detail in mistake["detail"]


@pytest.mark.parametrize(
    ("changes", "status", "detail"),
    [
        ({"source": "strap-9"}, 404, "There is no source strap-9."),
        ({"stream": "ppg"}, 404, "There is no stream ppg of strap-1."),
        ({"channel": "w", "stream": "acceleration"}, 404, "it has x, y, z."),
        ({"source": "strap-2"}, 503, "Nothing has come of ecg of strap-2 yet."),
        ({"source": None, "trace": "1"}, 404, "Trace 1 is not kept any more; send it again."),
        ({"trace": "1"}, 422, "give a source or a trace"),
        ({"seconds": 301}, 422, "less than or equal to 300"),
        ({"seconds": 0}, 422, "greater than 0"),
        ({"chain": [{"step": "median"}] * (MOST_STEPS + 1)}, 422, "at most 32 items"),
        ({"colour": "red"}, 422, "Extra inputs"),
    ],
)
async def test_what_cannot_be_tried(changes: dict[str, Any], status: int, detail: str) -> None:
    async with tried() as http:
        refused = await preview(http, **{"chain": [], **changes})
    assert refused.status_code == status
    assert detail in refused.json()["detail"]
    assert refused.headers.get("Retry-After") == ("1" if status == 503 else None)


async def test_a_line_never_has_more_than_2000_points_and_no_number_that_is_none() -> None:
    async with tried() as http:
        answer = await preview(http, [BAND], seconds=300)
        three = await preview(http, [], stream="acceleration", channel="y")
    for line in (answer.json()["before"], *answer.json()["after"]):
        assert len(line["t"]) == len(line["v"]) <= 2000
        assert None in line["v"]
    assert "NaN" not in answer.text
    assert "Infinity" not in answer.text
    assert three.json()["before"]["channel"] == "y"


async def test_only_the_newest_preview_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    may_end = threading.Event()
    begun = threading.Semaphore(0)

    class Slow:
        def __init__(self, _config: StepConfig, _info: StreamInfo) -> None:
            pass

        def process(self, chunk: Chunk) -> list[Chunk]:
            begun.release()
            assert may_end.wait(10)
            return [chunk]

    monkeypatch.setitem(cast("dict[str, str]", STEPS), "median", "edged.signals.despike:Slow")
    monkeypatch.setattr("edged.signals.despike.Slow", Slow, raising=False)
    async with tried() as http:
        slow = asyncio.create_task(preview(http, [{"step": "median"}]))
        assert await asyncio.to_thread(begun.acquire, timeout=10)
        second = asyncio.create_task(preview(http, []))
        await asyncio.sleep(0.05)
        third = asyncio.create_task(preview(http, [BAND]))
        refused = await second
        assert refused.status_code == 429
        assert refused.headers["Retry-After"] == "1"
        assert (await http.get("/api/v1/status")).status_code == 200, "the node goes on"
        may_end.set()
        assert (await slow).status_code == 200
        assert (await third).json()["after"][0]["v"] != (await slow).json()["after"][0]["v"]


async def test_a_trace_is_tried() -> None:
    async with tried() as http:
        sent = await http.post("/api/v1/traces", content=HEADER + STRAP)
        assert sent.status_code == 200
        told = sent.json()
        assert told["decoder"] == "heart_rate"
        assert [stream["quantity"] for stream in told["streams"]] == ["heart_rate", "rr_interval"]
        assert told["streams"][0]["kept_s"] == 39
        body = {"source": None, "trace": told["trace"], "stream": "heart_rate", "seconds": 60}
        made = await preview(http, [{"step": "median"}], **body)
        assert made.json()["after"][0]["samples"] == 40
        missing = await preview(http, [], **{**body, "stream": "ecg"})
        assert missing.status_code == 404
        for _ in range(2):
            await http.post("/api/v1/traces", content=HEADER + STRAP)
        assert (await preview(http, [], **body)).status_code == 404, "two are kept"


@pytest.mark.parametrize(
    ("content", "query", "status", "pointer", "detail"),
    [
        (b"nonsense\n", "", 422, "", "Not a trace: it does not begin with a header"),
        (b"", "", 422, "", "No header"),
        (HEADER + STRAP, "?decoder=dancing", 422, "/decoder", "dancing"),
        (b" " * (LARGEST + 1), "", 413, None, "more than 8 MB"),
    ],
)
async def test_what_is_no_trace(
    content: bytes, query: str, status: int, pointer: str | None, detail: str
) -> None:
    async with tried() as http:
        refused = await http.post(f"/api/v1/traces{query}", content=content)
    assert refused.status_code == status
    assert detail in refused.json()["detail"]
    assert [mistake["pointer"] for mistake in refused.json().get("errors", [])] == (
        [] if pointer is None else [pointer]
    )


async def test_streams_of_nobody() -> None:
    async with serving(FakeView(documents.status())) as site, httpx.AsyncClient(trust_env=False) as http:
        assert (await http.get(f"{site.url}/api/v1/streams")).json() == {"sources": []}
