"""How metrics are read of the running node: one by one, or by what they are kept of.

Reading happens on the node's event loop, when somebody asks; nothing here costs anything until then.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from edged.histogram import Distribution
from edged.model import NS_PER_S
from edged.ops.metric import Family, Kind, Metric, Point
from edged.ops.parts import Parts
from edged.publish.broker import BrokerStats
from edged.publish.freshness import Vitals
from edged.publish.uplink import Uplink
from edged.sources.equipment import AdapterReport
from edged.sources.supervisor import Source

Read = Callable[[Parts], Iterable[Point]]


@dataclass(frozen=True, slots=True)
class Measure:
    """A metric and how it is read of the running node, on its event loop."""

    metric: Metric
    read: Read

    def family(self, parts: Parts) -> Family:
        """Read it now."""
        return Family(self.metric, tuple(self.read(parts)))


def measure(kind: Kind, name: str, text: str, read: Read, *labels: str, **values: tuple[str, ...]) -> Measure:
    """Return a metric with labels; ``values`` names all values of some of them."""
    return Measure(Metric(name, kind, text, labels, MappingProxyType(values)), read)


def _one(read: Callable[[Parts], float | Distribution | None]) -> Read:
    """Read a metric without labels; None is nothing to tell."""

    def points(parts: Parts) -> Iterator[Point]:
        value = read(parts)
        if value is not None:
            yield (), value

    return points


def counter(name: str, text: str, read: Callable[[Parts], float | None]) -> Measure:
    """Return a counter without labels."""
    return measure("counter", name, text, _one(read))


def gauge(name: str, text: str, read: Callable[[Parts], float | None]) -> Measure:
    """Return a gauge without labels."""
    return measure("gauge", name, text, _one(read))


def histogram(name: str, text: str, read: Callable[[Parts], Distribution | None]) -> Measure:
    """Return a histogram without labels."""
    return measure("histogram", name, text, _one(read))


def states(
    name: str,
    text: str,
    known: tuple[str, ...],
    labels: tuple[str, ...],
    read: Callable[[Parts], Mapping[tuple[str, ...], str]],
) -> Measure:
    """Return a gauge with a series a state: 1 for the one that it is in, 0 for the others."""

    def points(parts: Parts) -> Iterator[Point]:
        for owner, current in read(parts).items():
            for state in known:
                yield (*owner, state), float(state == current)

    return measure("gauge", name, text, points, *labels, "state", state=known)


def by_source(kind: Kind, name: str, text: str, read: Callable[[Parts, Source], float | None]) -> Measure:
    """Return a metric of each source."""

    def points(parts: Parts) -> Iterator[Point]:
        for source in parts.sources:
            value = read(parts, source)
            if value is not None:
                yield (source.name,), value

    return measure(kind, name, text, points, "source")


def by_subject(name: str, text: str, read: Callable[[Parts, Vitals], float | None]) -> Measure:
    """Return a gauge of each subject."""

    def points(parts: Parts) -> Iterator[Point]:
        for subject in parts.config.subject:
            value = read(parts, parts.live.vitals(subject.name))
            if value is not None:
                yield (subject.name,), value

    return measure("gauge", name, text, points, "subject")


def by_adapter(kind: Kind, name: str, text: str, read: Callable[[AdapterReport], float]) -> Measure:
    """Return a metric of each Bluetooth adapter."""

    def points(parts: Parts) -> Iterator[Point]:
        for address, report in adapters(parts).items():
            yield (address,), read(report)

    return measure(kind, name, text, points, "adapter")


def by_uplink(kind: Kind, name: str, text: str, read: Callable[[Uplink], float | Distribution]) -> Measure:
    """Return a metric of the uplink, where there is one."""

    def points(parts: Parts) -> Iterator[Point]:
        if parts.uplink is not None:
            yield (parts.uplink.name,), read(parts.uplink)

    return measure(kind, name, text, points, "uplink")


def by_broker(name: str, text: str, read: Callable[[BrokerStats], float]) -> Measure:
    """Return a counter of the uplink's broker, where there is one."""

    def points(parts: Parts) -> Iterator[Point]:
        if parts.uplink is not None and parts.broker is not None:
            yield (parts.uplink.name,), read(parts.broker.stats)

    return measure("counter", name, text, points, "uplink")


def adapters(parts: Parts) -> dict[str, AdapterReport]:
    """Return the adapters by what they are known by."""
    return {report.address or report.name: report for report in parts.equipment.adapters()}


def age_s(parts: Parts, since_ns: int | None) -> float | None:
    """Return for how long that is, s; None for never."""
    return None if since_ns is None else max(parts.clock.mono_ns() - since_ns, 0) / NS_PER_S
