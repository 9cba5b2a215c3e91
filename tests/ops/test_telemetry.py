"""Metrics to an OpenTelemetry collector: a real listener, decoded from the wire."""

import asyncio
import logging
import sys
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.metrics.v1.metrics_pb2 import AggregationTemporality, Metric

from edged import __version__
from edged.check import check_config
from edged.clock import ManualClock
from edged.config.model import Config
from edged.config.toml import parse
from edged.errors import ConfigError
from edged.ops import telemetry
from edged.ops.metric_table import METRICS
from tests.ops.metric_scenes import h10
from tests.rigs.bench_node import BenchNode
from tests.rigs.collector import Collector

FIRST_UTC_NS = 1_767_225_600 * 10**9


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO)
    return caplog


def said(log: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in log.records if record.name == "edged.ops.telemetry"]


def exporting(folder: Path, url: str, **more: Any) -> BenchNode:
    return BenchNode(folder, telemetry={"otlp_url": url, "interval_s": 2}, **more)


def metrics_in(request: ExportMetricsServiceRequest) -> dict[str, Metric]:
    (resource,) = request.resource_metrics
    (scope,) = resource.scope_metrics
    return {metric.name: metric for metric in scope.metrics}


async def test_the_collector_gets_what_the_page_tells(tmp_path: Path) -> None:
    with Collector() as collector:
        async with exporting(tmp_path, collector.url, **h10()) as bench:
            stats, (source,) = bench.node.instruments.telemetry, bench.node.sources
            await bench.until(lambda: stats.exported and source.stats.samples > 100)
            exported = stats.exported
            await bench.until(lambda: stats.exported > exported)
            page = await bench.scrape()
    assert set(collector.paths) == {"/v1/metrics"}
    request = collector.heard[-1]
    resource = {each.key: each.value.string_value for each in request.resource_metrics[0].resource.attributes}
    assert resource == {
        "service.name": "edged",
        "service.version": __version__,
        "service.instance.id": "hall/desk",
        "edged.site": "hall",
        "edged.node": "desk",
    }
    told = metrics_in(request)
    known = {metric.base: metric for metric in METRICS}
    assert told.keys() <= known.keys()
    assert {known[name].name for name in told} == {
        metric.name for metric in METRICS if page.all(metric.name) or page.all(f"{metric.name}_count")
    }
    for name, metric in told.items():
        assert metric.description == known[name].help
        match known[name].kind:
            case "counter":
                assert metric.sum.is_monotonic
                assert (
                    metric.sum.aggregation_temporality
                    == AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE
                )
            case "gauge":
                assert metric.gauge.data_points
            case "histogram":
                (point,) = metric.histogram.data_points
                assert len(point.bucket_counts) == len(point.explicit_bounds) + 1
                assert sum(point.bucket_counts) == point.count
                assert point.min <= point.max
    (samples,) = told["edged_source_samples"].sum.data_points
    assert [(each.key, each.value.string_value) for each in samples.attributes] == [("source", "strap-1")]
    assert 100 < samples.as_int <= source.stats.samples
    assert samples.start_time_unix_nano == FIRST_UTC_NS
    assert FIRST_UTC_NS + 4 * 10**9 <= samples.time_unix_nano <= bench.clock.utc_ns()
    assert (told["edged_journal_size_bytes"].unit, told["edged_uptime_seconds"].unit) == ("By", "s")


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("http://collector:4318", "http://collector:4318/v1/metrics"),
        ("https://collector/", "https://collector/v1/metrics"),
        ("http://[::1]:4318/otlp/v1/metrics", "http://[::1]:4318/otlp/v1/metrics"),
    ],
)
def test_the_path_is_the_usual_one_unless_given(given: str, used: str) -> None:
    assert Config.model_validate({"telemetry": {"otlp_url": given}}).telemetry.otlp_url == used


@pytest.mark.parametrize(
    ("url", "mend"),
    [
        ("collector:4318", "write http://HOST:PORT or https://HOST:PORT"),
        ("grpc://collector:4317", "write http://HOST:PORT or https://HOST:PORT"),
        ("http://", "write http://HOST:PORT or https://HOST:PORT"),
        ("http://collector:port", "write http://HOST:PORT or https://HOST:PORT"),
        ("http://me:secret@collector:4318", "OTEL_EXPORTER_OTLP_HEADERS"),
    ],
)
def test_a_wrong_address_is_named_with_its_mend(url: str, mend: str) -> None:
    with pytest.raises(ConfigError, match=mend) as caught:
        parse(f'[telemetry]\notlp_url = "{url}"', Path("edged.toml"))
    assert (caught.value.key, caught.value.line) == ("telemetry.otlp_url", 2)
    assert "secret" not in str(caught.value)


