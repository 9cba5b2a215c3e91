"""What happens to a node, and which metrics that moves: a real one, with a real broker, journal and page."""

import asyncio
import resource
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Final, cast
from urllib.parse import urlsplit

import httpx
from websockets.asyncio.client import connect as open_feed

from edged.clock import ClockQuality
from edged.errors import ConfigError
from edged.model import NS_PER_S, Chunk, StreamInfo
from edged.ops.instruments import WatchdogStats
from edged.publish.address import BrokerAddress, Message
from edged.publish.mqtt import Session, connect
from edged.tasks import end
from edged.web.connection import MOST
from edged.web.live import MAX_CLIENTS
from tests.ops.test_node_view import TwoAdapters
from tests.publish.test_live import Wire
from tests.rigs.bench_node import BenchNode, Scrape
from tests.rigs.collector import Collector
from tests.rigs.mosquitto import Mosquitto
from tests.rigs.sketch import Sketch

Moved = tuple[Scrape, Scrape]
Scene = Callable[[Path], Coroutine[None, None, Moved]]

SCENES: Final[dict[str, Scene]] = {}
"""The scene that moves a metric, by its name."""

H10: Final = {
    "subject": [{"name": "ada"}],
    "source": [
        {
            "name": "strap-1",
            "link": "sim:resting?seed=1&device=h10",
            "decoder": "polar?streams=ecg",
            "subject": "ada",
        }
    ],
}
ECG: Final = StreamInfo("ecg", "uV", 130.0)


def moves(*names: str) -> Callable[[Scene], Scene]:
    """Register a scene for metrics, each of which is moved by one scene only."""

    def register(scene: Scene) -> Scene:
        assert not SCENES.keys() & set(names)
        SCENES.update(dict.fromkeys(names, scene))
        return scene

    return register


def h10(**options: str) -> dict[str, Any]:
    """Return the configuration of a subject whose strap sends an ECG too."""
    link = "&".join([H10["source"][0]["link"], *(f"{key}={value}" for key, value in options.items())])
    return {**H10, "source": [{**H10["source"][0], "link": link}]}


@moves(
    "edged_uptime_seconds",
    "edged_loop_lag_seconds",
    "edged_live_latency_seconds",
    "edged_live_latency_p50_seconds",
    "edged_live_latency_p95_seconds",
    "edged_live_latency_p99_seconds",
    "edged_live_messages_total",
    "edged_wave_messages_total",
    "edged_subject_state",
    "edged_subject_reading_age_seconds",
    "edged_source_state",
    "edged_source_packets_total",
    "edged_source_samples_total",
    "edged_source_packet_age_seconds",
    "edged_journal_state",
    "edged_journal_chunks_total",
    "edged_journal_samples_total",
    "edged_journal_events_total",
    "edged_journal_fsyncs_total",
    "edged_journal_commit_seconds",
    "edged_journal_records",
    "edged_journal_size_bytes",
    "edged_uplink_state",
    "edged_uplink_published_records_total",
    "edged_uplink_acknowledged_records_total",
    "edged_uplink_messages_total",
    "edged_uplink_delivery_seconds",
    "edged_uplink_connects_total",
    "edged_web_responses_total",
)
async def it_streams(folder: Path) -> Moved:
    async with Mosquitto(folder) as broker:
        bench = BenchNode(folder, uplink={"url": broker.url}, **h10())
        before, node = bench.read(), bench.node
        assert node.uplink is not None
        stats = node.uplink.stats
        async with bench:
            await bench.until(lambda: node.live.waves.stats.sent > 5 and stats.acknowledged > 5)
            await bench.until(lambda: node.journal.stats.events)
            await bench.scrape()
            return before, await bench.scrape()


