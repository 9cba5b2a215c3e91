"""Metrics as Prometheus reads them; only this module knows its client library."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from prometheus_client import Metric as PrometheusMetric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from edged.histogram import Distribution
from edged.ops.metric import Family


class _Families(Collector):
    """Hands over what was read already."""

    def __init__(self, families: Iterable[Family]) -> None:
        self._families = families

    def collect(self) -> Iterator[PrometheusMetric]:
        return map(_translated, self._families)


def expose(families: Sequence[Family], accept: str = "") -> tuple[bytes, str]:
    """Write metrics as text; takes milliseconds, so not on the event loop.

    Args:
        families: as they were read.
        accept: the scraper's ``Accept``: OpenMetrics where it asks for that, else Prometheus' own format.

    Returns:
        The text, and its content type.
    """
    encode, content_type = choose_encoder(accept)
    return encode(_Families(families)), content_type


def _translated(family: Family) -> PrometheusMetric:
    metric = family.metric
    # A unit would have to end the name of the family: it does so by the table's own rule.
    translated = PrometheusMetric(metric.base, metric.help, metric.kind, metric.unit)
    for labels, value in family.points:
        named = dict(zip(metric.labels, labels, strict=True))
        if isinstance(value, Distribution):
            _add_distribution(translated, named, value)
        else:
            translated.add_sample(metric.name, named, float(value))
    return translated


def _add_distribution(metric: PrometheusMetric, labels: dict[str, str], value: Distribution) -> None:
    bounds = [*map(floatToGoString, value.bounds_s), "+Inf"]
    for bound, count in zip(bounds, accumulate(value.counts), strict=True):
        metric.add_sample(f"{metric.name}_bucket", labels | {"le": bound}, count)
    metric.add_sample(f"{metric.name}_count", labels, value.count)
    metric.add_sample(f"{metric.name}_sum", labels, value.sum_s)
