"""What a metric is, and what was read of one: values only, of no monitoring system's make."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

from edged.histogram import Distribution

Kind = Literal["counter", "gauge", "histogram"]
Point = tuple[tuple[str, ...], float | Distribution]
"""A value for each label, in order, and what was read: a distribution of a histogram, else a number."""

_UNITS: Final = frozenset({"seconds", "bytes", "ratio", "dbm"})


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric, named as Prometheus names it.

    Attributes:
        name: with its unit, and ``_total`` behind a counter's.
        kind: a counter only ever grows while the process lives.
        help: one sentence.
        labels: names of what tells its time series apart.
        values: of labels of which all values are known, these values.
    """

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def base(self) -> str:
        """The name without what marks a counter."""
        return self.name.removesuffix("_total")

    @property
    def unit(self) -> str:
        """Its base unit, as the name ends; empty for plain numbers."""
        last = self.base.rpartition("_")[2]
        return last if last in _UNITS else ""


@dataclass(frozen=True, slots=True)
class Family:
    """One metric as it was at one moment; no points where there is nothing to tell."""

    metric: Metric
    points: tuple[Point, ...]
