"""Every metric there is, and where it is read: the one truth for exposition, export and documentation.

Nothing here is a reading of a person: subjects are told by their state and by the age of what came last.
The number of time series is bounded by the configuration; labels never take what a device said.
"""

import asyncio
import math
import platform
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, get_args

from edged import __version__
from edged.clock import ClockQuality
from edged.config.model import Config
from edged.model import NS_PER_S
from edged.ops import process
from edged.ops.instruments import LOG_INS, REFUSALS, WatchdogStats
from edged.ops.measure import (
    Measure,
    adapters,
    age_s,
    by_adapter,
    by_broker,
    by_source,
    by_subject,
    by_uplink,
    counter,
    gauge,
    histogram,
    measure,
    states,
)
from edged.ops.metric import Family, Point
from edged.ops.parts import Parts
from edged.ops.status import BrokerStateName, NodeMode, SubjectStateName
from edged.publish.probe import OUTCOMES
from edged.sources.equipment import AdapterState
from edged.sources.gaps import GapReason
from edged.sources.history import SourceState
from edged.sources.supervisor import Source
from edged.store.journal import JournalState

_SOURCE_GAPS: Final[tuple[GapReason, ...]] = get_args(GapReason)


def _node_info(config: Config) -> Point:
    return (config.node.site, config.node.name, __version__, platform.python_version()), 1.0


def _progress(parts: Parts) -> Iterator[Point]:
    now_ns = parts.clock.mono_ns()
    for path, progress_ns in (("journal", parts.journal.progress_ns), ("live", parts.live.progress_ns)):
        yield (path,), max(now_ns - progress_ns, 0) / NS_PER_S


def _latency(share: float) -> Callable[[Parts], float | None]:
    """Read the latency that a share of the last readings did not exceed (nearest rank), s."""

    def quantile(parts: Parts) -> float | None:
        latencies = sorted(parts.live.latencies_ns)
        return latencies[math.ceil(share * len(latencies)) - 1] / NS_PER_S if latencies else None

    return quantile


def _gaps(parts: Parts) -> Iterator[Point]:
    recorded = parts.journal.stats.gaps
    for source in parts.sources:
        for reason in _SOURCE_GAPS:
            yield (source.name, reason), source.gaps.by_reason[reason]
        yield (source.name, "queue_full"), recorded[source.name, "queue_full"]
    yield ("", "queue_full"), recorded["", "queue_full"]
    yield ("", "journal_full"), recorded["", "journal_full"]


def _dropped(parts: Parts) -> Iterator[Point]:
    for source in [*(source.name for source in parts.sources), ""]:
        yield (source,), parts.journal.stats.dropped_by[source]


def _responses(parts: Parts) -> Iterator[Point]:
    responses = parts.instruments.web.responses
    for code in sorted({200, 500, *responses}):  # these from 0: the first error is an increase
        yield (str(code),), responses[code]


def _counted(
    read: Callable[[Parts], Counter[str]], known: tuple[str, ...]
) -> Callable[[Parts], Iterator[Point]]:
    def points(parts: Parts) -> Iterator[Point]:
        counts = read(parts)
        for name in known:
            yield (name,), counts[name]

    return points


def _exports(parts: Parts) -> Iterator[Point]:
    stats = parts.instruments.telemetry
    yield ("exported",), stats.exported
    yield ("failed",), stats.failed


def _tests(parts: Parts) -> Iterator[Point]:
    if parts.uplink is not None:
        for outcome in OUTCOMES:
            yield (outcome,), parts.instruments.tests[outcome]


def _watchdog(read: Callable[[WatchdogStats], float]) -> Callable[[Parts], float | None]:
    def read_where_one_watches(parts: Parts) -> float | None:
        watchdog = parts.instruments.watchdog
        return None if watchdog is None else read(watchdog)

    return read_where_one_watches


