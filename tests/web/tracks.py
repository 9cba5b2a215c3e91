"""Streams to try chains on: a wave, beats, and a trace of a strap."""

import json
import math
from itertools import pairwise

import numpy as np

from edged.config.model import ChainConfig, SourceConfig
from edged.model import NS_PER_MS, NS_PER_S, Chunk, Quality, StreamInfo
from edged.ops.signals import Feed
from edged.sources.recent import Recent

ECG = StreamInfo("ecg", "uV", 130.0)
RR = StreamInfo("rr_interval", "ms")
ACC = StreamInfo("acceleration", "mg", 50.0, ("x", "y", "z"))

HEADER = json.dumps({"edged_trace": 1, "decoder": "heart_rate"}).encode() + b"\n"


def _strap(number: int) -> bytes:
    packet = bytes([0x10, 72]) + int(1024 * 60 / 72).to_bytes(2, "little")
    line = {"t": number * NS_PER_S, "ch": "2a37", "hex": packet.hex()}
    return json.dumps(line).encode() + b"\n"


STRAP = b"".join(map(_strap, range(40)))
"""40 s of a strap at 72 /min."""


def ecg(seconds: float = 30.0, *, gap_at_s: float | None = None) -> list[Chunk]:
    """Return something like an ECG on a baseline that wanders, in chunks of 73; one sample is none."""
    n = round(seconds * 130)
    t = np.arange(n) / 130
    beats = 900 * np.exp(-(((t % 0.83) - 0.3) ** 2) / 2e-4)
    values = beats + 700 * np.sin(2 * math.pi * 0.1 * t) + 120 * np.sin(2 * math.pi * 50 * t)
    values[200] = math.nan
    times_ns = (t * NS_PER_S).astype(np.int64)
    seq = np.arange(n)
    if gap_at_s is not None:
        times_ns[t >= gap_at_s] += 2 * NS_PER_S
        seq[t >= gap_at_s] += 260
    edges = sorted({*range(0, n, 73), n, *([] if gap_at_s is None else [round(gap_at_s * 130)])})
    return [Chunk.of(ECG, int(seq[a]), times_ns[a:b], values[a:b]) for a, b in pairwise(edges)]


def beats(count: int = 200) -> list[Chunk]:
    """Return RR intervals, of which each 20th was missed."""
    intervals_ms = [800.0 + 40 * math.sin(n / 5) for n in range(count)]
    for n in range(19, count, 20):
        intervals_ms[n] *= 2
    times_ns = (np.cumsum(intervals_ms) * NS_PER_MS).astype(np.int64)
    return [Chunk.of(RR, n, times_ns[n : n + 1], intervals_ms[n : n + 1]) for n in range(count)]


def acceleration(seconds: float = 30.0) -> list[Chunk]:
    """Return three channels, x without contact in the last second."""
    n = round(seconds * 50)
    values = np.column_stack([np.sin(np.arange(n) / k) for k in (3, 5, 7)])
    quality = np.where(np.arange(n) >= n - 50, np.uint16(Quality.NO_CONTACT), np.uint16(0))
    return [Chunk.of(ACC, 0, np.arange(n) * NS_PER_S // 50, values, quality)]


def feed(
    name: str = "strap-1",
    *streams: list[Chunk],
    chain: tuple[ChainConfig, ...] = (),
    subject: str | None = None,
) -> Feed:
    """Return a source that has measured these streams."""
    recent = Recent()
    for chunks in streams:
        for chunk in chunks:
            recent.take(chunk)
    config = SourceConfig(name=name, link="sim:resting", chain=chain, subject=subject)
    return Feed(config, recent.streams(), recent)
