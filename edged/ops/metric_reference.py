"""Writes what the table says: the page of all metrics."""

from collections.abc import Iterator
from typing import Final

from edged.ops.measure import Measure
from edged.ops.metric_table import TABLE

_HEAD: Final = """\
# Metrics

Generated from the code (`python scripts/docs.py`).

`GET /metrics` on the page's address tells every figure below as of now, in Prometheus' text format, or in
OpenMetrics where the scraper asks for it. Reading them costs the node a fraction of a millisecond, and
nothing until somebody asks; the text is written beside the event loop. Nothing here is a reading of a
person: no heart rate, no interval, no waveform. The number of time series is bounded by the configuration.

- [`config/prometheus/prometheus.example.yml`](../config/prometheus/prometheus.example.yml) scrapes it;
- [`config/prometheus/edged.rules.yml`](../config/prometheus/edged.rules.yml) are the alerts, each with the
  mend;
- [`config/grafana/edged.json`](../config/grafana/edged.json) is the dashboard: import it, and choose site
  and node.

**Latency.** `edged_live_latency_seconds` is the histogram to compute with over any time and many nodes:
`histogram_quantile(0.99, sum by (le) (rate(edged_live_latency_seconds_bucket[5m])))`. The `p50`, `p95` and
`p99` beside it are exact, of the last readings of one node.

**States** are a series a state: 1 for the one that it is in, 0 for the others, so that `== 1` names it.

**OpenTelemetry.** With `otlp_url` in `[telemetry]` the same goes to a collector over OTLP/HTTP, in an
interval; that needs the extra `otel` (`pip install "edged[otel]"`). Names are those below without `_total`;
site and node are attributes of the resource. Headers and certificates are given by OpenTelemetry's own
environment variables, such as `OTEL_EXPORTER_OTLP_HEADERS`. A collector that is away is logged once, and
changes nothing else.
"""


def markdown() -> str:
    """Return the page of all metrics."""
    lines = [_HEAD]
    for part, measures in TABLE.items():
        lines += [f"## {part}", "", "| metric | type | labels | what |", "|---|---|---|---|"]
        lines += _rows(measures)
        lines += [*_values(measures), ""]
    return "\n".join(lines).rstrip() + "\n"


def _rows(measures: tuple[Measure, ...]) -> Iterator[str]:
    for each in measures:
        metric = each.metric
        labels = ", ".join(f"`{label}`" for label in metric.labels)
        yield f"| `{metric.name}` | {metric.kind} | {labels} | {metric.help} |"


def _values(measures: tuple[Measure, ...]) -> Iterator[str]:
    """Name the values of labels of which all are known."""
    for each in measures:
        for label, values in each.metric.values.items():
            yield ""
            yield f"`{label}` of `{each.metric.name}`: {', '.join(f'`{value}`' for value in values)}."
