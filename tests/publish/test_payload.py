"""Every payload against its own schema, and the corners of the record form."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edged.clock import ClockMap, ClockQuality, ClockStep
from edged.model import NS_PER_MS, NS_PER_S, Chunk, Event, Quality, StreamInfo
from edged.publish.payload import (
    PAYLOADS,
    clock_payload,
    dump,
    event_payload,
    record_body,
    schema,
    time_text,
)
from tests.publish.validating import validate

UTC_2026 = 1_767_225_600 * NS_PER_S
HEART_RATE = StreamInfo("heart_rate", "/min")
ECG = StreamInfo("ecg", "uV", 130.0)
ACCELERATION = StreamInfo("acceleration", "mg", 50.0, ("x", "y", "z"))


def clock_map(*steps: ClockStep) -> ClockMap:
    return ClockMap("boot-1", steps or [ClockStep(0, UTC_2026, ClockQuality.SYNCED)])


def check(name: str, payload: Mapping[str, Any]) -> dict[str, Any]:
    """Validate a payload as a consumer gets it; return it."""
    told: dict[str, Any] = json.loads(dump(payload))
    validate(told, name)
    return told


def record(chunk: Chunk, *, steps: ClockMap | None = None, hist: bool = False) -> dict[str, Any]:
    body = record_body(7, "strap-1", chunk, steps or clock_map(), hist=hist)
    check("record", {"v": 1, "epoch": "e", "records": [body]})
    return check("record", {"v": 1, "epoch": "e", **body})


@pytest.mark.parametrize("name", PAYLOADS)
def test_every_schema_is_a_valid_schema(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(name))


@pytest.mark.parametrize("name", PAYLOADS)
def test_every_schema_refuses_what_is_empty_or_of_another_version(name: str) -> None:
    for wrong in ({}, {"v": 2}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, schema(name))


def test_a_payload_that_is_not_known_has_no_schema() -> None:
    with pytest.raises(KeyError):
        schema("unheard-of")


@pytest.mark.parametrize(
    ("utc_ns", "text"),
    [
        (0, "1970-01-01T00:00:00.000000Z"),
        (-1, "1969-12-31T23:59:59.999999Z"),
        (-NS_PER_S, "1969-12-31T23:59:59.000000Z"),
        (-86_400 * NS_PER_S + 500 * NS_PER_MS, "1969-12-31T00:00:00.500000Z"),
        (UTC_2026 + 999_999_999, "2026-01-01T00:00:00.999999Z"),
        (951_782_400 * NS_PER_S, "2000-02-29T00:00:00.000000Z"),
    ],
)
def test_times_are_rfc_3339_utc_also_before_1970(utc_ns: int, text: str) -> None:
    assert time_text(utc_ns) == text


@given(st.integers(-(2**63), 2**63 - 1), st.integers(0, 10**12))
def test_later_is_greater_as_text_too_and_times_read_back(utc_ns: int, later_ns: int) -> None:
    text = time_text(utc_ns)
    assert text <= time_text(utc_ns + later_ns)
    read = datetime.fromisoformat(text)
    assert read.microsecond == utc_ns % NS_PER_S // 1000
    assert read.utcoffset() is not None


def test_a_regular_chunk_has_a_start_and_a_spacing() -> None:
    times = [round(i * NS_PER_S / 130) for i in range(73)]
    told = record(Chunk.of(ECG, 1460, times, [float(i) for i in range(73)]))
    assert told == {
        "v": 1,
        "epoch": "e",
        "id": 7,
        "stream": "strap-1/ecg",
        "seq": 1460,
        "t0": "2026-01-01T00:00:00.000000Z",
        "dt_ns": pytest.approx(NS_PER_S / 130, abs=1),
        "t_ok": True,
        "boot": "boot-1",
        "values": list(range(73)),
        "q": 0,
        "hist": False,
    }


def test_an_irregular_chunk_has_a_time_for_each_sample() -> None:
    rr = StreamInfo("rr_interval", "ms")
    told = record(Chunk.of(rr, 3, [0, 812 * NS_PER_MS], [812.4, 790.0]), hist=True)
    assert "t0" not in told
    assert "dt_ns" not in told
    assert told["t"] == ["2026-01-01T00:00:00.000000Z", "2026-01-01T00:00:00.812000Z"]
    assert told["values"] == [812.4, 790]
    assert told["hist"] is True


def test_one_sample_of_a_regular_stream_has_its_time_and_no_spacing() -> None:
    told = record(Chunk.of(ECG, 0, [NS_PER_S], [1.0]))
    assert told["t"] == ["2026-01-01T00:00:01.000000Z"]


def test_a_regular_stream_with_a_hole_has_a_time_for_each_sample() -> None:
    told = record(Chunk.of(ECG, 0, [0, 7_692_308, 30_000_000], [1.0, 2.0, 3.0]))
    assert len(told["t"]) == 3


@pytest.mark.parametrize("back_s", [0.001, 3600])
def test_a_clock_that_steps_back_within_a_chunk_gives_times_not_a_negative_spacing(back_s: float) -> None:
    before = ClockStep(0, UTC_2026, ClockQuality.SYNCED)
    after = ClockStep(10, UTC_2026 + 10 - round(back_s * NS_PER_S), ClockQuality.SYNCED)
    told = record(Chunk.of(ECG, 0, [5, 15], [1.0, 2.0]), steps=clock_map(before, after))
    assert told["t"][1] < told["t"][0]


def test_several_channels_give_a_list_a_sample() -> None:
    told = record(
        Chunk.of(ACCELERATION, 0, [0, 20 * NS_PER_MS], [[1.0, 2.0, 3.0], [4.5, float("nan"), -6.0]])
    )
    assert told["values"] == [[1, 2, 3], [4.5, None, -6]]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_what_is_not_a_number_is_null(value: float) -> None:
    assert record(Chunk.of(HEART_RATE, 0, [0], [value]))["values"] == [None]


def test_whole_numbers_are_told_without_a_point_as_long_as_they_are_exact() -> None:
    chunk = Chunk.of(HEART_RATE, 0, [1, 2, 3, 4], [72.0, -0.0, 2.0**53 - 1, 1e300])
    body = record_body(1, "s", chunk, clock_map(), hist=False)
    assert b'"values":[72,0,9007199254740991,1e+300]' in dump(body)


def test_quality_is_one_number_or_one_a_sample() -> None:
    same = record(Chunk.of(HEART_RATE, 0, [0, NS_PER_S], [70, 71], Quality.NO_CONTACT))
    each = record(Chunk.of(HEART_RATE, 0, [0, NS_PER_S], [70, 71], np.array([0, 8], dtype=np.uint16)))
    assert (same["q"], each["q"]) == (1, [0, 8])


def test_a_time_by_a_clock_that_was_not_right_says_so() -> None:
    unsynced = clock_map(ClockStep(0, 0, ClockQuality.UNSYNCED))
    told = record(Chunk.of(HEART_RATE, 0, [NS_PER_S], [70.0]), steps=unsynced)
    assert (told["t"], told["t_ok"]) == (["1970-01-01T00:00:01.000000Z"], False)


def test_what_was_stamped_before_the_clock_was_right_is_corrected() -> None:
    synced = clock_map(
        ClockStep(0, 0, ClockQuality.UNSYNCED), ClockStep(300 * NS_PER_S, UTC_2026, ClockQuality.SYNCED)
    )
    told = record(Chunk.of(HEART_RATE, 0, [299 * NS_PER_S], [70.0]), steps=synced)
    assert (told["t"], told["t_ok"]) == (["2025-12-31T23:59:59.000000Z"], True)


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.integers(1, 2 * NS_PER_S), st.floats(width=32), st.integers(0, 127)),
        min_size=1,
        max_size=20,
    ),
    st.sampled_from([0.0, 130.0]),
)
def test_whatever_a_chunk_holds_its_record_fits_the_schema(
    samples: list[tuple[int, float, int]], rate_hz: float
) -> None:
    steps, values, quality = zip(*samples, strict=True)
    times = np.cumsum(np.array(steps, dtype=np.int64))
    info = StreamInfo("anything", "1", rate_hz)
    told = record(Chunk.of(info, 0, times, list(values), np.array(quality, dtype=np.uint16)))
    assert len(told["values"]) == len(samples)


def test_an_event() -> None:
    event = Event("contact_lost", 2 * NS_PER_S, "strap-1", {"for_s": 3})
    assert check("event", event_payload("e", 9, event, clock_map(), hist=True)) == {
        "v": 1,
        "epoch": "e",
        "id": 9,
        "kind": "contact_lost",
        "source": "strap-1",
        "t": "2026-01-01T00:00:02.000000Z",
        "t_ok": True,
        "boot": "boot-1",
        "detail": {"for_s": 3},
        "hist": True,
    }


def test_an_event_of_the_node_has_no_source() -> None:
    assert check("event", event_payload("e", 1, Event("gap", 0), clock_map(), hist=False))["source"] is None


def test_the_clock_tells_every_step() -> None:
    steps = (ClockStep(1, 2, ClockQuality.UNSYNCED), ClockStep(3, UTC_2026, ClockQuality.SYNCED))
    assert check("clock", clock_payload(clock_map(*steps))) == {
        "v": 1,
        "boot": "boot-1",
        "steps": [
            {"mono_ns": 1, "utc_ns": 2, "quality": "unsynced"},
            {"mono_ns": 3, "utc_ns": UTC_2026, "quality": "synced"},
        ],
    }


def test_a_payload_never_carries_what_json_has_not() -> None:
    with pytest.raises(ValueError, match="JSON"):
        dump({"hr": float("nan")})


def test_text_goes_as_utf_8() -> None:
    assert dump({"name": "Žofie"}) == '{"name":"Žofie"}'.encode()
