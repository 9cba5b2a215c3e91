"""The values that cross the floors: packets, chunks, stream descriptions, quality, events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntFlag
from types import MappingProxyType
from typing import Final, Literal, Self

import numpy as np
from numpy.typing import NDArray

NS_PER_S: Final = 1_000_000_000
NS_PER_MS: Final = 1_000_000


class Quality(IntFlag):
    """What is known against a sample; 0 is a good one. Carried as ``q`` on the wire."""

    GOOD = 0
    NO_CONTACT = 1 << 0
    """The sensor says that it does not touch the skin."""
    CONTACT_UNKNOWN = 1 << 1
    """The sensor cannot tell whether it touches the skin; alone, no reason for doubt."""
    ARTEFACT = 1 << 2
    """Implausible against its neighbours: a missed, extra, ectopic or impossible beat."""
    GAP_BEFORE = 1 << 3
    """Samples are missing just before this one; nothing was computed across."""
    SATURATED = 1 << 4
    """At the limit of the converter's range."""
    HELD = 1 << 5
    """No new measurement: a filter settles or holds, or the value was not a number."""
    NO_READING = 1 << 6
    """The device sent its value for "none yet", such as a heart rate of 0."""

    @property
    def usable(self) -> bool:
        """True where the value may be shown and computed with."""
        return not self & ~(Quality.CONTACT_UNKNOWN | Quality.GAP_BEFORE)


@dataclass(frozen=True, slots=True)
class Packet:
    """Bytes as received from, or to be sent to, a device.

    Attributes:
        channel: where they came in: a GATT characteristic (``"2a37"`` for those that the Bluetooth
            SIG assigned, the full lower-case UUID for others), ``"serial"`` for a byte stream, or
            ``"rssi"`` for the strength a radio received the device with (one signed byte, dBm).
        data: the bytes.
        mono_ns: receipt, in nanoseconds of the node's monotonic clock; 0 for a command.
    """

    channel: str
    data: bytes
    mono_ns: int = 0


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel that a decoder wants, of a link that has several.

    Attributes:
        name: as in ``Packet.channel``.
        use: ``notify`` to be told of each change, ``read`` to be read once a connection, ``both``: read
            once it notifies.
        optional: whether the source is of use without it. What is not optional is started first; what is
            may be missing or refused, and never ends a connection.
        quiet_s: so long it may say nothing and be well, s.
    """

    name: str
    use: Literal["notify", "read", "both"] = "notify"
    optional: bool = False
    quiet_s: float = 0.0


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What a stream is (the LSL ``StreamInfo``).

    Attributes:
        quantity: what is measured, ``[a-z][a-z0-9_]*``: ``heart_rate``, ``rr_interval``, ``ecg``.
        unit: unit of all channels, UCUM where there is one: ``/min``, ``ms``, ``uV``, ``%``; where the
            channels differ, one each, separated by commas.
        rate_hz: nominal sampling rate; 0 for an irregular stream.
        channels: a label a channel, at least one.
    """

    quantity: str
    unit: str
    rate_hz: float = 0.0
    channels: tuple[str, ...] = ("value",)


@dataclass(frozen=True, slots=True, eq=False)
class Chunk:
    """Consecutive samples of one stream, oldest first.

    Attributes:
        info: the stream.
        seq: number of the first sample in its stream; the next chunk begins at ``seq + len(chunk)``
            unless samples were lost in between.
        times_ns: acquisition time of each sample, int64, shape (n,), nanoseconds of the node's
            monotonic clock, strictly increasing.
        values: float64, shape (n, channels).
        quality: ``Quality`` bits of each sample, uint16, shape (n,).
    """

    info: StreamInfo
    seq: int
    times_ns: NDArray[np.int64]
    values: NDArray[np.float64]
    quality: NDArray[np.uint16]

    def __post_init__(self) -> None:
        """Hold every maker of chunks to the shapes: a wrong one is a defect, not bad input."""
        n = len(self.times_ns)
        if n == 0 or self.values.shape != (n, len(self.info.channels)) or self.quality.shape != (n,):
            raise ValueError(
                f"{self.info.quantity}: {n} times, values {self.values.shape}, "
                f"quality {self.quality.shape} for channels {self.info.channels}"
            )

    def __len__(self) -> int:
        return len(self.times_ns)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Chunk):
            return NotImplemented
        return (
            self.info == other.info
            and self.seq == other.seq
            and np.array_equal(self.times_ns, other.times_ns)
            and np.array_equal(self.values, other.values, equal_nan=True)
            and np.array_equal(self.quality, other.quality)
        )

    __hash__ = None  # type: ignore[assignment]  # arrays inside; never a key

    @classmethod
    def of(
        cls,
        info: StreamInfo,
        seq: int,
        times_ns: Sequence[int] | NDArray[np.int64],
        values: Sequence[float] | Sequence[Sequence[float]] | NDArray[np.float64],
        quality: Quality | Sequence[int] | NDArray[np.uint16] = Quality.GOOD,
    ) -> Self:
        """Build a chunk from plain numbers; one-channel values may be flat, one quality is for all."""
        times = np.asarray(times_ns, dtype=np.int64)
        table = np.asarray(values, dtype=np.float64).reshape(len(times), len(info.channels))
        if isinstance(quality, Quality):
            flags = np.full(len(times), quality, dtype=np.uint16)
        else:
            flags = np.asarray(quality, dtype=np.uint16)
        return cls(info, seq, times, table, flags)

    def with_values(self, values: NDArray[np.float64], quality: NDArray[np.uint16]) -> Self:
        """Return the same samples with other values, shape (n, channels), and quality, shape (n,)."""
        return replace(self, values=values, quality=quality)

    def with_seq(self, seq: int) -> Self:
        """Return the same samples numbered from ``seq``."""
        return replace(self, seq=seq)


DEVICE_IDENTIFIED: Final = "device_identified"
"""Kind of the event whose detail is what a device told of itself: manufacturer, model, serial, firmware."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to a source or the node, recorded beside the samples.

    Attributes:
        kind: ``contact_lost``, ``contact_restored``, ``sensor_location``, ``gap``, ``source_lost``, ...
        mono_ns: when, in nanoseconds of the node's monotonic clock.
        source: the source it is about; empty for the node itself, and from a decoder, whose caller
            knows the source.
        detail: facts about it, JSON values only.
    """

    kind: str
    mono_ns: int
    source: str = ""
    detail: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def of_source(self, source: str) -> Self:
        """Return the same event with its source named."""
        return replace(self, source=source)
