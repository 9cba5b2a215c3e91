"""The decoder for boards that print JSON, one object a line: what a sketch of ten lines can send.

{"heart_rate": 72, "contact": true}
{"rr_interval": [812.5, 820.3]}
{"streams": {"force": {"unit": "N", "rate_hz": 100, "channels": ["x", "y"]}}}
{"force": [[0.1, 9.8], [0.2, 9.7]]}
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import isfinite
from typing import Final, TypeGuard

from drivers.decoders.contact import Contact
from drivers.decoders.once import Once
from drivers.decoders.stream_cursor import StreamCursor
from drivers.decoders.wire.line_buffer import LineBuffer
from edged.model import NS_PER_MS, NS_PER_S, Channel, Chunk, Event, Packet, Quality, StreamInfo
from edged.sources.decoder import Decoded

CHANNEL: Final = "serial"
MAX_LINE_BYTES: Final = 4096
MAX_STREAMS: Final = 64
MAX_CHANNELS: Final = 64
_KINDS: Final[Mapping[type, str]] = {
    bool: "a truth value",
    int: "a number",
    float: "a number",
    str: "a text",
    list: "a list",
    dict: "an object",
}

KNOWN: Final[Mapping[str, StreamInfo]] = {
    info.quantity: info
    for info in (
        StreamInfo("heart_rate", "/min"),
        StreamInfo("rr_interval", "ms"),
        StreamInfo("battery", "%"),
        StreamInfo("temperature", "Cel"),
        StreamInfo("ecg", "uV"),
    )
}
"""Streams that need no header line, as long as they are irregular."""

ON_SKIN: Final = frozenset({"heart_rate", "rr_interval", "ecg"})
"""Whose quality depends on ``contact``."""


class JsonLinesDecoder:
    """JSON objects, one a line, at most ``MAX_LINE_BYTES`` long.

    A line is stamped with the receipt of the packet that ended it, and so is the last sample of each stream
    in it. Samples before that lie earlier: by their intervals for ``rr_interval``, by ``1 / rate_hz`` for a
    stream with a rate; see ``StreamCursor.chunk``. How a line was cut on its way changes nothing.

    ``contact`` holds until the next one, header lines hold for the life of the decoder. What cannot be
    understood is a fault, and the rest of the line stands.
    """

    def __init__(self) -> None:
        self._lines = LineBuffer(MAX_LINE_BYTES)
        self._cursors: dict[str, StreamCursor] = {}
        self._contact = Contact()
        self._unknown = Once()

    def start(self) -> list[Packet]:
        """Forget a line that was cut off with the connection."""
        self._lines.reset()
        return []

    def feed(self, packet: Packet) -> Decoded:
        """Take some bytes."""
        told = _Told(packet.mono_ns)
        if packet.channel != CHANNEL:
            if self._unknown.is_new(f"channel {packet.channel}"):
                told.faults.append(
                    f"channel {packet.channel[:40]!r} is not {CHANNEL!r}; left out from here on"
                )
            return told.decoded()
        for line in self._lines.feed(packet.data):
            if line is None:
                told.faults.append(f"a line of more than {MAX_LINE_BYTES} bytes; send shorter ones")
            else:
                self._line(line, told)
        return told.decoded()

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return the streams that were announced or have sent samples."""
        return tuple(cursor.info for cursor in self._cursors.values())

    def channels(self) -> tuple[Channel, ...]:
        """Return none: it is a byte stream."""
        return ()

    def _line(self, line: bytes, told: "_Told") -> None:
        with told.fault():
            fields = _parse(line)
            # Header and contact count for the whole line, wherever they stand in it.
            for name in sorted(fields, key=lambda name: {"streams": 0, "contact": 1}.get(name, 2)):
                with told.fault():
                    self._field(name, fields[name], told)

    def _field(self, name: str, value: object, told: "_Told") -> None:
        match name:
            case "streams":
                self._announce(value, told)
            case "contact":
                self._touch(value, told)
            case _:
                self._sample(name, value, told)

    def _announce(self, streams: object, told: "_Told") -> None:
        if not isinstance(streams, dict):
            raise _NotUnderstood('"streams" is not an object; write {"streams": {"force": {"unit": "N"}}}')
        for quantity, fields in streams.items():
            with told.fault():
                self._announce_one(_stream_info(quantity, fields))

    def _announce_one(self, info: StreamInfo) -> None:
        cursor = self._cursors.get(info.quantity)
        if cursor is None:
            self._open(info)
        elif cursor.info != info:
            raise _NotUnderstood(f"{info.quantity} was something else before; restart edged to change it")

    def _open(self, info: StreamInfo) -> StreamCursor:
        if len(self._cursors) >= MAX_STREAMS:
            raise _NotUnderstood(f"{info.quantity} is one stream too many; {MAX_STREAMS} are the limit")
        self._cursors[info.quantity] = StreamCursor(info)
        return self._cursors[info.quantity]

    def _touch(self, detected: object, told: "_Told") -> None:
        if not isinstance(detected, bool):
            raise _NotUnderstood(f'"contact" is {_kind(detected)}; write true or false')
        told.events += self._contact.update(detected=detected, mono_ns=told.mono_ns)

    def _sample(self, quantity: str, value: object, told: "_Told") -> None:
        cursor = self._cursors.get(quantity)
        info = cursor.info if cursor else KNOWN.get(quantity)
        if info is None:
            if self._unknown.is_new(f"quantity {quantity}"):
                name = _shown(quantity)
                raise _NotUnderstood(
                    f'{name} is not known; send {{"streams": {{{name}: {{"unit": "..."}}}}}} first'
                )
            return
        rows = _rows(info, value)
        cursor = cursor or self._open(info)
        told.chunks.append(
            cursor.chunk(
                told.mono_ns,
                rows,
                [_quality(info, row[0], self._contact) for row in rows],
                spacings_ns=_spacings_ns(info, rows),
            )
        )


