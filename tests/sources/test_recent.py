"""What is kept of streams: so long, and never more than so many bytes."""

import numpy as np

from edged.model import NS_PER_S, Chunk, StreamInfo
from edged.sources.recent import (
    KEPT_IRREGULAR_S,
    KEPT_S,
    MOST_BYTES,
    MOST_STREAM_BYTES,
    MOST_STREAMS,
    Recent,
    kept_s,
)

ECG = StreamInfo("ecg", "uV", 130.0)
RATE = StreamInfo("heart_rate", "/min")


def chunk(info: StreamInfo, number: int, samples: int = 1, period_ns: int = NS_PER_S) -> Chunk:
    """Return the chunk of that number, each as long as the others."""
    first = number * samples
    times_ns = (first + np.arange(samples, dtype=np.int64)) * period_ns
    values = np.full((samples, len(info.channels)), float(number))
    return Chunk(info, first, times_ns, values, np.zeros(samples, dtype=np.uint16))


def test_a_stream_of_constant_rate_is_kept_for_half_a_minute() -> None:
    recent = Recent()
    chunks = [chunk(ECG, number, 13, NS_PER_S // 130) for number in range(1000)]
    for each in chunks:
        recent.take(each)
    kept = recent.chunks("ecg")
    assert kept == tuple(chunks[-len(kept) :])
    span_s = (kept[-1].times_ns[-1] - kept[0].times_ns[0]) / NS_PER_S
    assert KEPT_S - 0.1 <= span_s <= KEPT_S + 0.1
    assert sum(map(len, kept)) == 13 * 301
    assert recent.size_bytes < 300_000


def test_a_stream_without_a_rate_is_kept_for_minutes() -> None:
    recent = Recent()
    for number in range(1000):
        recent.take(chunk(RATE, number))
    assert len(recent.chunks("heart_rate")) == KEPT_IRREGULAR_S + 1
    assert kept_s(RATE) == KEPT_IRREGULAR_S


def test_no_stream_is_kept_beyond_its_bytes() -> None:
    recent = Recent()
    for number in range(100):
        recent.take(chunk(ECG, number, 1000, 1000))
        assert recent.size_bytes <= MOST_STREAM_BYTES
    # 1,000 samples of 8 + 8 + 2 bytes, and what a chunk costs.
    assert len(recent.chunks("ecg")) == MOST_STREAM_BYTES // 18_600 == 28


def test_a_chunk_that_is_too_large_by_itself_is_not_kept() -> None:
    recent = Recent()
    recent.take(chunk(ECG, 0, 30_000, 1000))
    assert recent.chunks("ecg") == ()
    assert recent.size_bytes == 0
    assert recent.streams() == (ECG,)


def test_no_source_is_kept_beyond_its_bytes() -> None:
    recent = Recent()
    streams = [StreamInfo(f"wave_{n}", "uV", 1000.0) for n in range(8)]
    small = StreamInfo("small", "uV", 1000.0)
    recent.take(chunk(small, 0))
    for number in range(40):
        for info in streams:
            recent.take(chunk(info, number, 1000, 1000))
            assert recent.size_bytes <= MOST_BYTES
    assert len(recent.chunks("small")) == 1, "who has least gives nothing up"
    counts = [len(recent.chunks(info.quantity)) for info in streams]
    assert max(counts) - min(counts) <= 1
    assert sum(counts) == 112


def test_made_up_streams_are_bounded_too() -> None:
    recent = Recent()
    for n in range(100):
        recent.take(chunk(StreamInfo(f"made_up_{n}", ""), 0))
    assert len(recent.streams()) == MOST_STREAMS == 32


def test_it_begins_anew_with_another_rate_or_time() -> None:
    recent = Recent()
    recent.take(chunk(ECG, 5))
    recent.take(chunk(ECG, 6))
    again = chunk(ECG, 2)
    recent.take(again)
    assert recent.chunks("ecg") == (again,)
    faster = chunk(StreamInfo("ecg", "uV", 500.0), 9)
    recent.take(faster)
    assert recent.chunks("ecg") == (faster,)
    assert recent.chunks("ppg") == ()
