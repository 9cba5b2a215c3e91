"""Counting, against sets that count naively."""

import json
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edged.publish.completeness import Completeness, Report, _Ranges

NOTHING = Report(0, 0, 0, 0, 0, 0, 0, 0, 0)


def record(n: int, *, seq: int | None = None, values: list[float] | None = None, **more: Any) -> bytes:
    return json.dumps(body(n, seq=seq, values=values) | {"v": 1, "epoch": "e"} | more).encode()


def body(n: int, *, seq: int | None = None, values: list[float] | None = None) -> dict[str, Any]:
    seq = n - 1 if seq is None else seq
    return {
        "id": n,
        "stream": "s/hr",
        "seq": seq,
        "t": ["2026-01-01T00:00:00Z"],
        "values": values or [70],
        "q": 0,
        "hist": False,
    }


def gap(n: int, first: int, last: int) -> bytes:
    detail = {"first_id": first, "last_id": last, "reason": "cap"}
    told = {"v": 1, "epoch": "e", "id": n, "kind": "gap", "source": None, "detail": detail, "hist": False}
    return json.dumps(told).encode()


def report(*payloads: bytes, from_start: bool = True) -> Report:
    completeness = Completeness(from_start=from_start)
    for payload in payloads:
        completeness.take("node", payload)
    return completeness.report()


def test_nothing_is_complete() -> None:
    assert report() == NOTHING
    assert report().complete


def test_all_in_order() -> None:
    found = report(*(record(n) for n in range(1, 11)))
    assert found == replace(NOTHING, received=10)
    assert found.complete


def test_a_batch_is_so_many_records() -> None:
    batch = {"v": 1, "epoch": "e", "records": [body(1), body(2), body(3)]}
    assert report(json.dumps(batch).encode()) == replace(NOTHING, received=3)


def test_a_hole_is_lost_and_its_samples_are_missing() -> None:
    found = report(record(1), record(4))
    assert found == replace(NOTHING, received=2, lost=2, sample_gaps=2)
    assert not found.complete


def test_what_is_missing_before_the_first_counts_only_from_the_start() -> None:
    assert report(record(5)).lost == 4
    assert report(record(5), from_start=False) == replace(NOTHING, received=1)


def test_a_hole_that_is_filled_later_is_none() -> None:
    found = report(record(1), record(3), record(2))
    assert found == replace(NOTHING, received=3, out_of_order=1)


def test_a_gap_event_explains_a_hole_whenever_it_comes() -> None:
    for payloads in ([gap(1, 2, 4), record(5)], [record(1), record(5), gap(6, 2, 4)]):
        found = report(*payloads)
        assert (found.lost, found.explained, found.complete) == (0, 3, True)


def test_a_gap_event_explains_what_it_names_and_once() -> None:
    found = report(record(1), record(6), gap(7, 2, 4), gap(8, 3, 4))
    assert (found.lost, found.explained) == (1, 3)


def test_a_gap_in_samples_alone_explains_no_id() -> None:
    told = json.loads(gap(2, 1, 1)) | {"detail": {"quantity": "ecg", "samples": 73}}
    assert report(record(1), json.dumps(told).encode()) == replace(NOTHING, received=2)


def test_a_gap_event_that_ends_before_it_begins_explains_nothing() -> None:
    assert report(record(1), gap(4, 3, 2)).lost == 2


def test_a_duplicate_with_the_same_content_is_no_harm() -> None:
    corrected = record(1, t=["2026-01-01T00:00:01Z"], hist=True)
    found = report(record(1), corrected, record(1))
    assert found == replace(NOTHING, received=1, duplicates=2)
    assert found.complete


@pytest.mark.parametrize(
    "other",
    [record(1, values=[71]), record(1, seq=5), record(1, q=1), record(1, stream="x/hr"), gap(1, 1, 1)],
)
def test_a_duplicate_with_other_content_is_a_conflict(other: bytes) -> None:
    found = report(record(1), other)
    assert (found.duplicates, found.conflicting, found.complete) == (1, 1, False)


def test_backlog_is_counted() -> None:
    assert report(record(1, hist=True), record(2)).historical == 1


def test_nodes_and_epochs_are_kept_apart() -> None:
    completeness = Completeness(from_start=True)
    for node, epoch in (("a", "1"), ("a", "2"), ("b", "1")):
        completeness.take(node, record(1, epoch=epoch))
    assert completeness.report() == replace(NOTHING, received=3)


