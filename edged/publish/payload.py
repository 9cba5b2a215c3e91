"""What is said under each topic (contract v1). The JSON Schemas are generated from these types.

Times are RFC 3339 UTC. Consumers ignore fields they do not know.
"""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal, NotRequired

import numpy as np
from pydantic import ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict

from edged.clock import ClockMap
from edged.model import NS_PER_S, Chunk, Event

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"}, description="RFC 3339 UTC.")]
Number = float | None
_OPEN: Final = ConfigDict(extra="allow")
_EXACT: Final = 2.0**53
_DISPLAY_DIGITS: Final = 6
"""Of 24 bits of light all but the last; what is drawn has less."""


@with_config(_OPEN)
class Status(TypedDict):
    """``status``: whether the node is online. Retained, and the node's will."""

    v: Literal[1]
    state: Literal["online", "offline"]
    node: Name
    boot: Annotated[str, Field(description="Identity of the boot.")]
    epoch: Annotated[str, Field(description="Life of the journal; empty before it is open.")]
    since: Annotated[Time | None, Field(description="Null in the will: nobody knows yet when.")]
    software: Annotated[str, Field(description="Name and version.")]


@with_config(_OPEN)
class SubjectState(TypedDict):
    """``subject/<subject>/state``: what is known of a subject. Retained; never a reading."""

    v: Literal[1]
    state: Literal["fresh", "stale", "lost", "off_air", "unassigned"]
    since: Time
    name: Annotated[str, Field(description="As people read it.")]
    source: Name | None
    contact: Annotated[bool | None, Field(description="Null where the sensor cannot tell.")]
    battery_pct: Annotated[int | None, Field(ge=0, le=100)]
    quality: Literal["good", "poor"] | None


@with_config(_OPEN)
class Live(TypedDict):
    """``subject/<subject>/live``: the newest reading, or null when there is none to show."""

    v: Literal[1]
    boot: Annotated[str, Field(description="Identity of the boot; ``n`` compares within one.")]
    n: Annotated[int, Field(ge=1, description="Counts up, also over a restart of the daemon.")]
    t: Annotated[Time, Field(description="When it was measured.")]
    t_ok: Annotated[bool, Field(description="Whether the node's clock was right.")]
    hr: Annotated[Number, Field(description="Beats a minute; null: show nothing.")]
    rr_ms: Annotated[list[float], Field(description="Intervals that ended since the last message, ms.")]
    rmssd_ms: Number
    zone: Annotated[int | None, Field(ge=1, le=5)]
    quality: Literal["good", "poor"] | None
    delay_s: Annotated[float, Field(ge=0, description="Delay added to match the picture.")]


@with_config(_OPEN)
class Waveform(TypedDict):
    """``subject/<subject>/wave/<quantity>``: consecutive values for display; a gap is between messages."""

    v: Literal[1]
    boot: Annotated[str, Field(description="Identity of the boot; ``n`` compares within one.")]
    n: Annotated[int, Field(ge=1, description="Counts up, also over a restart of the daemon.")]
    seq: Annotated[
        int,
        Field(ge=0, description="Number of the first value; unless it follows on the last message, a gap."),
    ]
    t0: Annotated[Time, Field(description="When the first value was measured.")]
    t_ok: Annotated[bool, Field(description="Whether the node's clock was right.")]
    period_ms: Annotated[float, Field(gt=0, description="Spacing of the values.")]
    unit: str
    values: Annotated[
        list[Number], Field(min_length=1, description="Decimated; null: nothing that may be shown.")
    ]


@with_config(_OPEN)
class Descriptor(TypedDict):
    """``stream/<source>/<quantity>``: what a stream is. Retained."""

    v: Literal[1]
    source: Name
    quantity: str
    unit: str
    rate_hz: Annotated[float, Field(ge=0, description="Nominal; 0 is irregular.")]
    channels: list[str]
    decoder: str
    device: Annotated[dict[str, Any], Field(description="What the device says of itself.")]


@with_config(_OPEN)
class RecordBody(TypedDict):
    """A chunk. ``(node, epoch, id)`` names it for ever; ids are contiguous within an epoch."""

    id: Annotated[int, Field(ge=1)]
    stream: Annotated[str, Field(description="``<source>/<quantity>``.")]
    seq: Annotated[int, Field(ge=0, description="Number of the first sample in its stream.")]
    t0: NotRequired[Time]
    dt_ns: NotRequired[Annotated[float, Field(gt=0, description="Spacing of the samples.")]]
    t: NotRequired[list[Time]]
    t_ok: Annotated[bool, Field(description="False: correct the time by the topic ``clock``.")]
    boot: str
    values: Annotated[
        list[Number] | list[list[Number]],
        Field(description="A number a sample, or a list a sample; null is none."),
    ]
    q: Annotated[int | list[int], Field(description="Quality bits of all samples, or of each; 0 is good.")]
    hist: Annotated[bool, Field(description="Backlog.")]


@with_config(_OPEN)
class Record(RecordBody):
    """``record``: one chunk."""

    v: Literal[1]
    epoch: str


@with_config(_OPEN)
class Records(TypedDict):
    """``record``: several chunks, in order of their id."""

    v: Literal[1]
    epoch: str
    records: Annotated[list[RecordBody], Field(min_length=1)]


