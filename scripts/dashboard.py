"""Writes the Grafana dashboard: what is drawn is said here, what it means comes from the table of metrics."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from edged.ops.metric_table import METRICS

_WIDTH: Final = 24
_SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
_HELP: Final = {metric.name: metric.help for metric in METRICS}
_OF: Final = 'instance=~"$instance"'


@dataclass(frozen=True)
class Panel:
    """One panel.

    Attributes:
        title: what it shows.
        queries: legend to expression; ``@`` stands for the choice of nodes.
        unit: as Grafana names it.
        kind: of panel.
        width: of 24 columns.
        height: in Grafana's rows.
        red_from: from here on it is drawn red.
        red_below: below this it is drawn red.
    """

    title: str
    queries: dict[str, str]
    unit: str = "short"
    kind: str = "timeseries"
    width: int = 8
    height: int = 7
    red_from: float | None = None
    red_below: float | None = None


@dataclass(frozen=True)
class Row:
    """A row, which can be folded away."""

    title: str
    panels: tuple[Panel, ...] = field(default=())


def _rate(name: str, legend: str) -> dict[str, str]:
    return {legend: f"rate({name}{{@}}[$__rate_interval])"}


def _count(name: str, legend: str) -> dict[str, str]:
    """Return how often something happened in the time that is shown of each point."""
    return {legend: f"increase({name}{{@}}[$__rate_interval])"}


def _quantiles(name: str, by: str = "instance") -> dict[str, str]:
    return {
        f"p{round(100 * share)} {{{{instance}}}}": (
            f"histogram_quantile({share}, sum by (le, {by}) (rate({name}_bucket{{@}}[$__rate_interval])))"
        )
        for share in (0.5, 0.95, 0.99)
    }


def _stat(title: str, query: str, unit: str = "short", **limits: float) -> Panel:
    return Panel(title, {"": query}, unit, "stat", width=3, height=4, **limits)


def _states(title: str, name: str, owner: str, width: int = 12) -> Panel:
    """Draw a bar for each state, as long as it lasts."""
    return Panel(title, {f"{owner} {{{{state}}}}": f"{name}{{@}} == 1"}, kind="state-timeline", width=width)


ROWS: Final = (
    Row(
        "Overview",
        (
            _stat("Nodes", "count(edged_node_info{@})"),
            _stat("On air", 'sum(edged_subject_state{@,state="fresh"})'),
            _stat("Not on air", 'sum(edged_subject_state{@,state=~"stale|lost"})', red_from=1),
            _stat("Sources down", 'sum(edged_source_state{@,state!~"streaming|ended"})', red_from=1),
            _stat("Live latency, p99", "max(edged_live_latency_p99_seconds{@})", "s", red_from=0.1),
            _stat("Backlog", "sum(edged_uplink_backlog_records{@})", red_from=10_000),
            _stat(
                "Brokers connected",
                'min(max by (instance) (edged_uplink_state{@,state=~"connected|off"}))', red_below=1,
            ),
            _stat("Journals ready", 'min(edged_journal_state{@,state="ready"})', red_below=1),
            Panel("Nodes", {"": "edged_node_info{@}"}, kind="table", width=12),
            _states("Subjects", "edged_subject_state", "{{subject}}"),
            _states("Mode", "edged_node_mode", "{{instance}}", width=24),
        ),
    ),
    Row(
        "Live latency",
        (
            Panel(
                "Receipt to publish",
                {"{{le}}": "sum by (le) (increase(edged_live_latency_seconds_bucket{@}[$__rate_interval]))"},
                "s", "heatmap", width=12,
            ),
            Panel("Receipt to publish, quantiles", _quantiles("edged_live_latency_seconds"), "s", width=12),
            Panel(
                "Exact, of the last readings",
                {
                    f"p{share} {{{{instance}}}}": f"edged_live_latency_p{share}_seconds{{@}}"
                    for share in (50, 95, 99)
                },
                "s",
            ),
            Panel("Live messages", _rate("edged_live_messages_total", "{{instance}}"), "cps"),
            Panel(
                "Age of readings", {"{{subject}}": "edged_subject_reading_age_seconds{@}"}, "s", red_from=5
            ),
            Panel(
                "Readings that did not go out",
                _count("edged_live_superseded_total", "superseded {{instance}}")
                | _count("edged_live_unsent_total", "unsent {{instance}}"),
            ),
            Panel("Waveform messages", _rate("edged_wave_messages_total", "{{instance}}"), "cps"),
            Panel(
                "Waveform values that did not go out",
                _count("edged_wave_dropped_values_total", "dropped {{instance}}")
                | _count("edged_wave_unsent_values_total", "unsent {{instance}}"),
            ),
        ),
    ),
    Row(
        "Sources",
        (
            _states("States", "edged_source_state", "{{source}}", width=24),
            Panel("Packets", _rate("edged_source_packets_total", "{{source}}"), "cps"),
            Panel("Samples", _rate("edged_source_samples_total", "{{source}}"), "cps"),
            Panel(
                "Since the last packet", {"{{source}}": "edged_source_packet_age_seconds{@}"}, "s", red_from=4
            ),
            Panel("Gaps", _count("edged_gaps_total", "{{source}} {{reason}}")),
            Panel("Samples that never came", _count("edged_source_missing_samples_total", "{{source}}")),
            Panel("Not understood", _count("edged_source_faults_total", "{{source}}")),
            Panel("Restarts", _count("edged_source_restarts_total", "{{source}}")),
            Panel("Battery", {"{{source}}": "edged_source_battery_ratio{@}"}, "percentunit", red_below=0.15),
            Panel("Signal", {"{{source}}": "edged_source_rssi_dbm{@}"}, "dBm", red_below=-80),
        ),
    ),
    Row(
        "Journal",
        (
            _states("State", "edged_journal_state", "{{instance}}"),
            Panel(
                "Size",
                {
                    "{{instance}}": "edged_journal_size_bytes{@}",
                    "cap {{instance}}": "edged_journal_cap_bytes{@}",
                },
                "bytes", width=12,
            ),
            Panel("Depth", {"{{instance}}": "edged_journal_records{@}"}),
            Panel("Waiting in memory", {"{{instance}}": "edged_journal_waiting_entries{@}"}),
            Panel(
                "Committed",
                _rate("edged_journal_chunks_total", "chunks {{instance}}")
                | _rate("edged_journal_samples_total", "samples {{instance}}")
                | _rate("edged_journal_events_total", "events {{instance}}"),
                "cps",
            ),
            Panel(
                "fsyncs a minute",
                {"{{instance}}": "60 * rate(edged_journal_fsyncs_total{@}[$__rate_interval])"},
                red_from=120,
            ),
            Panel("Time of a commit", _quantiles("edged_journal_commit_seconds"), "s"),
            Panel(
                "Lost and failed",
                _count("edged_journal_dropped_total", "dropped {{source}}")
                | _count("edged_journal_forced_out_records_total", "forced out {{instance}}")
                | _count("edged_journal_failures_total", "failures {{instance}}")
                | _count("edged_journal_quarantined_total", "quarantined {{instance}}"),
            ),
        ),
    ),
    Row(
        "Delivery",
        (
            _states("Broker", "edged_uplink_state", "{{instance}}"),
            Panel("Backlog", {"{{instance}}": "edged_uplink_backlog_records{@}"}, width=12),
            Panel(
                "Records",
                _rate("edged_uplink_published_records_total", "published {{instance}}")
                | _rate("edged_uplink_acknowledged_records_total", "acknowledged {{instance}}")
                | _rate("edged_uplink_messages_total", "messages {{instance}}"),
                "cps",
            ),
            Panel("Measured to acknowledged", _quantiles("edged_uplink_delivery_seconds"), "s"),
            Panel(
                "Connections",
                _count("edged_uplink_connects_total", "made {{instance}}")
                | _count("edged_uplink_failures_total", "failed {{instance}}")
                | _count("edged_uplink_refusals_total", "refusals {{instance}}")
                | _count("edged_presence_repairs_total", "status repaired {{instance}}"),
            ),
            Panel("Test messages", _count("edged_uplink_tests_total", "{{outcome}} {{instance}}")),
        ),
    ),
    Row(
        "Bluetooth",
        (
            _states("Adapters", "edged_adapter_state", "{{adapter}}"),
            Panel(
                "Slots",
                {
                    "taken {{adapter}}": "edged_adapter_sources{@}",
                    "there are {{adapter}}": "edged_adapter_slots{@}",
                },
                width=6,
            ),
            Panel("Resets", _count("edged_adapter_resets_total", "{{adapter}}"), width=6),
        ),
    ),
    Row(
        "Board",
        (
            Panel("Event loop, delay", _quantiles("edged_loop_lag_seconds"), "s"),
            Panel(
                "Event loop, worst of a minute", {"{{instance}}": "edged_loop_lag_max_seconds{@}"},
                "s", red_from=0.25,
            ),
            Panel("Data path", {"{{path}} {{instance}}": "edged_progress_age_seconds{@}"}, "s", red_from=10),
            Panel(
                "Watchdog",
                _rate("edged_watchdog_fed_total", "fed {{instance}}")
                | _count("edged_watchdog_withheld_total", "withheld {{instance}}"),
            ),
            Panel("Memory", {"{{instance}}": "process_resident_memory_bytes{@}"}, "bytes"),
            Panel("Processor", _rate("process_cpu_seconds_total", "{{instance}}"), "percentunit"),
            Panel(
                "Open files",
                {"{{instance}}": "process_open_fds{@}", "most {{instance}}": "process_max_fds{@}"},
            ),
            Panel("Tasks", {"{{instance}}": "edged_loop_tasks{@}"}),
            Panel("Uptime", {"{{instance}}": "edged_uptime_seconds{@}"}, "s"),
            Panel(
                "Clock",
                {
                    "synced {{instance}}": "edged_clock_synced{@}",
                    "steps {{instance}}": "increase(edged_clock_steps_total{@}[$__rate_interval])",
                },
            ),
            Panel(
                "Page",
                {"clients {{instance}}": "edged_web_clients{@}"}
                | _count("edged_web_clients_refused_total", "refused {{instance}}")
                | _count("edged_web_cut_off_total", "cut off {{instance}}"),
            ),
            Panel(
                "Who comes in",
                {"sessions {{instance}}": "edged_web_sessions{@}"}
                | _count("edged_web_log_ins_total", "{{outcome}} {{instance}}"),
            ),
            Panel("Not let in", _count("edged_web_refusals_total", "{{reason}} {{instance}}")),
            Panel("Answers", _rate("edged_web_responses_total", "{{code}} {{instance}}"), "cps"),
            Panel("OpenTelemetry", _count("edged_telemetry_exports_total", "{{outcome}} {{instance}}")),
        ),
    ),
)  # fmt: skip


def metrics_in(text: str) -> set[str]:
    """Return the metrics that an expression names, known or not."""
    named = re.findall(r"\b(?:edged|process)_\w+", text)
    return {name if name in _HELP else re.sub(r"_(bucket|count|sum)$", "", name) for name in named}


def expressions() -> Iterator[str]:
    """Return every expression of the dashboard, with plain durations and all nodes."""
    for row in ROWS:
        for panel in row.panels:
            for query in panel.queries.values():
                yield _expression(query).replace("$__rate_interval", "1m").replace("$instance", ".*")


def dashboard() -> str:
    """Return the dashboard as Grafana imports it."""
    told = {
        "uid": "edged",
        "title": "edged",
        "description": "Nodes of edged: live latency, sources, journal, delivery, board.",
        "tags": ["edged"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "graphTooltip": 1,
        "refresh": "10s",
        "time": {"from": "now-30m", "to": "now"},
        "timezone": "browser",
        "annotations": {"list": [_alerts()]},
        "templating": {"list": list(_variables())},
        "panels": list(_placed()),
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _expression(query: str) -> str:
    return query.replace("@", _OF)


def _alerts() -> dict[str, Any]:
    return {
        "name": "Alerts",
        "enable": True,
        "iconColor": "red",
        "datasource": _SOURCE,
        "expr": 'ALERTS{alertname=~"Edged.*",alertstate="firing"}',
        "titleFormat": "{{alertname}}",
        "textFormat": "{{source}} {{subject}} {{instance}}",
    }


def _variables() -> Iterator[dict[str, Any]]:
    """Choose site and node; the instance that Prometheus scrapes them at follows from that."""
    yield {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus"}
    chosen = ""
    for name, label, hide in (("site", "Site", 0), ("node", "Node", 0), ("instance", "Instance", 2)):
        yield {
            "name": name,
            "label": label,
            "type": "query",
            "datasource": _SOURCE,
            "query": {"query": f"label_values(edged_node_info{{{chosen}}}, {name})", "refId": name},
            "refresh": 2,
            "sort": 1,
            "multi": True,
            "includeAll": True,
            "current": {"text": ["All"], "value": ["$__all"]},
            "hide": hide,
        }
        chosen += f'{"," if chosen else ""}{name}=~"${name}"'


def _placed() -> Iterator[dict[str, Any]]:
    """Lay the panels out from left to right, and give each its number."""
    number = y = 0
    for row in ROWS:
        number += 1
        x = height = 0
        yield {
            "id": number, "type": "row", "title": row.title, "collapsed": False, "panels": [],
            "gridPos": {"x": 0, "y": y, "w": _WIDTH, "h": 1},
        }  # fmt: skip
        y += 1
        for panel in row.panels:
            number += 1
            if x + panel.width > _WIDTH:
                x, y, height = 0, y + height, 0
            yield {
                "id": number,
                "gridPos": {"x": x, "y": y, "w": panel.width, "h": panel.height},
                **_drawn(panel),
            }
            x, height = x + panel.width, max(height, panel.height)
        y += height


def _drawn(panel: Panel) -> dict[str, Any]:
    metrics = sorted({name for query in panel.queries.values() for name in metrics_in(query)})
    defaults: dict[str, Any] = {"unit": panel.unit}
    if panel.red_from is not None or panel.red_below is not None:
        low, high = ("green", "red") if panel.red_below is None else ("red", "green")
        limit = panel.red_from if panel.red_below is None else panel.red_below
        steps = [{"color": low, "value": None}, {"color": high, "value": limit}]
        defaults["thresholds"] = {"mode": "absolute", "steps": steps}
        if panel.kind == "timeseries":
            defaults["custom"] = {"thresholdsStyle": {"mode": "line"}}
    at_once = panel.kind in {"stat", "table"}
    return {
        "type": panel.kind,
        "title": panel.title,
        "description": "\n".join(f"{name}: {_HELP[name]}" for name in metrics),
        "datasource": _SOURCE,
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": _OPTIONS.get(panel.kind, {}),
        "targets": [
            {
                "refId": chr(ord("A") + n),
                "datasource": _SOURCE,
                "expr": _expression(query),
                "legendFormat": legend or "__auto",
                "instant": at_once,
                "range": not at_once,
                "format": {"table": "table", "heatmap": "heatmap"}.get(panel.kind, "time_series"),
            }
            for n, (legend, query) in enumerate(panel.queries.items())
        ],
    }


_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "timeseries": {
        "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
        "tooltip": {"mode": "multi", "sort": "desc"},
    },
    "stat": {"colorMode": "value", "graphMode": "none", "reduceOptions": {"calcs": ["lastNotNull"]}},
    "state-timeline": {"showValue": "never", "mergeValues": True, "rowHeight": 0.9},
    "heatmap": {"calculate": False, "yAxis": {"unit": "s"}, "cellGap": 1},
}