async def test_a_collector_that_is_away_is_told_of_once_and_again_when_it_is_back(
    tmp_path: Path, log: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telemetry, "_TIMEOUT_S", 0.5)  # too short for the exporter's own second try
    with Collector() as gone:
        port = gone.port
    async with exporting(tmp_path, f"http://127.0.0.1:{port}", **h10()) as bench:
        stats, journal = bench.node.instruments.telemetry, bench.node.journal.stats
        await bench.until(lambda: stats.failed >= 2)
        (told,) = said(log)
        assert told.startswith(
            f"metrics are not taken by the collector at http://127.0.0.1:{port}/v1/metrics: "
        )
        assert told.endswith("It is tried again by itself; everything else runs on.")
        chunks = journal.chunks
        await bench.until(lambda: journal.chunks > chunks + 3)
        with Collector(port=port) as back:
            await bench.until(lambda: stats.exported)
            (told_then,) = (
                point.as_int
                for point in metrics_in(back.heard[0])["edged_telemetry_exports"].sum.data_points
                if point.attributes[0].value.string_value == "failed"
            )
            assert told_then >= 2, "what happened meanwhile is not lost"
        await bench.until(lambda: stats.failed >= 3)
    assert [line.split(" ")[0] for line in said(log)] == ["metrics", "the", "metrics"]
    assert not [record for record in log.records if record.name.startswith("opentelemetry")]


async def test_another_collector_is_taken_while_it_runs_and_none(tmp_path: Path) -> None:
    with Collector() as first, Collector() as second:
        async with exporting(tmp_path, first.url) as bench:
            stats = bench.node.instruments.telemetry
            await bench.until(lambda: first.heard)
            other = bench.config | {"telemetry": {"otlp_url": second.url, "interval_s": 1}}
            await bench.node.apply(Config.model_validate(other), by="a test")
            await bench.until(lambda: second.heard)
            heard = len(first.heard)
            await bench.node.apply(Config.model_validate(bench.config | {"telemetry": {}}), by="a test")
            exported = stats.exported
            await bench.clock.advance(60)
            assert (len(first.heard), stats.exported) == (heard, exported)


async def test_a_collector_that_cannot_be_reached_is_told_with_its_reason(
    tmp_path: Path, log: pytest.LogCaptureFixture
) -> None:
    async with exporting(tmp_path, "http://127.0.0.1:1") as bench:
        await bench.until(lambda: bench.node.instruments.telemetry.failed)
    (told,) = said(log)
    assert "Connection refused" in told


async def test_a_collector_that_refuses_is_told_with_its_reason(
    tmp_path: Path, log: pytest.LogCaptureFixture
) -> None:
    with Collector(status=404) as collector:
        async with exporting(tmp_path, collector.url) as bench:
            await bench.until(lambda: bench.node.instruments.telemetry.failed >= 2)
    (told,) = said(log)
    assert "404" in told


async def test_a_collector_that_hangs_blocks_nothing_and_the_node_stops_in_time(tmp_path: Path) -> None:
    async def say_nothing(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.set()
        await hang.wait()
        writer.close()

    came, hang = asyncio.Event(), asyncio.Event()
    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    loop = asyncio.get_running_loop()
    async with exporting(tmp_path, f"http://127.0.0.1:{port}", **h10()) as bench:
        await bench.until(came.is_set)
        sent = bench.node.journal.stats.chunks
        await bench.until(lambda: bench.node.journal.stats.chunks > sent + 3)
        stats = bench.node.instruments.telemetry
        assert (stats.exported, stats.failed) == (0, 0), "it still waits"
        began = loop.time()
    assert loop.time() - began < 2, "nobody waits for it at the end"
    hang.set()
    server.close()
    await server.wait_closed()
    await loop.shutdown_default_executor()


async def test_without_the_extra_it_says_so_and_runs_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, log: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.resources", None)
    monkeypatch.delitem(sys.modules, "edged.ops.otlp", raising=False)
    async with exporting(tmp_path, "http://127.0.0.1:1", **h10()) as bench:
        await bench.until(lambda: said(log))
        await bench.until(lambda: bench.node.journal.stats.chunks > 3)
    (told,) = said(log)
    assert told == (
        "telemetry.otlp_url: OpenTelemetry is not installed. Install it with: "
        'pip install "edged[otel]"; or remove telemetry.otlp_url. Everything else runs on.'
    )


def test_the_check_finds_that_the_extra_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    config = Config.model_validate({"telemetry": {"otlp_url": "http://127.0.0.1:4318"}})
    check_config(config, Path("edged.toml"))
    monkeypatch.setitem(sys.modules, "opentelemetry.sdk.resources", None)
    monkeypatch.delitem(sys.modules, "edged.ops.otlp", raising=False)
    with pytest.raises(ConfigError, match=r'pip install "edged\[otel\]"') as caught:
        check_config(config, Path("edged.toml"))
    assert caught.value.where == "edged.toml: telemetry.otlp_url"


async def test_where_no_collector_is_configured_nothing_is_imported_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "edged.ops.otlp", raising=False)
    async with BenchNode(tmp_path) as bench:
        await bench.clock.advance(60)
    assert "edged.ops.otlp" not in sys.modules
    assert isinstance(bench.clock, ManualClock)