@with_config(_OPEN)
class EventPayload(TypedDict):
    """``event``: something happened; its id is of the same row as the records'."""

    v: Literal[1]
    epoch: str
    id: Annotated[int, Field(ge=1)]
    kind: str
    source: Annotated[str | None, Field(description="Null for the node itself.")]
    t: Time
    t_ok: bool
    boot: str
    detail: dict[str, Any]
    hist: bool


@with_config(_OPEN)
class Step(TypedDict):
    """From ``mono_ns`` on, this monotonic time is that UTC."""

    mono_ns: int
    utc_ns: int
    quality: Literal["synced", "unsynced"]


@with_config(_OPEN)
class Clock(TypedDict):
    """``clock``: how a boot's monotonic time maps to UTC. Retained."""

    v: Literal[1]
    boot: str
    steps: list[Step]


@with_config(_OPEN)
class Test(TypedDict):
    """``test``: somebody tries the way to the broker. To be ignored."""

    v: Literal[1]
    n: Annotated[int, Field(ge=1, description="Counts up while the process lives.")]
    t: Time
    t_ok: Annotated[bool, Field(description="Whether the node's clock was right.")]


PAYLOADS: Final[Mapping[str, Any]] = {
    "status": Status,
    "subject-state": SubjectState,
    "live": Live,
    "wave": Waveform,
    "stream": Descriptor,
    "record": Record | Records,
    "event": EventPayload,
    "clock": Clock,
    "test": Test,
}
"""Name of the schema to the type of the payload."""


def schema(name: str) -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of a payload.

    Raises:
        KeyError: there is no payload of that name.
    """
    told = TypeAdapter(PAYLOADS[name]).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **told}


def dump(payload: Mapping[str, Any]) -> bytes:
    """Return a payload as JSON."""
    return json.dumps(payload, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def time_text(utc_ns: int) -> str:
    """Return a time as RFC 3339 UTC with microseconds."""
    seconds, rest_ns = divmod(utc_ns, NS_PER_S)
    whole = datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{whole}.{rest_ns // 1000:06d}Z"


def test_payload(number: int, utc_ns: int, *, is_right: bool) -> Test:
    """Return a test message; ``is_right`` says whether the clock was."""
    return {"v": 1, "n": number, "t": time_text(utc_ns), "t_ok": is_right}


def display_number(value: float) -> Number:
    """Return a value with as many digits as a display has use for; None for what is not a number."""
    return _number(float(f"{value:.{_DISPLAY_DIGITS}g}"))


def record_body(record_id: int, source: str, chunk: Chunk, clock_map: ClockMap, *, hist: bool) -> RecordBody:
    """Return a committed chunk as it is told."""
    times = [clock_map.to_utc_ns(int(t)) for t in chunk.times_ns]
    body: RecordBody = {
        "id": record_id,
        "stream": f"{source}/{chunk.info.quantity}",
        "seq": chunk.seq,
        "t_ok": all(ok for _, ok in times),
        "boot": clock_map.boot,
        "values": _values(chunk),
        "q": _quality(chunk),
        "hist": hist,
    }
    n = len(chunk)
    spacing = (times[-1][0] - times[0][0]) / (n - 1) if n > 1 else 0.0
    if n > 1 and chunk.info.rate_hz > 0 and _is_even([t for t, _ in times], spacing):
        body["t0"], body["dt_ns"] = time_text(times[0][0]), spacing
    else:
        body["t"] = [time_text(t) for t, _ in times]
    return body


def event_payload(
    epoch: str, record_id: int, event: Event, clock_map: ClockMap, *, hist: bool
) -> EventPayload:
    """Return a committed event as it is told."""
    utc_ns, ok = clock_map.to_utc_ns(event.mono_ns)
    return {
        "v": 1,
        "epoch": epoch,
        "id": record_id,
        "kind": event.kind,
        "source": event.source or None,
        "t": time_text(utc_ns),
        "t_ok": ok,
        "boot": clock_map.boot,
        "detail": dict(event.detail),
        "hist": hist,
    }


def clock_payload(clock_map: ClockMap) -> Clock:
    """Return a boot's clock map as it is told."""
    return {
        "v": 1,
        "boot": clock_map.boot,
        "steps": [
            {"mono_ns": step.mono_ns, "utc_ns": step.utc_ns, "quality": step.quality.value}
            for step in clock_map.steps
        ],
    }


def _is_even(times_ns: list[int], spacing: float) -> bool:
    return spacing > 0 and all(abs(times_ns[0] + i * spacing - t) <= 1000 for i, t in enumerate(times_ns))


def _values(chunk: Chunk) -> list[Number] | list[list[Number]]:
    rows = [[_number(value) for value in row] for row in chunk.values.tolist()]
    return [row[0] for row in rows] if len(chunk.info.channels) == 1 else rows


def _number(value: float) -> Number:
    """JSON has no NaN; whole numbers need no point, as long as they are exact."""
    if not math.isfinite(value):
        return None
    return int(value) if value.is_integer() and abs(value) < _EXACT else value


def _quality(chunk: Chunk) -> int | list[int]:
    first = int(chunk.quality[0])
    return first if np.all(chunk.quality == first) else chunk.quality.tolist()
