"""Every metric there is: named as Prometheus wants it, and moved by what it measures."""

import asyncio
import re
from collections import defaultdict
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics

from edged.config.model import Config
from edged.histogram import Histogram
from edged.model import NS_PER_MS
from edged.ops.metric import Family, Metric
from edged.ops.metric_table import METRICS, TABLE
from edged.ops.metrics import expose
from edged.tasks import end
from tests.ops.metric_scenes import SCENES, Moved, Scene, h10
from tests.rigs.bench_node import BenchNode, Scrape
from tests.rigs.mosquitto import Mosquitto
from tests.rigs.promtool import promtool

BY_NAME = {metric.name: metric for metric in METRICS}
_OUTCOMES: dict[Scene, Moved] = {}


async def outcome(scene: Scene, folder: Path) -> Moved:
    """Play a scene once, for all the metrics that it moves."""
    if scene not in _OUTCOMES:
        _OUTCOMES[scene] = await scene(folder)
    return _OUTCOMES[scene]


def test_each_metric_has_a_scene_that_moves_it_and_no_other_is_claimed() -> None:
    assert set(SCENES) == set(BY_NAME)
    assert len(BY_NAME) == len(METRICS)


@pytest.mark.parametrize("name", BY_NAME)
async def test_it_moves(name: str, tmp_path: Path) -> None:
    before, after = await outcome(SCENES[name], tmp_path)
    metric = BY_NAME[name]
    sample = f"{name}_count" if metric.kind == "histogram" else name
    was, is_now = before.all(sample), after.all(sample)
    assert was != is_now
    for labels, value in is_now.items():
        assert {label for label, _ in labels} == set(metric.labels)
        for label, each in labels:
            assert each in metric.values.get(label, (each,))
        if metric.kind != "gauge":
            assert value >= was.get(labels, 0), "it never counts back"


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_its_name_says_what_it_is(metric: Metric) -> None:
    assert re.fullmatch(r"(edged|process)(_[a-z0-9]+)+", metric.name)
    assert metric.name.endswith("_total") == (metric.kind == "counter")
    assert metric.kind != "histogram" or metric.unit == "seconds"
    assert re.fullmatch(r"[A-Z0-9].*\.", metric.help), "a sentence"
    assert not {"le", "instance", "job", "__name__"} & set(metric.labels)
    assert set(metric.values) <= set(metric.labels)
    if "state" in metric.labels:
        assert metric.values["state"]


def test_a_histogram_is_told_as_prometheus_counts_it() -> None:
    noted = Histogram((0.001, 0.5))
    for duration_ms in (1, 2, 700):
        noted.note(duration_ms * NS_PER_MS)
    metric = Metric("edged_x_seconds", "histogram", "X.", ("lane",))
    text, content_type = expose([Family(metric, ((("live",), noted.distribution()),))])
    assert content_type.startswith("text/plain; version=0.0.4")
    assert text.decode() == (
        "# HELP edged_x_seconds X.\n"
        "# TYPE edged_x_seconds histogram\n"
        'edged_x_seconds_bucket{lane="live",le="0.001"} 1.0\n'
        'edged_x_seconds_bucket{lane="live",le="0.5"} 2.0\n'
        'edged_x_seconds_bucket{lane="live",le="+Inf"} 3.0\n'
        'edged_x_seconds_count{lane="live"} 3.0\n'
        'edged_x_seconds_sum{lane="live"} 0.703\n'
    )


async def test_openmetrics_is_told_to_who_asks_for_it(tmp_path: Path) -> None:
    families = BenchNode(tmp_path, **h10()).node.view.metrics()
    text, content_type = expose(families, "application/openmetrics-text; version=1.0.0, text/plain;q=0.5")
    assert content_type.startswith("application/openmetrics-text; version=1.0.0")
    parsed = parse_openmetrics(text.decode())
    told = {family.name: family.type for family in parsed}
    assert told == {metric.base: metric.kind for metric in METRICS}


async def test_promtool_finds_nothing_to_mend(tmp_path: Path) -> None:
    _, after = await outcome(SCENES["edged_live_messages_total"], tmp_path)
    told = promtool("check", "metrics", stdin=after.text)
    # Standard names of all Prometheus clients, which promtool lints all the same.
    assert [line for line in told.splitlines() if not line.startswith("process_")] == []