TABLE: Final[Mapping[str, tuple[Measure, ...]]] = MappingProxyType(
    {
        "The node": (
            measure(
                "gauge", "edged_node_info", "Always 1; who this node is, and what it runs.",
                lambda n: [_node_info(n.config)], "site", "node", "version", "python",
            ),
            states(
                "edged_node_mode",
                "Whether it measures (normal), does so by the configuration before (refused), or not (safe).",
                get_args(NodeMode), (),
                lambda n: {(): "refused" if n.instruments.is_refused else "normal"},
            ),
            gauge(
                "edged_uptime_seconds", "Since this process began to measure.",
                lambda n: age_s(n, n.started_ns),
            ),
            gauge(
                "edged_clock_synced", "1 where the wall clock can be believed, 0 where not.",
                lambda n: float(n.clock_map.steps[-1].quality is ClockQuality.SYNCED),
            ),
            counter(
                "edged_clock_steps_total", "Steps of the wall clock since this process began to measure.",
                lambda n: sum(step.mono_ns > n.started_ns for step in n.clock_map.steps),
            ),
            histogram(
                "edged_loop_lag_seconds", "How much too long the event loop let a sleep of 250 ms last.",
                lambda n: n.instruments.loop_lag.lag.distribution(),
            ),
            gauge(
                "edged_loop_lag_max_seconds", "The longest such delay of the last minute.",
                lambda n: n.instruments.loop_lag.worst_s,
            ),
            gauge(
                "edged_loop_tasks", "Tasks on the event loop.",
                lambda _: len(asyncio.all_tasks()),
            ),
            measure(
                "gauge", "edged_progress_age_seconds",
                "Since this part of the data path last completed a pass.",
                _progress, "path", path=("journal", "live"),
            ),
            counter(
                "edged_watchdog_fed_total",
                "Times the service manager's watchdog was fed; nothing where none watches.",
                _watchdog(lambda w: w.fed),
            ),
            counter(
                "edged_watchdog_withheld_total",
                "Times it was due and not fed, since the data path did not move.",
                _watchdog(lambda w: w.withheld),
            ),
        ),
        "Live lane": (
            histogram(
                "edged_live_latency_seconds",
                "From the receipt of a packet to its reading on the broker's socket.",
                lambda n: n.live.latency.distribution(),
            ),
            gauge(
                "edged_live_latency_p50_seconds",
                "Half of the last readings, 4096 at most, took no longer; nothing before the first.",
                _latency(0.50),
            ),
            gauge(
                "edged_live_latency_p95_seconds", "The same of 95 in 100.", _latency(0.95)
            ),
            gauge(
                "edged_live_latency_p99_seconds", "The same of 99 in 100.", _latency(0.99)
            ),
            counter(
                "edged_live_messages_total", "Live messages given to the socket, repeats included.",
                lambda n: n.live.stats.sent,
            ),
            counter(
                "edged_live_superseded_total",
                "Readings overtaken by a newer one before the socket took them.",
                lambda n: n.live.stats.superseded,
            ),
            counter(
                "edged_live_unsent_total", "Readings and repeats for which there was no connection.",
                lambda n: n.live.stats.unsent,
            ),
            counter(
                "edged_wave_messages_total", "Waveform messages given to the socket.",
                lambda n: n.live.waves.stats.sent,
            ),
            counter(
                "edged_wave_dropped_values_total", "Values of waveforms that were late, and dropped.",
                lambda n: n.live.waves.stats.dropped,
            ),
            counter(
                "edged_wave_unsent_values_total", "Values of waveforms for which there was no connection.",
                lambda n: n.live.waves.stats.unsent,
            ),
        ),
        "Subjects": (
            states(
                "edged_subject_state", "Whether there is a reading to show: 1 for the state that it is.",
                get_args(SubjectStateName), ("subject",),
                lambda n: {(s.name,): n.live.vitals(s.name).state for s in n.config.subject},
            ),
            by_subject(
                "edged_subject_reading_age_seconds",
                "Since the last reading was received; nothing before the first.",
                lambda n, vitals: age_s(n, vitals.received_ns),
            ),
        ),
        "Sources": (
            states(
                "edged_source_state", "How a source is doing: 1 for the state that it is in.",
                get_args(SourceState), ("source",),
                lambda n: {(s.name,): s.state for s in n.sources},
            ),
            by_source(
                "counter", "edged_source_packets_total", "Packets received.",
                lambda _, s: s.stats.packets,
            ),
            by_source(
                "counter", "edged_source_samples_total", "Samples that came out of its chains.",
                lambda _, s: s.stats.samples,
            ),
            by_source(
                "counter", "edged_source_faults_total",
                "Packets, or parts of them, that could not be understood.",
                lambda _, s: s.stats.faults,
            ),
            by_source(
                "counter", "edged_source_restarts_total", "Times its link was opened again.",
                lambda _, s: s.stats.restarts,
            ),
            by_source(
                "counter", "edged_source_missing_samples_total",
                "Samples that its numbering shows never came.",
                lambda _, s: s.gaps.missing_samples,
            ),
            by_source(
                "gauge", "edged_source_packet_age_seconds",
                "Since its last packet; nothing before the first.",
                lambda n, s: age_s(n, s.last_packet_ns),
            ),
            by_source(
                "gauge", "edged_source_battery_ratio",
                "Charge, as the device last said; nothing unless it streams.",
                lambda _, s: s.readings["battery"] / 100 if _tells(s, "battery") else None,
            ),
            by_source(
                "gauge", "edged_source_rssi_dbm", "Strength it is received with; nothing unless it streams.",
                lambda _, s: s.readings["rssi"] if _tells(s, "rssi") else None,
            ),
            measure(
                "counter", "edged_gaps_total",
                "Gaps: the numbering jumps (missing), the device flags one (interrupted), the disk did not "
                "answer (queue_full), or undelivered records had to make room (journal_full, of no source).",
                _gaps, "source", "reason", reason=(*_SOURCE_GAPS, "queue_full", "journal_full"),
            ),
        ),
        "Journal": (
            states(
                "edged_journal_state", "Whether what is received is kept: 1 for the state that it is in.",
                get_args(JournalState), (), lambda n: {(): n.journal.state},
            ),
            gauge(
                "edged_journal_waiting_entries", "Chunks and events in memory, not committed yet.",
                lambda n: n.journal.waiting,
            ),
            gauge(
                "edged_journal_records", "Records in the file: how deep it is.",
                lambda n: n.journal.kept,
            ),
            gauge(
                "edged_journal_size_bytes", "File and WAL.",
                lambda n: n.journal.stats.size_bytes,
            ),
            gauge(
                "edged_journal_cap_bytes", "What file and WAL may take.",
                lambda n: n.journal.cap_bytes,
            ),
            counter(
                "edged_journal_chunks_total", "Chunks committed.", lambda n: n.journal.stats.chunks
            ),
            counter(
                "edged_journal_samples_total", "Samples committed.", lambda n: n.journal.stats.samples
            ),
            counter(
                "edged_journal_events_total", "Events committed.", lambda n: n.journal.stats.events
            ),
            counter(
                "edged_journal_fsyncs_total", "Transactions, each with one fsync of the WAL.",
                lambda n: n.journal.stats.commits,
            ),
            histogram(
                "edged_journal_commit_seconds", "How long a group takes to the disk.",
                lambda n: n.journal.stats.commit.distribution(),
            ),
            measure(
                "counter", "edged_journal_dropped_total",
                "Samples and events lost because the disk did not answer and the queue was full, by source.",
                _dropped, "source",
            ),
            counter(
                "edged_journal_forced_out_records_total",
                "Records removed undelivered because the cap was reached.",
                lambda n: n.journal.stats.forced_out,
            ),
            counter(
                "edged_journal_failures_total", "Times the file could not be opened or written.",
                lambda n: n.journal.stats.failures,
            ),
            counter(
                "edged_journal_quarantined_total", "Damaged files set aside.",
                lambda n: n.journal.stats.quarantined,
            ),
        ),
        "Delivery": (
            states(
                "edged_uplink_state", "The connection to the broker: 1 for the state that it is in.",
                get_args(BrokerStateName), ("uplink",),
                lambda n: {(n.uplink.name if n.uplink else "",): n.broker.state if n.broker else "off"},
            ),
            by_uplink(
                "gauge", "edged_uplink_backlog_records",
                "Committed records that the broker has not acknowledged.",
                lambda u: u.backlog,
            ),
            by_uplink(
                "counter", "edged_uplink_published_records_total", "Records sent, repeats included.",
                lambda u: u.stats.published,
            ),
            by_uplink(
                "counter", "edged_uplink_acknowledged_records_total", "Records that the broker acknowledged.",
                lambda u: u.stats.acknowledged,
            ),
            by_uplink(
                "counter", "edged_uplink_messages_total", "Messages of the record lane, repeats included.",
                lambda u: u.stats.messages,
            ),
            by_uplink(
                "histogram", "edged_uplink_delivery_seconds",
                "From the newest measurement in a message, where of this boot, to its acknowledgement.",
                lambda u: u.stats.delivery.distribution(),
            ),
            by_broker(
                "edged_uplink_connects_total", "Connections made.", lambda b: b.connects
            ),
            by_broker(
                "edged_uplink_failures_total", "Connection attempts that failed, and connections lost.",
                lambda b: b.failures,
            ),
            by_broker(
                "edged_uplink_refusals_total", "Times the broker refused a message or a subscription.",
                lambda b: b.refusals,
            ),
            measure(
                "counter", "edged_uplink_tests_total",
                "Test messages that somebody has asked for, by what came of them.",
                _tests, "outcome", outcome=OUTCOMES,
            ),
            counter(
                "edged_presence_repairs_total",
                "Times the node's status at the broker was another's word, and put right.",
                lambda n: n.presence.repairs,
            ),
        ),
        "Bluetooth": (
            states(
                "edged_adapter_state", "How a Bluetooth adapter is: 1 for the state that it is in.",
                get_args(AdapterState), ("adapter",),
                lambda n: {(address,): report.state for address, report in adapters(n).items()},
            ),
            by_adapter(
                "gauge", "edged_adapter_slots", "Most devices it serves at once.", lambda a: a.slots
            ),
            by_adapter(
                "gauge", "edged_adapter_sources", "Devices that it serves, or connects to.",
                lambda a: len(a.sources),
            ),
            by_adapter(
                "counter", "edged_adapter_resets_total", "Times it was switched off and on, or out and in.",
                lambda a: a.resets,
            ),
        ),
        "Page and export": (
            gauge(
                "edged_web_clients", "Live feeds of the page that are open.",
                lambda n: n.instruments.web.clients,
            ),
            counter(
                "edged_web_clients_refused_total", "Live feeds refused because too many were open.",
                lambda n: n.instruments.web.refused,
            ),
            counter(
                "edged_web_cut_off_total", "Connections cut off: too many, or nothing was asked on them.",
                lambda n: n.instruments.web.cut_off,
            ),
            measure(
                "counter", "edged_web_responses_total", "Answers of page and API, by HTTP status.",
                _responses, "code",
            ),
            gauge(
                "edged_web_sessions", "Sessions that are open.", lambda n: n.instruments.access.sessions
            ),
            measure(
                "counter", "edged_web_log_ins_total", "Tries to log in, or to claim the board.",
                _counted(lambda n: n.instruments.access.log_ins, LOG_INS), "outcome", outcome=LOG_INS,
            ),
            measure(
                "counter", "edged_web_refusals_total", "Requests that were not let in.",
                _counted(lambda n: n.instruments.access.refusals, REFUSALS), "reason", reason=REFUSALS,
            ),
            measure(
                "counter", "edged_telemetry_exports_total", "Exports to an OpenTelemetry collector.",
                _exports, "outcome", outcome=("exported", "failed"),
            ),
        ),
        "Process": (
            gauge(
                "process_resident_memory_bytes", "Memory that is resident.", lambda _: process.rss_mb() * 1e6
            ),
            counter(
                "process_cpu_seconds_total", "Processor time, user and system.", lambda _: process.cpu_s()
            ),
            gauge(
                "process_open_fds", "Files, sockets and pipes that are open.",
                lambda _: process.open_files(),
            ),
            gauge(
                "process_max_fds", "How many may be open.", lambda _: process.max_files()
            ),
        ),
    }
)  # fmt: skip
"""By the part of the node, in the order in which they are documented."""

METRICS: Final = tuple(each.metric for measures in TABLE.values() for each in measures)


def read(parts: Parts) -> list[Family]:
    """Read every metric, on the event loop: some microseconds each."""
    return [each.family(parts) for measures in TABLE.values() for each in measures]


def read_safe(config: Config, up_s: float) -> list[Family]:
    """Return what there is to tell of a node in safe mode, which measures nothing."""
    told: dict[str, tuple[Point, ...]] = {
        "edged_node_info": (_node_info(config),),
        "edged_node_mode": tuple(((mode,), float(mode == "safe")) for mode in get_args(NodeMode)),
        "edged_uptime_seconds": (((), up_s),),
    }
    return [Family(metric, told[metric.name]) for metric in METRICS if metric.name in told]


def _tells(source: Source, quantity: str) -> bool:
    return quantity in source.readings and source.state == "streaming"