@moves(
    "edged_live_unsent_total",
    "edged_wave_unsent_values_total",
    "edged_uplink_backlog_records",
    "edged_uplink_failures_total",
)
async def the_broker_is_killed(folder: Path) -> Moved:
    async with Mosquitto(folder) as broker:
        bench = BenchNode(folder, uplink={"url": broker.url}, **h10())
        node = bench.node
        assert node.uplink is not None
        async with bench:
            await bench.until(lambda: node.live.waves.stats.sent > 2)
            before = await bench.scrape()
            await broker.kill()
            await bench.until(lambda: node.live.waves.stats.unsent and node.live.stats.unsent)
            await bench.until(lambda: node.uplink and node.uplink.backlog > 5)
            return before, await bench.scrape()


@moves("edged_uplink_refusals_total")
async def the_broker_takes_no_records(folder: Path) -> Moved:
    acl = folder / "acl"
    acl.write_text("topic readwrite edged/#\ntopic deny edged/v1/hall/desk/record\n", encoding="utf-8")
    acl.chmod(0o600)
    async with Mosquitto(folder, extra=f"acl_file {acl}\n") as broker:
        bench = BenchNode(folder, uplink={"url": broker.url}, **h10())
        before, node = bench.read(), bench.node
        assert node.broker is not None
        stats = node.broker.stats
        async with bench:
            await bench.until(lambda: stats.refusals)
            return before, await bench.scrape()


@moves("edged_live_superseded_total", "edged_wave_dropped_values_total")
async def the_socket_takes_nothing(folder: Path) -> Moved:
    bench = BenchNode(folder, **h10())
    before, live = bench.read(), bench.node.live
    async with bench:
        wire = Wire(open=False)
        serving = asyncio.create_task(live.serve(cast("Session", wire)))
        await bench.until(lambda: live.stats.superseded > 2)
        wire.drain()
        await bench.until(lambda: live.waves.stats.dropped)
        after = await bench.scrape()
        await end(serving)
    return before, after


@moves("edged_uplink_tests_total")
async def somebody_tries_the_way(folder: Path) -> Moved:
    async with Mosquitto(folder) as broker:
        bench = BenchNode(folder, uplink={"url": broker.url})
        before, node = bench.read(), bench.node
        async with bench, httpx.AsyncClient(trust_env=False) as http:
            await bench.until(lambda: node.broker and node.broker.session)
            await http.post(f"{bench.url}/api/v1/delivery/test")
            return before, await bench.scrape()


@moves("edged_presence_repairs_total")
async def another_speaks_for_it(folder: Path) -> Moved:
    async with Mosquitto(folder) as broker:
        bench = BenchNode(folder, uplink={"url": broker.url})
        before, node = bench.read(), bench.node
        assert node.broker is not None
        async with bench, connect(BrokerAddress(broker.url, "stranger"), "5") as stranger:
            await bench.until(lambda: node.broker and node.broker.state == "connected")
            while not node._presence.repairs:
                await stranger.publish(Message("edged/v1/hall/desk/status", b"{}", retain=True))
                await bench.clock.advance(0.25)
            return before, await bench.scrape()


@moves(
    "edged_source_faults_total",
    "edged_source_restarts_total",
    "edged_source_battery_ratio",
    "edged_source_rssi_dbm",
)
async def a_sketch_talks_nonsense_and_hangs_up(folder: Path) -> Moved:
    async with Sketch() as sketch:
        bench = BenchNode(folder, source=[{"name": "board-1", "link": sketch.link, "decoder": "json_lines"}])
        before, (source,) = bench.read(), bench.node.sources
        async with bench:
            await bench.until(lambda: sketch.is_connected)
            sketch.hang_up()
            await bench.until(lambda: source.stats.restarts and sketch.is_connected)
            sketch.print("{nonsense")
            sketch.print('{"streams": {"rssi": {"unit": "dBm"}}}')
            sketch.print('{"battery": 12, "rssi": -71}')
            await bench.until(lambda: source.stats.faults and "rssi" in source.readings)
            return before, await bench.scrape()