async def test_no_heart_rate_is_told(tmp_path: Path) -> None:
    _, after = await outcome(SCENES["edged_live_messages_total"], tmp_path)
    assert not re.search(r"(?i)heart|bpm|rr_|rmssd|ecg|zone", after.text)


async def test_series_are_bounded_by_the_configuration(tmp_path: Path) -> None:
    def counts(scrape: Scrape) -> dict[str, int]:
        found: dict[str, int] = defaultdict(int)
        for name, labels in scrape.samples:
            if name != "edged_web_responses_total":  # bounded by the statuses that there are
                found[name] += "source" in dict(labels)
        return found

    async with BenchNode(tmp_path, **h10(faults="garbage@5+5,loss@12+1")) as bench:
        (source,) = bench.node.sources
        await bench.until(lambda: source.state == "streaming" and "battery" in source.readings)
        before = await bench.scrape()
        await bench.until(lambda: source.stats.faults > 3 and source.stats.restarts)
        await bench.until(lambda: source.state == "streaming")
        after = await bench.scrape()
    assert counts(after) == counts(before)


async def test_series_follow_the_configuration_also_while_it_changes(tmp_path: Path) -> None:
    def config(bench: BenchNode, subject: str, port: int) -> Config:
        told = bench.config | {
            "uplink": {"url": f"mqtt://127.0.0.1:{port}"},
            "subject": [{"name": subject}],
            "source": [{"name": f"strap-{subject}", "link": "sim:resting", "subject": subject}],
        }
        return Config.model_validate(told)

    async def look_on() -> None:
        while True:
            bench.read()
            await asyncio.sleep(0)

    async with BenchNode(tmp_path, uplink={"url": "mqtt://127.0.0.1:1"}, **h10()) as bench:
        looking = asyncio.create_task(look_on())
        await asyncio.sleep(0)
        await bench.node.apply(config(bench, "bob", 2), by="a test")
        await bench.clock.advance(1)
        assert not looking.done(), looking.exception()
        await end(looking)
        found = await bench.scrape()
    assert {dict(labels)["subject"] for labels in found.all("edged_subject_state")} == {"bob"}
    assert {dict(labels)["source"] for labels in found.all("edged_source_state")} == {"strap-bob"}


async def test_without_a_broker_the_uplink_is_off_and_told_of_no_more(tmp_path: Path) -> None:
    found = BenchNode(tmp_path).read()
    assert found.get("edged_uplink_state", uplink="", state="off") == 1
    assert found.all("edged_uplink_backlog_records") == found.all("edged_uplink_connects_total") == {}


def test_every_part_of_the_node_tells_something() -> None:
    assert all(TABLE.values())
    assert len(METRICS) > 50


async def test_scrapes_without_pause_take_nothing_from_the_live_lane(tmp_path: Path) -> None:
    """Each reading goes out as it comes: none is overtaken, none is late, however often it is looked."""
    players = [f"player-{n}" for n in range(8)]
    async with Mosquitto(tmp_path) as broker:
        bench = BenchNode(
            tmp_path,
            uplink={"url": broker.url},
            subject=[{"name": player} for player in players],
            source=[
                {"name": f"strap-{n}", "link": f"sim:stress?seed={n}", "subject": player}
                for n, player in enumerate(players)
            ],
        )
        live, scrapes = bench.node.live, 0

        async def scrape_on() -> None:
            nonlocal scrapes
            while True:
                await bench.ask()
                scrapes += 1

        async with bench:
            await bench.until(lambda: bench.node.broker and bench.node.broker.session)
            await bench.until(lambda: live.latency.distribution().count > len(players))
            noted, sent, unsent = live.latency.distribution().count, live.stats.sent, live.stats.unsent
            packets = sum(source.stats.packets for source in bench.node.sources)
            scrapers = [asyncio.create_task(scrape_on()) for _ in range(3)]
            await bench.until(lambda: scrapes > 20 and live.stats.sent > sent + 5 * len(players))
            for scraper in scrapers:
                scraper.cancel()
            await asyncio.wait(scrapers)
            found = live.latency.distribution()
            came = sum(source.stats.packets for source in bench.node.sources) - packets
            assert found.count - noted == came, "every packet has a heart rate, and every one went out"
            assert found.most_s == 0, "in the very turn of the loop in which it came"
            assert (live.stats.superseded, live.stats.unsent) == (0, unsent)
            assert all(live.vitals(player).state == "fresh" for player in players)
