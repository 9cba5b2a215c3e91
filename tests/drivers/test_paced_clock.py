from itertools import pairwise

import numpy as np
import pytest

from drivers.decoders.wire.paced_clock import PacedClock
from drivers.decoders.wire.steady_stream import SteadyStream
from edged.model import NS_PER_MS, NS_PER_S, Chunk, Quality, StreamInfo

T = 10 * NS_PER_S
PPG = StreamInfo("ppg", "{count}", 60)
PERIOD_NS = round(NS_PER_S / 60)


def steady(receipts_ns: list[int], block: int = 1) -> list[Chunk]:
    stream = SteadyStream(PPG, block)
    return [chunk for n, at_ns in enumerate(receipts_ns) for chunk in stream.add(at_ns, (n,))]


def times_ns(chunks: list[Chunk]) -> list[int]:
    return [int(at_ns) for chunk in chunks for at_ns in chunk.times_ns]


@pytest.mark.parametrize("pace", [0.96, 0.995, 1.0, 1.005, 1.04])
def test_bursts_of_a_device_with_a_poor_clock_are_spread(pace: float) -> None:
    taken_ns = [T + round(n * PERIOD_NS / pace) for n in range(60 * 120)]
    burst_ns = 53 * NS_PER_MS
    receipts_ns = [(at_ns // burst_ns + 1) * burst_ns for at_ns in taken_ns]
    told_ns = times_ns(steady(receipts_ns))
    late_ms = (np.array(told_ns) - np.array(taken_ns))[60 * 60 :] / NS_PER_MS
    assert np.ptp(late_ms) < 4
    assert 0 < late_ms.mean() < 53
    steps_ms = np.diff(told_ns)[60 * 60 :] / NS_PER_MS
    assert np.abs(steps_ms - PERIOD_NS / pace / NS_PER_MS).max() < 0.6


def test_one_that_was_held_up_at_first_is_soon_forgotten() -> None:
    taken_ns = [T + n * PERIOD_NS for n in range(600)]
    told_ns = times_ns(steady([taken_ns[0] + 40 * NS_PER_MS, *taken_ns[1:]]))
    assert abs(told_ns[60] - taken_ns[60]) < 3 * NS_PER_MS


def test_a_pause_is_a_gap_and_nothing_is_stretched_over_it() -> None:
    receipts_ns = [T + n * PERIOD_NS for n in range(30)]
    receipts_ns += [at_ns + 5 * NS_PER_S for at_ns in receipts_ns]
    chunks = steady(receipts_ns)
    assert [n for n, chunk in enumerate(chunks) if chunk.quality[0]] == [30]
    assert chunks[30].quality[0] == Quality.GAP_BEFORE
    assert chunks[30].times_ns[0] == receipts_ns[30]
    assert [chunk.seq for chunk in chunks] == list(range(60))


@pytest.mark.parametrize("lost", [0, 1, 7])
def test_what_was_lost_is_counted(lost: int) -> None:
    stream = SteadyStream(PPG, 4)
    chunks = [chunk for n in range(30) for chunk in stream.add(T + n * PERIOD_NS, (n,))]
    stream.interrupt()
    chunks += [c for n in range(30 + lost, 60) for c in stream.add(T + n * PERIOD_NS, (n,))]
    assert [len(chunk) for chunk in chunks][:8] == [4] * 7 + [2]
    behind = chunks[8]
    assert (behind.seq, behind.quality.tolist()) == (30 + lost, [Quality.GAP_BEFORE, 0, 0, 0])
    assert abs(int(behind.times_ns[0]) - T - (30 + lost) * PERIOD_NS) < NS_PER_MS


def test_the_device_s_own_time_tells_what_was_lost() -> None:
    stream = SteadyStream(PPG, 1)
    chunks = []
    for n in [0, 1, 2, 5, 6]:
        chunks += stream.add(T + n * PERIOD_NS, (n,), device_ns=NS_PER_S + n * PERIOD_NS)
    assert [chunk.seq for chunk in chunks] == [0, 1, 2, 5, 6]
    assert [int(chunk.quality[0]) for chunk in chunks] == [0, 0, 0, Quality.GAP_BEFORE, 0]


def test_a_connection_begins_anew_and_time_goes_on() -> None:
    stream = SteadyStream(PPG, 1)
    chunks = stream.add(T, (1,))
    stream.restart()
    chunks += stream.add(T - NS_PER_S, (2,))
    assert times_ns(chunks) == [T, T + 1]
    assert chunks[1].quality.tolist() == [Quality.GAP_BEFORE]


def test_a_clock_that_is_set_begins_anew() -> None:
    clock = PacedClock()
    assert clock.place(0, T) == (T, True)
    assert clock.place(NS_PER_S, T + NS_PER_S) == (T + NS_PER_S, False)
    assert clock.place(NS_PER_S, T + 2 * NS_PER_S) == (T + 2 * NS_PER_S, True)
    assert clock.place(0, T + 3 * NS_PER_S) == (T + 3 * NS_PER_S, True)
    assert clock.place(90 * NS_PER_S, T + 4 * NS_PER_S) == (T + 4 * NS_PER_S, True)
    assert clock.late_ns(91 * NS_PER_S, T + 6 * NS_PER_S) == pytest.approx(NS_PER_S, rel=0.01)


def test_times_increase_whatever_comes() -> None:
    random = np.random.default_rng(5)
    told_ns = times_ns(steady([int(at) for at in random.integers(-(2**40), 2**40, 500)], block=7))
    assert all(before < after for before, after in pairwise(told_ns))
