"""The ECG of a real H10, ten minutes of it, cut into frames as the strap sends them, and decoded."""

import csv
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.decoders.polar.decoder import PolarDecoder
from edged.model import NS_PER_MS, NS_PER_S, Chunk, Packet, Quality
from edged.signals.device_clock import DeviceClock
from edged.signals.timebase import SampleClock
from tests.drivers import pmd_encoder as pmd
from tests.drivers.polar_sensor import UNSET_NS

FRAME = 73
FRAMES_A_MINUTE = 108


@dataclass(frozen=True)
class Recording:
    """ECG of one wearer: when each sample was taken, from 0, and what it was."""

    times_ns: NDArray[np.int64]
    microvolts: NDArray[np.int64]

    def frames(self) -> list[tuple[int, list[int]]]:
        """Return whole frames: the time of the last sample, and the samples."""
        return [
            (int(self.times_ns[last]), self.microvolts[last - FRAME + 1 : last + 1].tolist())
            for last in range(FRAME - 1, len(self.times_ns), FRAME)
        ]


@pytest.fixture(scope="module")
def recording() -> Recording:
    beside = Path(__file__).resolve().parents[3] / "shared" / "recordings"
    file = Path(os.environ.get("EDGED_RECORDINGS", beside)) / "polar_h10" / "polar_h10.csv"
    if not file.is_file():
        pytest.skip(f"no recording {file}; set EDGED_RECORDINGS to the folder that has it")
    with file.open(encoding="ascii") as lines:
        rows = [(int(row["time_ns"]), round(float(row["ecg_mV"]) * 1000)) for row in csv.DictReader(lines)]
    table = np.array(rows, dtype=np.int64)
    return Recording(table[:, 0] - table[0, 0], table[:, 1])


def decoded(
    recording: Recording, lost: NDArray[np.bool_], delay_ms: float, start_ns: int = 50 * NS_PER_S
) -> list[Chunk]:
    """Decode the frames that are not lost, each received up to so late, and check that nothing is amiss."""
    random = np.random.default_rng(7)
    decoder = PolarDecoder()
    chunks: list[Chunk] = []
    for (end_ns, values), is_lost in zip(recording.frames(), lost, strict=True):
        receipt_ns = start_ns + end_ns + int(random.uniform(0, delay_ms) * NS_PER_MS)
        if not is_lost:
            told = decoder.feed(Packet(pmd.DATA, pmd.ecg(UNSET_NS + end_ns, values), receipt_ns))
            assert not [fault for fault in told.faults if "for the sake of the heart rate" not in fault]
            chunks += told.chunks
    return chunks


def test_the_next_frame_of_a_real_strap_is_predicted_within_a_tenth_of_a_millisecond(
    recording: Recording,
) -> None:
    clock = SampleClock(DeviceClock(), 130)
    errors_ms = []
    for end_ns, _ in recording.frames():
        errors_ms.append(abs(clock.predict_ns(FRAME) - UNSET_NS - end_ns) / NS_PER_MS)
        clock.place(UNSET_NS + end_ns, FRAME, end_ns)
    assert errors_ms[1] < 1
    assert max(errors_ms[2:]) < 0.1
    assert np.median(errors_ms[2:]) < 0.03


@pytest.mark.parametrize(("delay_ms", "within_ms"), [(0, 0.2), (30, 5)])
def test_values_and_times_are_those_of_the_recording(
    recording: Recording, delay_ms: float, within_ms: float
) -> None:
    whole = len(recording.frames())
    chunks = decoded(recording, np.zeros(whole, dtype=np.bool_), delay_ms)
    assert [chunk.seq for chunk in chunks] == [FRAME * frame for frame in range(whole)]
    assert not any(chunk.quality.any() for chunk in chunks)
    values = np.concatenate([chunk.values[:, 0] for chunk in chunks])
    assert np.array_equal(values, recording.microvolts[: whole * FRAME])
    times_ns = np.concatenate([chunk.times_ns for chunk in chunks])
    assert (np.diff(times_ns) > 0).all()
    errors_ns = times_ns - 50 * NS_PER_S - recording.times_ns[: whole * FRAME]
    assert np.abs(errors_ns[FRAMES_A_MINUTE * FRAME :]).max() < within_ms * NS_PER_MS


def test_a_twentieth_of_the_frames_lost_is_gaps_at_the_right_places(recording: Recording) -> None:
    whole = len(recording.frames())
    lost = np.random.default_rng(11).random(whole) < 0.05
    lost[0] = False
    assert 30 < lost.sum() < 80
    chunks = decoded(recording, lost, 30)
    kept = np.flatnonzero(~lost)
    assert [chunk.seq for chunk in chunks] == (kept * FRAME).tolist()
    behind = {int(frame) for frame in kept if frame and lost[frame - 1]}
    assert {chunk.seq // FRAME for chunk in chunks if chunk.quality[0]} == behind
    for chunk in chunks:
        assert chunk.quality.tolist() in (
            [0] * FRAME,
            [int(Quality.GAP_BEFORE)] + [0] * (FRAME - 1),
        )
        samples = slice(chunk.seq, chunk.seq + FRAME)
        assert np.array_equal(chunk.values[:, 0], recording.microvolts[samples])
        if chunk.seq >= FRAMES_A_MINUTE * FRAME:
            errors_ns = chunk.times_ns - 50 * NS_PER_S - recording.times_ns[samples]
            assert np.abs(errors_ns).max() < 5 * NS_PER_MS
            assert np.diff(chunk.times_ns) == pytest.approx(np.diff(recording.times_ns[samples]), rel=2e-3)