class _NotUnderstood(Exception):
    """A part of a line, in words for the one who programs the board."""


@dataclass(slots=True)
class _Told:
    """What a packet has meant so far."""

    mono_ns: int
    chunks: list[Chunk] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    @contextmanager
    def fault(self) -> Iterator[None]:
        """Turn what is not understood into a fault, and go on behind it."""
        try:
            yield
        except _NotUnderstood as fault:
            self.faults.append(str(fault))

    def decoded(self) -> Decoded:
        return Decoded(tuple(self.chunks), tuple(self.events), faults=tuple(self.faults))


def _parse(line: bytes) -> Mapping[str, object]:
    try:
        fields: object = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _NotUnderstood(f"a line of {len(line)} bytes is not JSON; print one object a line") from error
    if not isinstance(fields, dict):
        raise _NotUnderstood('a line is not an object; write {"heart_rate": ...}')
    return fields


def _stream_info(quantity: str, fields: object) -> StreamInfo:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", quantity) or quantity in {"streams", "contact"}:
        raise _NotUnderstood(f"{quantity[:40]!r} cannot name a stream; use a-z, 0-9 and _, at most 32")
    if not isinstance(fields, dict) or not fields.keys() <= {"unit", "rate_hz", "channels"}:
        raise _NotUnderstood(f"{quantity}: {_shown(fields)}; its fields are unit, rate_hz and channels")
    known = KNOWN.get(quantity)
    unit = fields.get("unit", known.unit if known else None)
    if not _is_label(unit, 16) or (known and unit != known.unit):
        needed = f"{known.unit!r}" if known else 'a unit such as "N", at most 16 long'
        raise _NotUnderstood(f"{quantity}: the unit is {_shown(unit)}; it must be {needed}")
    rate_hz = _number(fields.get("rate_hz", 0))
    if rate_hz is None or (rate_hz != 0 and not 1e-3 <= rate_hz <= 1e6):
        raise _NotUnderstood(f"{quantity}: the rate_hz must be 0, for irregular, or 0.001 to 1000000")
    channels = fields.get("channels", ["value"])
    if (
        not isinstance(channels, list)
        or not 1 <= len(channels) <= MAX_CHANNELS
        or not all(_is_label(label, 32) for label in channels)
        or len(set(channels)) != len(channels)
    ):
        raise _NotUnderstood(f"{quantity}: the channels must be 1 to {MAX_CHANNELS} different labels")
    if known and (len(channels) > 1 and quantity != "ecg"):
        raise _NotUnderstood(f"{quantity} has one channel")
    return StreamInfo(quantity, unit, rate_hz, tuple(channels))


def _rows(info: StreamInfo, value: object) -> list[list[float]]:
    """Return the samples as rows of one number a channel."""
    width = len(info.channels)
    items = value if isinstance(value, list) else [value]
    if width > 1 and items and not isinstance(items[0], list):
        items = [items]  # one sample
    rows = []
    for item in items:
        numbers = [_number(part) for part in (item if isinstance(item, list) and width > 1 else [item])]
        row = [number for number in numbers if number is not None]
        if len(row) != width or len(numbers) != width:
            wanted = "a finite number" if width == 1 else f"{width} finite numbers, one a channel"
            raise _NotUnderstood(
                f"{info.quantity}: {_kind(item)} is not {wanted}; leave out what is not known"
            )
        rows.append(row)
    if not rows:
        raise _NotUnderstood(f"{info.quantity}: an empty list; leave it out")
    if len(rows) > 1 and not info.rate_hz and info.quantity != "rr_interval":
        raise _NotUnderstood(
            f"{info.quantity}: {len(rows)} samples in a line and no rate; "
            f'send {{"streams": {{"{info.quantity}": {{"rate_hz": ...}}}}}} first, or one sample a line'
        )
    if info.quantity == "battery" and not all(0 <= row[0] <= 100 for row in rows):
        raise _NotUnderstood("battery: it is not within 0 to 100 %")
    return rows


def _quality(info: StreamInfo, value: float, contact: Contact) -> Quality:
    quality = contact.quality if info.quantity in ON_SKIN else Quality.GOOD
    if info.quantity == "heart_rate" and value == 0:
        quality |= Quality.NO_READING
    if info.quantity == "rr_interval" and not 0 < value < 60_000:
        quality |= Quality.ARTEFACT
    return quality


def _spacings_ns(info: StreamInfo, rows: list[list[float]]) -> list[int]:
    if info.quantity == "rr_interval":
        return [round(min(row[0], 1e6) * NS_PER_MS) if row[0] > 0 else 0 for row in rows]
    return [round(NS_PER_S / info.rate_hz) if info.rate_hz else 0] * len(rows)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if isfinite(number) else None


def _is_label(value: object, most: int) -> TypeGuard[str]:
    """Tell whether it is text that every output can carry; half a surrogate pair, for one, is not."""
    return isinstance(value, str) and 1 <= len(value) <= most and value.isprintable()


def _kind(value: object) -> str:
    """Return what a value is rather than the value: faults are logged."""
    return _KINDS.get(type(value), "null")


def _shown(value: object) -> str:
    try:
        text = json.dumps(value)
    except RecursionError:  # what could just be read may be too deep to be written
        text = "something nested"
    return text if len(text) <= 60 else f"{text[:57]}..."