@moves("edged_gaps_total", "edged_source_missing_samples_total")
async def the_radio_loses_packets(folder: Path) -> Moved:
    bench = BenchNode(folder, **h10(faults="drop@5+3"))
    before, (source,) = bench.read(), bench.node.sources
    async with bench:
        await bench.until(lambda: source.gaps.missing_samples)
        return before, await bench.scrape()


@moves("edged_journal_waiting_entries", "edged_journal_dropped_total", "edged_journal_failures_total")
async def the_disk_does_not_answer(folder: Path) -> Moved:
    path = folder / "not there" / "edged.db"
    bench = BenchNode(folder, journal={"path": path, "queue_chunks": 64}, **h10())
    before, journal = bench.read(), bench.node.journal
    async with bench:
        await bench.until(lambda: journal.stats.dropped)
        after = await bench.scrape()
        assert after.get("edged_journal_state", state="failing") == 1
        path.parent.mkdir()
        await bench.until(lambda: journal.stats.gaps["strap-1", "queue_full"])
        told = await bench.scrape()
        assert (told.get("edged_gaps_total", source="strap-1", reason="queue_full") or 0) >= 1
    return before, after


@moves("edged_journal_forced_out_records_total")
async def the_cap_is_reached_undelivered(folder: Path) -> Moved:
    bench = BenchNode(
        folder, journal={"max_size_mb": 1, "queue_chunks": 16_384}, uplink={"url": "mqtt://127.0.0.1:1"}
    )
    before, journal = bench.read(), bench.node.journal
    async with bench:
        for n in range(8000):
            values = [float((n + i) * 37 % 4001 - 2000) for i in range(73)]
            journal.append("a", Chunk.of(ECG, 73 * n, [(73 * n + i) * 7_692_308 for i in range(73)], values))
        await bench.until(lambda: journal.stats.forced_out)
        after = await bench.scrape()
        assert (after.get("edged_gaps_total", source="", reason="journal_full") or 0) > 0
    return before, after


@moves("edged_journal_quarantined_total")
async def the_journal_is_damaged(folder: Path) -> Moved:
    (folder / "edged.db").write_bytes(b"not a database" * 500)
    bench = BenchNode(folder)
    before, journal = bench.read(), bench.node.journal
    async with bench:
        await bench.until(lambda: journal.ready)
        return before, await bench.scrape()


@moves("edged_clock_synced", "edged_clock_steps_total")
async def the_clock_is_stepped(folder: Path) -> Moved:
    bench = BenchNode(folder)
    async with bench:
        before = await bench.scrape()
        bench.clock.set_utc(bench.clock.utc_ns() + 3600 * NS_PER_S, ClockQuality.UNSYNCED)
        await bench.clock.advance(1.5)
        return before, await bench.scrape()


@moves("edged_progress_age_seconds")
async def nothing_goes_on(folder: Path) -> Moved:
    bench = BenchNode(folder)
    async with bench:
        before = await bench.scrape()
        bench.clock.move_to(bench.clock.mono_ns() + 3 * NS_PER_S)
        after = await bench.scrape()
        assert (after.get("edged_progress_age_seconds", path="live") or 0) >= 3
        return before, after


@moves("edged_loop_lag_max_seconds")
async def the_loop_is_blocked(folder: Path) -> Moved:
    bench = BenchNode(folder)
    async with bench:
        before = await bench.scrape()
        bench.clock.move_to(bench.clock.mono_ns() + 3 * NS_PER_S)
        await bench.clock.advance(0.5)
        after = await bench.scrape()
        assert (after.get("edged_loop_lag_max_seconds") or 0) >= 2.75
        return before, after


@moves("edged_adapter_state", "edged_adapter_slots", "edged_adapter_sources", "edged_adapter_resets_total")
async def there_are_adapters(folder: Path) -> Moved:
    bench = BenchNode(folder)
    before = bench.read()
    bench.node._equipment.shared(TwoAdapters, TwoAdapters)
    async with bench:
        return before, await bench.scrape()


