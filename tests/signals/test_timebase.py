"""Sample times of devices with a clock of their own: prediction, gaps, repeats, clocks that are set."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edged.model import NS_PER_MS, NS_PER_S
from edged.signals.device_clock import DeviceClock
from edged.signals.timebase import STEADY_LOSS, Placement, SampleClock

UNSET_H10_NS = 599_616_000 * NS_PER_S
"""2019-01-01, where a strap begins that nobody has set, in its epoch of 2000-01-01."""
SET_NS = 841_536_000 * NS_PER_S
FRAME = 73
SPAN_NS = round(FRAME / 130 * NS_PER_S)

examples = settings(max_examples=60)


@dataclass(frozen=True)
class Frame:
    """What a simulated device sends, and the truth of it: when its samples were taken, node monotonic."""

    stamp_ns: int
    receipt_ns: int
    taken_ns: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.taken_ns)


def device(
    seed: int,
    *,
    seconds: float = 300,
    skew_ppm: float = 0,
    delay_ms: float = 40,
    epoch_ns: int = UNSET_H10_NS,
    sizes: tuple[int, ...] = (FRAME,),
) -> list[Frame]:
    """Simulate a strap: its rate wanders through 130.01 to 130.16 Hz, its stamps are ticks of 1/32768 s."""
    rng = np.random.default_rng(seed)
    sample = np.arange(round(seconds * 130.2))
    rate_hz = 130.085 + 0.075 * np.sin(sample / 130 * 2 * np.pi / rng.uniform(180, 600) + rng.uniform(0, 6))
    taken_s = np.cumsum(1 / rate_hz)
    ends = np.cumsum(rng.choice(sizes, len(sample)))
    ends = ends[ends <= len(sample)]
    stamps_ns = np.floor(taken_s * 32768) / 32768 * NS_PER_S
    taken_ns = 5e12 + taken_s * NS_PER_S * (1 + skew_ppm * 1e-6)
    return [
        Frame(
            epoch_ns + int(stamps_ns[end - 1]),
            int(taken_ns[end - 1] + rng.uniform(0, delay_ms) * NS_PER_MS),
            taken_ns[start:end],
        )
        for start, end in pairwise([0, *ends.tolist()])
    ]


def place(frames: list[Frame], clock: SampleClock | None = None) -> Iterator[tuple[Frame, Placement]]:
    clock = clock or SampleClock(DeviceClock(), 130)
    for frame in frames:
        yield frame, clock.place(frame.stamp_ns, len(frame), frame.receipt_ns)


def even(rate_hz: float, frames: int, *, size: int = FRAME, first_ns: int = UNSET_H10_NS) -> list[Frame]:
    """Frames of a constant rate, each received as it ends."""
    ends_ns = [round((k + 1) * size / rate_hz * NS_PER_S) for k in range(frames)]
    samples = np.arange(1 - size, 1) / rate_hz * NS_PER_S
    return [Frame(first_ns + end_ns, end_ns, end_ns + samples) for end_ns in ends_ns]


@pytest.mark.parametrize("epoch_ns", [0, UNSET_H10_NS, SET_NS, 2**63])
def test_the_first_frame_is_laid_out_with_the_nominal_rate_alone(epoch_ns: int) -> None:
    placed = SampleClock(DeviceClock(), 100).place(epoch_ns + 7, 4, 10 * NS_PER_S)
    assert (placed.verdict, placed.missing, placed.is_gap) == ("kept", 0, False)
    assert placed.times_ns.tolist() == [9_970_000_000, 9_980_000_000, 9_990_000_000, 10_000_000_000]


@pytest.mark.parametrize("seed", range(8))
def test_the_next_frame_is_predicted_within_a_tenth_of_a_millisecond(seed: int) -> None:
    clock = SampleClock(DeviceClock(), 130)
    frames = device(seed, seconds=600)
    errors_ms = []
    for frame in frames:
        errors_ms.append(abs(clock.predict_ns(FRAME) - frame.stamp_ns) / NS_PER_MS)
        clock.place(frame.stamp_ns, FRAME, frame.receipt_ns)
    assert errors_ms[1] < 1  # by the nominal rate
    assert max(errors_ms[2:]) < 0.1


@given(st.integers(0, 2**32), st.floats(-100, 100), st.floats(0, 40))
@examples
def test_of_lost_frames_exactly_what_is_missing_is_found_and_times_are_true(
    seed: int, skew_ppm: float, delay_ms: float
) -> None:
    frames = device(seed, seconds=120, skew_ppm=skew_ppm, delay_ms=delay_ms)
    lost = np.random.default_rng(seed).random(len(frames)) < 0.05
    lost[0] = False
    kept = [frame for frame, is_lost in zip(frames, lost, strict=True) if not is_lost]
    missing = 0
    expected = []
    for is_lost in lost:
        if is_lost:
            missing += FRAME
        else:
            expected.append(missing)
            missing = 0
    placed = list(place(kept))
    assert [placement.missing for _, placement in placed] == expected
    assert [placement.is_gap for _, placement in placed] == [count > 0 for count in expected]
    times_ns = np.concatenate([placement.times_ns for _, placement in placed])
    assert times_ns.dtype == np.int64
    assert (np.diff(times_ns) > 0).all()
    for frame, placement in placed[110:]:  # after a minute
        errors_ns = placement.times_ns - frame.taken_ns
        assert np.abs(errors_ns).max() < 10 * NS_PER_MS
        assert np.abs(np.diff(placement.times_ns) / np.diff(frame.taken_ns) - 1).max() < 1e-3


@pytest.mark.parametrize("skew_ppm", [-100, -30, 0, 30, 100])
def test_after_three_minutes_times_are_true_to_some_milliseconds(skew_ppm: float) -> None:
    errors_ms = []
    for seed in range(6):
        placed = list(place(device(seed, seconds=480, skew_ppm=skew_ppm)))
        for frame, placement in placed[320:]:
            errors_ms.append((placement.times_ns[-1] - frame.taken_ns[-1]) / NS_PER_MS)
    assert np.abs(errors_ms).max() < 4
    assert np.median(np.abs(errors_ms)) < 1


@given(st.integers(0, 2**32), st.data())
@examples
def test_frames_of_any_size_and_losses_of_any_length(seed: int, data: st.DataObject) -> None:
    frames = device(seed, seconds=60, sizes=(1, 17, 40, 73, 120), delay_ms=5)
    lost = data.draw(st.sets(st.integers(2, len(frames) - 1), max_size=len(frames) // 2))
    missing = 0
    clock = SampleClock(DeviceClock(), 130)
    for index, frame in enumerate(frames):
        if index in lost:
            missing += len(frame)
            continue
        placement = clock.place(frame.stamp_ns, len(frame), frame.receipt_ns)
        if index > 1:  # two frames show the rate
            assert placement.missing == missing
        missing = 0


@given(st.integers(0, 2**32), st.data())
@examples
def test_nothing_depends_on_what_comes_later(seed: int, data: st.DataObject) -> None:
    frames = device(seed, seconds=30)
    until = data.draw(st.integers(1, len(frames)))
    whole = [(p.verdict, p.missing, p.times_ns.tolist()) for _, p in place(frames)]
    part = [(p.verdict, p.missing, p.times_ns.tolist()) for _, p in place(frames[:until])]
    assert part == whole[:until]


@given(
    st.lists(
        st.tuples(
            st.integers(0, 2**64 - 1) | st.integers(0, 10 * NS_PER_S),
            st.integers(1, 300),
            st.integers(-(2**60), 2**60) | st.integers(0, 10 * NS_PER_S),
        ),
        max_size=40,
    )
)
@examples
def test_times_strictly_increase_whatever_the_stamps(frames: list[tuple[int, int, int]]) -> None:
    device_clock = DeviceClock()
    clocks = SampleClock(device_clock, 130), SampleClock(device_clock, 50)
    last_ns = [-(2**63), -(2**63)]
    for stamp_ns, count, receipt_ns in frames:
        for which, clock in enumerate(clocks):
            placement = clock.place(stamp_ns, count, receipt_ns)
            if placement.verdict == "kept":
                assert len(placement.times_ns) == count
                assert last_ns[which] < placement.times_ns[0]
                assert (np.diff(placement.times_ns) > 0).all()
                last_ns[which] = int(placement.times_ns[-1])
            else:
                assert len(placement.times_ns) == 0


def test_a_frame_that_comes_twice_is_dropped_and_changes_nothing() -> None:
    frames = even(130.1, 20)
    twice = [frame for frame in frames for _ in range(2)]
    placed = [placement for _, placement in place(twice)]
    assert [p.verdict for p in placed] == ["kept", "repeated"] * 20
    once = [placement.times_ns.tolist() for _, placement in place(frames)]
    assert [p.times_ns.tolist() for p in placed[::2]] == once


def test_frames_that_come_too_late_are_dropped_and_what_is_missing_stays_missing() -> None:
    frames = even(130.1, 10)
    order = [0, 1, 2, 3, 5, 4, 6, 9, 7, 8]
    placed = [placement for _, placement in place([frames[index] for index in order])]
    assert [(p.verdict, p.missing) for p in placed] == [
        *[("kept", 0)] * 4,
        ("kept", FRAME),
        ("older", 0),
        ("kept", 0),
        ("kept", 2 * FRAME),
        ("older", 0),
        ("older", 0),
    ]


@pytest.mark.parametrize("rate_hz", [127.5, 129.9, 130.16, 132.5])
def test_only_whole_frames_count_as_lost_until_the_rate_is_known(rate_hz: float) -> None:
    one, two, _, four, five, _, seven = even(rate_hz, 7)
    assert [p.missing for _, p in place([one, two, four, five, seven])] == [0, 0, FRAME, 0, FRAME]
    assert [p.missing for _, p in place([one, four, five, seven])] == [0, 2 * FRAME, 0, FRAME]


@pytest.mark.parametrize(("nominal_hz", "true_hz"), [(130, 135), (50, 50.92), (135, 55), (130, 145)])
def test_a_device_that_announces_a_wrong_rate_is_not_said_to_lose_for_long(
    nominal_hz: float, true_hz: float
) -> None:
    clock = SampleClock(DeviceClock(), nominal_hz)
    frames = even(true_hz, 60, size=18)
    placed = [placement for _, placement in place(frames, clock)]
    assert [p.missing for p in placed[1 + STEADY_LOSS :]] == [0] * (59 - STEADY_LOSS)
    assert abs(clock.predict_ns(18) - frames[-1].stamp_ns - 18 / true_hz * NS_PER_S) < 0.1 * NS_PER_MS
    assert np.diff(placed[-1].times_ns) == pytest.approx(NS_PER_S / true_hz, rel=2e-3)


@pytest.mark.parametrize(
    "jump_ns",
    [
        SET_NS - UNSET_H10_NS,
        UNSET_H10_NS - SET_NS,
        3600 * NS_PER_S,
        -3600 * NS_PER_S,
        40 * NS_PER_S,
        -40 * NS_PER_S,
        5 * NS_PER_S,
    ],
)
def test_a_clock_that_is_set_in_mid_stream_begins_a_new_segment(jump_ns: int) -> None:
    frames = even(130.1, 20, first_ns=SET_NS)
    clock = SampleClock(DeviceClock(), 130)
    placed = []
    for index, frame in enumerate(frames):
        stamp_ns = frame.stamp_ns + (jump_ns if index >= 10 else 0)
        placed.append(clock.place(stamp_ns, FRAME, frame.receipt_ns))
    assert [(p.verdict, p.missing) for p in placed] == [("kept", 0)] * 20
    assert [index for index, p in enumerate(placed) if p.is_gap] == [10]
    times_ns = np.concatenate([p.times_ns for p in placed])
    assert np.abs(times_ns - np.concatenate([frame.taken_ns for frame in frames])).max() < NS_PER_MS
    assert (np.diff(times_ns) > 0).all()


def test_a_clock_that_is_set_back_a_little_is_believed_at_the_third_frame() -> None:
    frames = even(130.1, 20)
    clock = SampleClock(DeviceClock(), 130)
    verdicts = []
    for index, frame in enumerate(frames):
        stamp_ns = frame.stamp_ns - (2 * NS_PER_S if index >= 10 else 0)
        placement = clock.place(stamp_ns, FRAME, frame.receipt_ns)
        verdicts.append((placement.verdict, placement.is_gap))
    assert verdicts == [
        *[("kept", False)] * 10,
        *[("older", False)] * 2,
        ("kept", True),
        *[("kept", False)] * 7,
    ]


def test_two_streams_share_the_clock_of_their_device() -> None:
    device_clock = DeviceClock()
    ecg, acceleration = SampleClock(device_clock, 130), SampleClock(device_clock, 50)
    jump_ns = SET_NS - UNSET_H10_NS
    gaps = []
    frames = sorted(
        [(frame, ecg) for frame in even(130.1, 40)] + [(f, acceleration) for f in even(50.9, 30, size=36)],
        key=lambda each: each[0].receipt_ns,
    )
    for frame, clock in frames:
        is_set = frame.receipt_ns > 10 * NS_PER_S
        placement = clock.place(frame.stamp_ns + (jump_ns if is_set else 0), len(frame), frame.receipt_ns)
        assert placement.times_ns[-1] == pytest.approx(frame.receipt_ns, abs=NS_PER_MS)
        if placement.is_gap:
            gaps.append((clock is ecg, placement.missing))
    assert sorted(gaps) == [(False, 0), (True, 0)]
    assert device_clock.epoch == 2


def test_a_late_first_frame_wears_off_without_a_step() -> None:
    frames = even(130, 200)
    clock = SampleClock(DeviceClock(), 130)
    times_ns = []
    for index, frame in enumerate(frames):
        late_ns = 300 * NS_PER_MS if index == 0 else 0
        times_ns.append(clock.place(frame.stamp_ns, FRAME, frame.receipt_ns + late_ns).times_ns)
    errors_ns = np.array([t[-1] - f.receipt_ns for t, f in zip(times_ns, frames, strict=True)])
    assert errors_ns[0] == 300 * NS_PER_MS
    assert (np.diff(errors_ns) <= 0).all()
    assert (np.diff(errors_ns) >= -0.0101 * SPAN_NS).all()
    assert errors_ns[-1] < 2 * NS_PER_MS


def test_after_a_long_silence_the_clock_is_still_known() -> None:
    frames = even(130.1, 400)
    placed = [placement for _, placement in place([*frames[:200], *frames[-20:]])]
    assert placed[200].missing == 180 * FRAME
    assert placed[200].times_ns == pytest.approx(frames[-20].taken_ns, abs=NS_PER_MS)


@pytest.mark.parametrize("shift", [0.3, 0.49, -0.3, -0.49])
def test_sampling_that_begins_anew_between_two_samples(shift: float) -> None:
    frames = even(130.1, 120)
    shift_ns = round(shift / 130.1 * NS_PER_S)
    later = [
        Frame(frame.stamp_ns + shift_ns, frame.receipt_ns + shift_ns, frame.taken_ns + shift_ns)
        for frame in frames[60:]
    ]
    placed = [placement for _, placement in place([*frames[:50], *later])]
    assert [p.missing for p in placed] == [0] * 50 + [10 * FRAME] + [0] * 59
    assert placed[50].times_ns == pytest.approx(later[0].taken_ns, abs=NS_PER_MS / 10)
    assert placed[-1].times_ns == pytest.approx(later[-1].taken_ns, abs=NS_PER_MS / 10)


def test_after_an_hour_what_was_known_of_the_clock_is_too_old() -> None:
    frames = even(130, 7000)
    late = [
        Frame(frame.stamp_ns, frame.receipt_ns + 40 * NS_PER_MS, frame.taken_ns) for frame in frames[-300:]
    ]
    placed = [placement for _, placement in place([*frames[:200], *late])]
    errors_ns = [p.times_ns[-1] - f.taken_ns[-1] for p, f in zip(placed[200:], late, strict=True)]
    assert errors_ns[0] > 39 * NS_PER_MS


@pytest.mark.parametrize("seed", range(5))
def test_a_clock_that_is_set_does_not_shift_what_follows(seed: int) -> None:
    frames = device(seed, seconds=60, delay_ms=40)
    clock = SampleClock(DeviceClock(), 130)
    times_ns = []
    for index, frame in enumerate(frames):
        stamp_ns = frame.stamp_ns + (3600 * NS_PER_S if index >= 60 else 0)
        times_ns += clock.place(stamp_ns, FRAME, frame.receipt_ns).times_ns.tolist()
    around = np.diff(times_ns[50 * FRAME : 70 * FRAME])
    assert around == pytest.approx(NS_PER_S / 130.085, rel=5e-3)


def test_another_rate_begins_a_new_segment_and_times_go_on() -> None:
    clock = SampleClock(DeviceClock(), 130)
    placed = [placement for _, placement in place(even(130.1, 10), clock)]
    clock.set_rate(50)
    later = [frame for frame in even(50.9, 20, size=36) if frame.taken_ns[0] > placed[-1].times_ns[-1]]
    again = [placement for _, placement in place(later, clock)]
    assert [(p.verdict, p.is_gap, p.missing) for p in again[:3]] == [
        ("kept", True, 0),
        ("kept", False, 0),
        ("kept", False, 0),
    ]
    assert again[0].times_ns[0] > placed[-1].times_ns[-1]
    assert again[-1].times_ns == pytest.approx(later[-1].taken_ns, abs=NS_PER_MS)
