"""Gaps, missing values, and what holds in their place."""

import numpy as np
import pytest

from edged.model import NS_PER_MS, Chunk, Quality, StreamInfo
from edged.signals.continuity import Continuity, bits, flag_missing, held, measured, runs

NAN = float("nan")
GAP = int(Quality.GAP_BEFORE)
ECG = StreamInfo("ecg", "uV", 100.0)
RR = StreamInfo("rr_interval", "ms")


def chunk(info: StreamInfo, seq: int, times_ms: list[float], quality: list[int] | None = None) -> Chunk:
    times_ns = [round(ms * NS_PER_MS) for ms in times_ms]
    return Chunk.of(info, seq, times_ns, [0.0] * len(times_ms), quality or [0] * len(times_ms))


def test_an_unbroken_stream_is_passed_as_it_is() -> None:
    continuity = Continuity(ECG)
    for made in (chunk(ECG, 5, [0, 10, 20]), chunk(ECG, 8, [30]), chunk(ECG, 9, [40, 50])):
        assert continuity.mark(made) is made


@pytest.mark.parametrize("seq", [7, 9, 0, 1000])
@pytest.mark.parametrize("info", [ECG, RR])
def test_a_jump_of_seq_is_a_gap_in_any_stream(info: StreamInfo, seq: int) -> None:
    continuity = Continuity(info)
    continuity.mark(chunk(info, 5, [0, 10, 20]))
    assert continuity.mark(chunk(info, seq, [30, 40])).quality.tolist() == [GAP, 0]
    assert continuity.mark(chunk(info, seq + 2, [50])).quality.tolist() == [0]


def test_a_pause_is_a_gap_where_the_rate_is_constant() -> None:
    # One and a half periods of 10 ms, and 100 ms for frames that come late.
    continuity = Continuity(ECG)
    made = continuity.mark(chunk(ECG, 0, [0, 115, 230.001]))
    assert made.quality.tolist() == [0, 0, GAP]
    assert continuity.mark(chunk(ECG, 3, [350])).quality.tolist() == [GAP]


def test_a_pause_is_none_between_beats() -> None:
    made = chunk(RR, 0, [0, 1000, 9000])
    assert Continuity(RR).mark(made) is made


def test_other_flags_stay_beside_that_of_the_gap() -> None:
    continuity = Continuity(RR)
    continuity.mark(chunk(RR, 0, [0]))
    made = continuity.mark(chunk(RR, 9, [1, 2], [int(Quality.NO_CONTACT), GAP]))
    assert made.quality.tolist() == [Quality.NO_CONTACT | Quality.GAP_BEFORE, GAP]


@pytest.mark.parametrize(
    ("quality", "expected"),
    [
        ([0], [(0, 1)]),
        ([GAP], [(0, 1)]),
        ([0, 0, 0], [(0, 3)]),
        ([GAP, 0, GAP, GAP, 0], [(0, 2), (2, 3), (3, 5)]),
        ([0, GAP | int(Quality.ARTEFACT)], [(0, 1), (1, 2)]),
    ],
)
def test_runs_end_at_gaps(quality: list[int], expected: list[tuple[int, int]]) -> None:
    made = chunk(ECG, 0, [10.0 * i for i in range(len(quality))], quality)
    assert [(run.start, run.stop) for run in runs(made)] == expected


def test_what_counts_as_measured() -> None:
    info = StreamInfo("acceleration", "m/s2", 10.0, ("x", "y"))
    table = [[1.0, NAN], [float("inf"), -2.0], [-1e100, 1.1e100], [3.0, 4.0], [5.0, 6.0]]
    quality = [0, 0, 0, int(Quality.NO_READING), int(Quality.ARTEFACT)]
    made = Chunk.of(info, 0, np.arange(5), np.array(table), quality)
    expected = [[True, False], [False, True], [True, False], [False, False], [True, True]]
    assert measured(made).tolist() == expected
    held_flag = int(Quality.HELD)
    flagged = [held_flag, held_flag, held_flag, held_flag | Quality.NO_READING, Quality.ARTEFACT]
    assert flag_missing(made).quality.tolist() == flagged


def test_a_complete_chunk_gets_no_flag() -> None:
    made = chunk(ECG, 0, [0, 10])
    assert flag_missing(made) is made


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ([1, 2], [1, 2]),
        ([NAN, NAN], [9, 9]),
        ([NAN, 1, NAN, NAN, 2, NAN], [9, 1, 1, 1, 2, 2]),
    ],
)
def test_held(column: list[float], expected: list[float]) -> None:
    values = np.array(column, dtype=np.float64)
    assert held(values, ~np.isnan(values), 9.0).tolist() == expected


def test_bits_are_of_the_type_that_chunks_carry() -> None:
    flags = bits(np.array([True, False]), Quality.ARTEFACT)
    assert flags.dtype == np.uint16
    assert flags.tolist() == [Quality.ARTEFACT, 0]
