"""Proves from the outside that a record lane is complete: by epoch and id, as any consumer can."""

import json
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

_REMEMBERED: Final = 100_000
_HIGHEST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Report:
    """What was found.

    Attributes:
        received: different records and events.
        lost: ids that are missing and that no ``gap`` event explains.
        duplicates: ids that came again.
        conflicting: of those, the ones that came with other content: never to happen.
        explained: ids that are missing, as a ``gap`` event says.
        out_of_order: ids that came for the first time after a higher one.
        historical: records that were marked as backlog.
        sample_gaps: samples missing within streams, by their numbers.
        invalid: messages, or records in them, that are not records or events.
    """

    received: int
    lost: int
    duplicates: int
    conflicting: int
    explained: int
    out_of_order: int
    historical: int
    sample_gaps: int
    invalid: int

    @property
    def complete(self) -> bool:
        """Whether nothing is missing and nothing contradicts itself."""
        return self.lost == 0 and self.conflicting == 0


class Completeness:
    """Takes the messages of any number of nodes and keeps count.

    Args:
        from_start: expect every epoch from id 1; else from the first id seen of it.
    """

    def __init__(self, *, from_start: bool = False) -> None:
        self._from_start = from_start
        self._epochs: dict[tuple[str, str], _Epoch] = {}
        self._invalid = 0

    def take(self, node: str, payload: bytes) -> None:
        """Take one message of the topic ``record`` or ``event`` of a node."""
        try:
            told = json.loads(payload)
            name, bodies = str(told["epoch"]), list(told.get("records", [told]))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            self._invalid += 1
            return
        for body in bodies:
            try:
                entry = _Entry.parse(body)
            except (ValueError, KeyError, TypeError):
                self._invalid += 1
            else:
                self._epochs.setdefault((node, name), _Epoch()).take(entry)

    def report(self) -> Report:
        """Return what was found so far."""
        epochs = list(self._epochs.values())
        missing = [epoch.missing(from_start=self._from_start) for epoch in epochs]
        return Report(
            received=sum(epoch.ids.count for epoch in epochs),
            lost=sum(lost for lost, _ in missing),
            duplicates=sum(epoch.duplicates for epoch in epochs),
            conflicting=sum(epoch.conflicting for epoch in epochs),
            explained=sum(explained for _, explained in missing),
            out_of_order=sum(epoch.out_of_order for epoch in epochs),
            historical=sum(epoch.historical for epoch in epochs),
            sample_gaps=sum(samples.missing for epoch in epochs for samples in epoch.samples.values()),
            invalid=self._invalid,
        )


@dataclass(frozen=True, slots=True)
class _Entry:
    """One record or event, as far as it matters here."""

    id: int
    hist: bool
    content: int
    stream: str | None = None
    seq: int = 0
    n: int = 0
    gap: tuple[int, int] | None = None

    @classmethod
    def parse(cls, body: dict[str, Any]) -> "_Entry":
        record_id, hist, content = _number(body["id"], 1), body["hist"] is True, _content(body)
        if "stream" in body:
            seq, n = _number(body["seq"], 0), len(body["values"])
            return cls(record_id, hist, content, str(body["stream"]), seq, n)
        detail = body["detail"]
        gap = None
        if body["kind"] == "gap" and "first_id" in detail:
            gap = _number(detail["first_id"], 1), _number(detail["last_id"], 1)
        return cls(record_id, hist, content, gap=gap)


class _Ranges:
    """A set of numbers, kept as ranges: as small as it has holes."""

    def __init__(self) -> None:
        self.count = 0
        self._first: list[int] = []
        self._last: list[int] = []

    def __iter__(self) -> Iterator[tuple[int, int]]:
        return zip(self._first, self._last, strict=True)

    def __bool__(self) -> bool:
        return bool(self._first)

    @property
    def highest(self) -> int:
        return self._last[-1] if self._last else 0

    @property
    def missing(self) -> int:
        """How many numbers between the lowest and the highest are not in it."""
        return self._last[-1] - self._first[0] + 1 - self.count if self._first else 0

    def __contains__(self, number: int) -> bool:
        at = bisect_right(self._first, number) - 1
        return at >= 0 and number <= self._last[at]

    def add(self, first: int, last: int) -> None:
        start = bisect_right(self._last, first - 2)  # the first range that touches
        stop = bisect_right(self._first, last + 1)
        if start < stop:
            first, last = min(first, self._first[start]), max(last, self._last[stop - 1])
        self.count += last - first + 1
        self.count -= sum(self._last[i] - self._first[i] + 1 for i in range(start, stop))
        self._first[start:stop], self._last[start:stop] = [first], [last]

    def within(self, first: int, last: int) -> int:
        """Return how many numbers of a range are in it."""
        return sum(max(min(last, b) - max(first, a) + 1, 0) for a, b in self)


@dataclass(slots=True)
class _Epoch:
    """The life of one journal, as seen from outside."""

    ids: _Ranges = field(default_factory=_Ranges)
    samples: dict[str, _Ranges] = field(default_factory=dict)
    duplicates: int = 0
    conflicting: int = 0
    out_of_order: int = 0
    historical: int = 0
    _explained: _Ranges = field(default_factory=_Ranges)
    _contents: "OrderedDict[int, int]" = field(default_factory=OrderedDict)

    def take(self, entry: _Entry) -> None:
        if entry.id in self.ids:
            self.duplicates += 1
            if self._contents.get(entry.id, entry.content) != entry.content:
                self.conflicting += 1
            return
        self.out_of_order += entry.id < self.ids.highest
        self.historical += entry.hist
        self.ids.add(entry.id, entry.id)
        self._contents[entry.id] = entry.content
        if len(self._contents) > _REMEMBERED:
            self._contents.popitem(last=False)
        if entry.gap is not None and entry.gap[0] <= entry.gap[1]:
            self._explained.add(*entry.gap)
        if entry.stream is not None and entry.n:
            self.samples.setdefault(entry.stream, _Ranges()).add(entry.seq, entry.seq + entry.n - 1)

    def missing(self, *, from_start: bool) -> tuple[int, int]:
        """Return how many ids are missing unexplained, and how many explained."""
        lost = explained = 0
        expected: int | None = 1 if from_start else None
        for first, last in self.ids:
            if expected is not None and expected < first:
                told = self._explained.within(expected, first - 1)
                explained += told
                lost += first - expected - told
            expected = last + 1
        return lost, explained


def _number(told: object, least: int) -> int:
    if not isinstance(told, int) or isinstance(told, bool) or not least <= told <= _HIGHEST:
        raise ValueError(f"{told!r} is no number of a record or a sample")
    return told


def _content(body: dict[str, Any]) -> int:
    """Hash what must not change when a record is told again; its time and ``hist`` may."""
    kept = {key: body.get(key) for key in ("stream", "seq", "values", "q", "kind", "source", "detail")}
    return hash(json.dumps(kept, sort_keys=True))
