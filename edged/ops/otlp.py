"""Metrics over OTLP/HTTP; only this module knows OpenTelemetry."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Final

from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics.export import (
    AggregationTemporality,
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    MetricExportResult,
    MetricsData,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.util.instrumentation import InstrumentationScope

from edged import __version__
from edged.histogram import Distribution
from edged.ops.metric import Family

_UNITS: Final[Mapping[str, str]] = {"seconds": "s", "bytes": "By", "ratio": "1", "dbm": "dBm", "": ""}
"""Ours to UCUM's."""

_LONGEST_REASON: Final = 300
_CUMULATIVE: Final = AggregationTemporality.CUMULATIVE
_VENDOR: Final = logging.getLogger("opentelemetry.exporter.otlp")
_VENDOR.setLevel(logging.WARNING)


class OtlpExporter:
    """Sends metrics to one collector; one thread at a time.

    Certificates and headers are those of OpenTelemetry's environment variables, such as
    ``OTEL_EXPORTER_OTLP_HEADERS``.

    Args:
        url: where metrics are posted to.
        timeout_s: given up after so long, retries included.
        resource: who sends.
    """

    def __init__(self, url: str, timeout_s: float, resource: Mapping[str, str]) -> None:
        self._resource = Resource(dict(resource))
        self._exporter = OTLPMetricExporter(url, timeout=timeout_s)

    def export(self, families: Sequence[Family], began_ns: int, now_ns: int) -> str | None:
        """Send metrics, and wait until the collector has them; return what is wrong where it has not.

        Args:
            families: as they were read.
            began_ns: since when counters count, UTC.
            now_ns: when they were read, UTC.
        """
        metrics = [_translated(family, began_ns, now_ns) for family in families if family.points]
        scope = ScopeMetrics(InstrumentationScope("edged", __version__), metrics, "")
        data = MetricsData([ResourceMetrics(self._resource, [scope], "")])
        with _overheard() as words:
            result = self._exporter.export(data)
        if result is MetricExportResult.SUCCESS:
            return None
        return words[0][:_LONGEST_REASON] if words else "it does not say why"

    def close(self) -> None:
        """Let go of the connection; an export that waits to be tried again ends."""
        self._exporter.shutdown()


def _translated(family: Family, began_ns: int, now_ns: int) -> Metric:
    metric = family.metric
    numbers: list[NumberDataPoint] = []
    distributions: list[HistogramDataPoint] = []
    for labels, value in family.points:
        attributes = dict(zip(metric.labels, labels, strict=True))
        if isinstance(value, Distribution):
            distributions.append(_distribution(attributes, value, began_ns, now_ns))
        else:
            numbers.append(NumberDataPoint(attributes, began_ns, now_ns, value))
    data: Sum | Gauge | Histogram
    match metric.kind:
        case "counter":
            data = Sum(numbers, _CUMULATIVE, is_monotonic=True)
        case "gauge":
            data = Gauge(numbers)
        case "histogram":
            data = Histogram(distributions, _CUMULATIVE)
    return Metric(metric.base, metric.help, _UNITS[metric.unit], data)


def _distribution(
    attributes: dict[str, str], value: Distribution, began_ns: int, now_ns: int
) -> HistogramDataPoint:
    return HistogramDataPoint(
        attributes,
        began_ns,
        now_ns,
        value.count,
        value.sum_s,
        value.counts,
        value.bounds_s,
        value.least_s,
        value.most_s,
    )


class _Ear(logging.Handler):
    """Keeps what is said."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.words.append(record.getMessage())


@contextmanager
def _overheard() -> Iterator[list[str]]:
    """Take what the exporter would log, the only place where it says why it failed."""
    ear = _Ear()
    _VENDOR.addHandler(ear)
    _VENDOR.propagate = False
    try:
        yield ear.words
    finally:
        _VENDOR.removeHandler(ear)
        _VENDOR.propagate = True