@moves("edged_watchdog_fed_total", "edged_watchdog_withheld_total")
async def a_watchdog_is_fed_and_then_is_not(folder: Path) -> Moved:
    bench, dog = BenchNode(folder), WatchdogStats()
    assert bench.read().all("edged_watchdog_fed_total") == {}
    bench.node.instruments.watchdog = dog
    async with bench:
        before = await bench.scrape()
        dog.fed, dog.withheld = 7, 1
        return before, await bench.scrape()


@moves("edged_node_mode")
async def a_new_configuration_is_refused(folder: Path) -> Moved:
    async with BenchNode(folder) as bench:
        before = await bench.scrape()
        bench.node.view.refuse(ConfigError("unknown key", key="uplnk"))
        return before, await bench.scrape()


@moves("edged_web_clients", "edged_web_clients_refused_total")
async def one_page_too_many_is_opened(folder: Path) -> Moved:
    bench = BenchNode(folder)
    async with bench:
        before = await bench.scrape()
        address = f"{bench.url.replace('http', 'ws', 1)}/api/v1/live"
        feeds = [await open_feed(address) for _ in range(MAX_CLIENTS + 1)]
        await asyncio.wait_for(feeds[-1].wait_closed(), 5)
        after = await bench.scrape()
        for feed in feeds:
            await feed.close()
    return before, after


@moves("edged_web_cut_off_total")
async def one_connection_too_many_is_opened(folder: Path) -> Moved:
    bench = BenchNode(folder)
    async with bench:
        before = await bench.scrape()
        url = urlsplit(bench.url)
        opened = [await asyncio.open_connection(url.hostname, url.port) for _ in range(MOST + 1)]
        await asyncio.wait_for(opened[-1][0].read(), 5)
        for _, writer in opened:
            writer.close()
        return before, await bench.scrape()


@moves("edged_web_sessions", "edged_web_log_ins_total", "edged_web_refusals_total")
async def somebody_comes_in_and_somebody_does_not(folder: Path) -> Moved:
    async with BenchNode(folder, web={"port": 0, "socket": folder / "edged.sock"}) as bench:
        before = await bench.scrape()
        async with (
            httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=str(folder / "edged.sock"))) as local,
            httpx.AsyncClient(base_url=bench.url, trust_env=False) as page,
        ):
            code = (await local.get("http://localhost/api/v1/claim")).json()["code"]
            body = {"code": code, "name": "ada", "password": "correct horse"}
            assert (await page.post("/api/v1/claim", json=body)).status_code == 201
            assert (await page.post("/api/v1/claim", json=body)).status_code == 403
            text = (await local.get("http://localhost/metrics")).text
        return before, Scrape(text)


@moves("edged_telemetry_exports_total")
async def a_collector_listens(folder: Path) -> Moved:
    with Collector() as collector:
        bench = BenchNode(folder, telemetry={"otlp_url": collector.url, "interval_s": 1})
        before, stats = bench.read(), bench.node.instruments.telemetry
        async with bench:
            await bench.until(lambda: stats.exported)
            return before, await bench.scrape()


@moves("edged_node_info", "edged_journal_cap_bytes", "process_max_fds")
async def it_is_configured_otherwise(folder: Path) -> Moved:
    before = BenchNode(folder).read()
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits[0] - 1, limits[1]))
    try:
        async with BenchNode(folder, node={"name": "table-2"}, journal={"max_size_mb": 8}) as bench:
            after = await bench.scrape()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
    return before, after


@moves("edged_loop_tasks", "process_resident_memory_bytes", "process_cpu_seconds_total", "process_open_fds")
async def the_process_is_busy(folder: Path) -> Moved:
    async with BenchNode(folder) as bench, httpx.AsyncClient(trust_env=False) as page:
        before = await bench.scrape()
        await page.get(f"{bench.url}/healthz")  # a connection kept alive
        ballast = bytearray(b"x" * 20_000_000)
        idle = [asyncio.create_task(asyncio.Event().wait()) for _ in range(20)]  # more than may end meanwhile
        after = await bench.scrape()
        await end(*idle)
        del ballast
    return before, after