GARBAGE = [
    b"",
    b"\xff\xfe",
    b"[]",
    b"7",
    b"null",
    b'"text"',
    b"{}",
    b'{"epoch":"e"}',
    b"[" * 100_000,
    record(0),
    record(-1),
    record(2**63),
    record(1, id=True),
    record(1, id="1"),
    record(1, id=1.5),
    record(1, id=None),
    b'{"epoch":"e","id":Infinity,"hist":false}',
    b'{"epoch":"e","id":NaN,"hist":false}',
    record(1, seq=-1),
    record(1, values=None).replace(b"[70]", b"70"),
    b'{"epoch":"e","records":7}',
    b'{"epoch":"e","records":[7]}',
    b'{"epoch":"e","records":{"id":1}}',
    b'{"epoch":"e","id":1,"hist":false,"kind":"gap"}',
    b'{"epoch":"e","id":1,"hist":false,"kind":"gap","detail":7}',
    gap(1, 0, 3),
    gap(1, 1, 2**64),
]


@pytest.mark.parametrize("payload", GARBAGE)
def test_garbage_is_counted_and_leaves_no_trace(payload: bytes) -> None:
    found = report(payload)
    assert found == replace(NOTHING, invalid=1)
    assert report(payload, record(1)) == replace(NOTHING, invalid=1, received=1)


def test_in_a_batch_the_good_ones_count() -> None:
    batch = {"v": 1, "epoch": "e", "records": [body(1), {"id": "?"}, body(2)]}
    assert report(json.dumps(batch).encode()) == replace(NOTHING, received=2, invalid=1)


def test_a_huge_hole_is_counted_at_once() -> None:
    found = report(record(1, seq=0), record(2**62, seq=2**62))
    assert (found.lost, found.sample_gaps) == (2**62 - 2, 2**62 - 1)


def test_memory_of_contents_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edged.publish.completeness._REMEMBERED", 3)
    completeness = Completeness()
    for n in range(1, 11):
        completeness.take("node", record(n))
    (epoch,) = completeness._epochs.values()
    assert len(epoch._contents) == 3
    completeness.take("node", record(1, values=[99]))
    completeness.take("node", record(10, values=[99]))
    assert (completeness.report().duplicates, completeness.report().conflicting) == (2, 1)


@given(st.binary(max_size=200))
def test_no_bytes_do_harm(payload: bytes) -> None:
    assert report(payload).invalid == 1


KEYS = ["epoch", "id", "records", "stream", "seq", "values", "kind", "detail", "hist"]
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner),
)


@given(ANYTHING)
def test_no_json_does_harm(told: Any) -> None:
    found = report(json.dumps(told).encode())
    assert found.received <= 10


@settings(max_examples=200)
@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 8)), max_size=40))
def test_ranges_are_a_set(added: list[tuple[int, int]]) -> None:
    ranges, naive = _Ranges(), set[int]()
    for first, more in added:
        ranges.add(first, first + more)
        naive |= set(range(first, first + more + 1))
        told = list(ranges)
        assert all(a[1] + 1 < b[0] for a, b in pairwise(told)), "apart, and in order"
        assert {n for a, b in told for n in range(a, b + 1)} == naive
        assert ranges.count == len(naive)
        assert ranges.highest == max(naive)
        assert ranges.missing == max(naive) - min(naive) + 1 - len(naive)
        assert all((n in ranges) == (n in naive) for n in range(-1, 71))
        assert ranges.within(10, 20) == len(naive & set(range(10, 21)))
    assert bool(ranges) == bool(naive)


@settings(max_examples=200)
@given(
    told=st.lists(st.tuples(st.integers(1, 40), st.sampled_from([70, 70, 70, 71])), max_size=60),
    gaps=st.lists(st.tuples(st.integers(1, 40), st.integers(0, 5)), max_size=4),
    from_start=st.booleans(),
)
def test_it_counts_as_sets_do(
    *,
    told: list[tuple[int, int]],
    gaps: list[tuple[int, int]],
    from_start: bool,
) -> None:
    payloads = [record(n, values=[value]) for n, value in told]
    payloads += [gap(100 + i, first, first + more) for i, (first, more) in enumerate(gaps)]
    found = report(*payloads, from_start=from_start)

    first_values: dict[int, int] = {}
    duplicates = conflicting = out_of_order = 0
    for n, value in told:
        if n in first_values:
            duplicates += 1
            conflicting += first_values[n] != value
        else:
            out_of_order += bool(first_values) and n < max(first_values)
            first_values[n] = value
    seen = set(first_values) | {100 + i for i in range(len(gaps))}
    expected = set(range(1 if from_start else min(seen), max(seen) + 1)) if seen else set()
    named = {n for first, more in gaps for n in range(first, first + more + 1)}
    samples = {n - 1 for n in first_values}
    assert found == Report(
        received=len(seen),
        lost=len(expected - seen - named),
        duplicates=duplicates,
        conflicting=conflicting,
        explained=len((expected - seen) & named),
        out_of_order=out_of_order,
        historical=0,
        sample_gaps=max(samples) - min(samples) + 1 - len(samples) if samples else 0,
        invalid=0,
    )
