"""The bytes of a PMD data frame: a header, and samples as they are or as differences."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from drivers.decoders.fault import MalformedPacket
from drivers.decoders.polar.measurement import MeasurementType

HEADER: Final = struct.Struct("<BQB")
DELTA: Final = 0x80
"""Bit of the frame type: samples are differences from the one before."""
WIDEST_BITS: Final = 32
_TYPE_MASK: Final = 0x3F


@dataclass(frozen=True, slots=True)
class Frame:
    """A data frame.

    Attributes:
        measurement_type: a number where it is none of ``MeasurementType``.
        stamp_ns: time of its last sample, by the device's clock since 2000-01-01 (an H10 that was not set
            begins at 2019-01-01); 0 where the measurement has no times.
        frame_type: how the samples are laid out.
        content: the samples.
    """

    measurement_type: int
    stamp_ns: int
    frame_type: int
    content: bytes

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read the header.

        Raises:
            MalformedPacket: it is cut off.
        """
        if len(data) < HEADER.size:
            raise MalformedPacket(f"{len(data)} bytes where a frame has at least {HEADER.size}")
        measurement_type, stamp_ns, frame_type = HEADER.unpack_from(data)
        return cls(measurement_type & _TYPE_MASK, stamp_ns, frame_type, data[HEADER.size :])


@dataclass(frozen=True, slots=True)
class Layout:
    """How the samples of a frame are laid out.

    Attributes:
        channels: of a sample, little-endian signed integers.
        size: bytes of each.
        scale: to the unit of the stream.
        takes_factor: whether the factor that the device told at the start counts.
        kept: so many of the channels are measurements.
    """

    channels: int
    size: int
    scale: float = 1.0
    takes_factor: bool = False
    kept: int = 3


LAYOUTS: Final[Mapping[tuple[int, int], Layout]] = {
    (MeasurementType.ECG, 0): Layout(1, 3, kept=1),
    (MeasurementType.PPG, 0): Layout(4, 3, kept=4),
    (MeasurementType.PPG, DELTA): Layout(4, 3, kept=4),
    (MeasurementType.ACC, 0): Layout(3, 1),
    (MeasurementType.ACC, 1): Layout(3, 2),
    (MeasurementType.ACC, 2): Layout(3, 3),
    (MeasurementType.ACC, DELTA): Layout(3, 2, scale=1000, takes_factor=True),  # the factor is in g
    (MeasurementType.ACC, DELTA | 1): Layout(3, 2, takes_factor=True),
    (MeasurementType.GYRO, DELTA): Layout(3, 2, takes_factor=True),
    (MeasurementType.MAG, DELTA): Layout(3, 2, takes_factor=True),
    (MeasurementType.MAG, DELTA | 1): Layout(4, 2, scale=1e-3, takes_factor=True),  # and how calibrated it is
}


@dataclass(frozen=True, slots=True)
class PpInterval:
    """One pulse-to-pulse interval (PPI frame type 0).

    Attributes:
        heart_rate: in 1/min, 0 from most sensors.
        interval_ms: 0 to 65535.
        error_ms: as the device estimates it.
        is_invalid: the device says so, mostly for movement.
        sensor_contact_detected: None where the sensor cannot tell.
    """

    heart_rate: int
    interval_ms: int
    error_ms: int
    is_invalid: bool
    sensor_contact_detected: bool | None


def layout(frame: Frame) -> Layout:
    """Return how a frame is laid out.

    Raises:
        MalformedPacket: it is not known.
    """
    known = LAYOUTS.get((frame.measurement_type, frame.frame_type))
    if known is None:
        raise MalformedPacket(f"frame type {frame.frame_type} of it is not known")
    return known


def samples(frame: Frame, factor: float = 1.0) -> NDArray[np.float64]:
    """Return the samples of any measurement but pulse-to-pulse intervals, shape (n, channels).

    Args:
        frame: with its header read.
        factor: that the device told when the measurement was started.

    Raises:
        MalformedPacket: its type is not known, it ends within a sample, or has none.
    """
    known = layout(frame)
    integers = _deltas(frame.content, known) if frame.frame_type & DELTA else _plain(frame.content, known)
    scale = known.scale * factor if known.takes_factor else known.scale
    return (integers[:, : known.kept] * scale).astype(np.float64, copy=False)


def pp_intervals(frame: Frame) -> list[PpInterval]:
    """Return the pulse-to-pulse intervals of a frame, oldest first.

    Raises:
        MalformedPacket: its type is not known, it ends within an interval, or has none.
    """
    if frame.frame_type != 0:
        raise MalformedPacket(f"frame type {frame.frame_type} of it is not known")
    if not frame.content or len(frame.content) % 6:
        raise MalformedPacket(f"{len(frame.content)} bytes are no whole number of intervals of 6")
    return [
        PpInterval(rate, interval_ms, error_ms, bool(flags & 1), bool(flags & 2) if flags & 4 else None)
        for rate, interval_ms, error_ms, flags in struct.iter_unpack("<BHHB", frame.content)
    ]


def _plain(content: bytes, known: Layout) -> NDArray[np.int64]:
    size = known.channels * known.size
    if not content or len(content) % size:
        raise MalformedPacket(f"{len(content)} bytes are no whole number of samples of {size}")
    return _integers(content, known.size).reshape(-1, known.channels)


def _deltas(content: bytes, known: Layout) -> NDArray[np.int64]:
    """Add up the differences.

    A sample is written out, and blocks follow: bits of a difference, count of samples, and the differences,
    channel by channel, least significant bit first; each block is filled up to a whole byte.
    """
    at = known.channels * known.size
    if len(content) < at:
        raise MalformedPacket(f"{len(content)} bytes where its first sample has {at}")
    rows = [_integers(content[:at], known.size).reshape(1, known.channels)]
    while at < len(content):
        bits, count = content[at], content[at + 1] if at + 1 < len(content) else 0
        if not 1 <= bits <= WIDEST_BITS or not count:
            raise MalformedPacket(f"a block of {count} differences of {bits} bits")
        block = content[at + 2 : at + 2 + (bits * count * known.channels + 7) // 8]
        if len(block) * 8 < bits * count * known.channels:
            raise MalformedPacket(f"{len(block)} bytes of {count} differences of {bits} bits")
        rows.append(_unpacked(block, bits, count * known.channels).reshape(count, known.channels))
        at += 2 + len(block)
    return np.cumsum(np.concatenate(rows), axis=0)


def _unpacked(block: bytes, bits: int, count: int) -> NDArray[np.int64]:
    """Return signed integers of so many bits."""
    each = np.unpackbits(np.frombuffer(block, np.uint8), bitorder="little")[: bits * count]
    weights = np.left_shift(1, np.arange(bits, dtype=np.int64))
    weights[-1] = -weights[-1]
    unpacked: NDArray[np.int64] = each.reshape(count, bits).astype(np.int64) @ weights
    return unpacked


def _integers(data: bytes, size: int) -> NDArray[np.int64]:
    """Return signed integers of so many bytes."""
    weights = np.left_shift(1, 8 * np.arange(size, dtype=np.int64))
    integers: NDArray[np.int64] = np.frombuffer(data, np.uint8).reshape(-1, size).astype(np.int64) @ weights
    return integers - ((integers >> (8 * size - 1)) << (8 * size))
