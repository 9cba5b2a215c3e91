"""Writes Polar Measurement Data as a sensor does, from the specification; shares nothing with the decoder."""

import struct
from collections.abc import Iterator, Sequence
from itertools import pairwise

CONTROL_POINT = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
DATA = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"

ECG, PPG, ACC, PPI, GYRO, MAG = 0, 1, 2, 3, 5, 6


def frame(kind: int, stamp_ns: int, frame_type: int, content: bytes) -> bytes:
    """Write a frame; the stamp is that of its last sample."""
    return bytes([kind]) + stamp_ns.to_bytes(8, "little") + bytes([frame_type]) + content


def plain(samples: Sequence[Sequence[int]], size: int) -> bytes:
    """Write samples as signed little-endian integers of so many bytes."""
    return b"".join(value.to_bytes(size, "little", signed=True) for row in samples for value in row)


def ecg(stamp_ns: int, microvolts: Sequence[int]) -> bytes:
    """Write an ECG frame of type 0."""
    return frame(ECG, stamp_ns, 0, plain([[value] for value in microvolts], 3))


def delta(samples: Sequence[Sequence[int]], size: int, block: int = 24) -> bytes:
    """Write the first sample, and blocks of differences that are as narrow as they can be."""
    content = plain(samples[:1], size)
    differences = [
        [now - before for before, now in zip(previous, sample, strict=True)]
        for previous, sample in pairwise(samples)
    ]
    for start in range(0, len(differences), block):
        rows = differences[start : start + block]
        width = max(bits_of(value) for row in rows for value in row)
        content += bytes([width, len(rows)]) + packed([v for row in rows for v in row], width)
    return content


def bits_of(value: int) -> int:
    """Return how many bits of two's complement a number needs."""
    return (value if value >= 0 else ~value).bit_length() + 1


def packed(values: Sequence[int], width: int) -> bytes:
    """Write numbers one after the other, least significant bit first, filled up to a whole byte."""
    stream = 0
    for index, value in enumerate(values):
        stream |= (value % (1 << width)) << (index * width)
    return stream.to_bytes((len(values) * width + 7) // 8, "little")


def pp_intervals(intervals: Sequence[tuple[int, int, int, int]], stamp_ns: int = 0) -> bytes:
    """Write heart rate, interval and error in ms, and flags, a pulse."""
    return frame(PPI, stamp_ns, 0, b"".join(struct.pack("<BHHB", *interval) for interval in intervals))


def answer(op_code: int, kind: int, code: int = 0, parameters: bytes = b"", *, more: bool = False) -> bytes:
    """Write an indication that answers a command."""
    return bytes([0xF0, op_code, kind, code, more]) + parameters


def features(*kinds: int) -> bytes:
    """Write what is read from the control point."""
    return bytes([0x0F, sum(1 << kind for kind in kinds)]) + bytes(15)


def frames(samples: Sequence[Sequence[int]], count: int) -> Iterator[tuple[int, Sequence[Sequence[int]]]]:
    """Cut samples into frames; yield the index of the last sample of each, and its samples."""
    for start in range(0, len(samples), count):
        rows = samples[start : start + count]
        yield start + len(rows) - 1, rows
