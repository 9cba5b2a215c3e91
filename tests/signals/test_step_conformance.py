"""What every step of every chain promises, run over all of them."""

import pickle
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from itertools import pairwise
from typing import Final

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edged.model import NS_PER_MS, NS_PER_S, Chunk, Quality, StreamInfo
from edged.signals.chain import Step
from edged.signals.steps import (
    STEPS,
    Bandpass,
    Hampel,
    Highpass,
    Hrv,
    Lowpass,
    Median,
    Notch,
    RrClean,
    StepConfig,
)

RR: Final = StreamInfo("rr_interval", "ms")
WAVE: Final = StreamInfo("acceleration", "m/s2", 10.0, ("x", "y"))

SPECIMENS: Final[dict[str, tuple[StepConfig, StreamInfo]]] = {
    "median": (Median(step="median", window=5), WAVE),
    "hampel": (Hampel(step="hampel", window=7), WAVE),
    "lowpass": (Lowpass(step="lowpass", cutoff_hz=2.0), WAVE),
    "highpass": (Highpass(step="highpass", cutoff_hz=1.0), WAVE),
    "bandpass": (Bandpass(step="bandpass", low_hz=1.0, high_hz=3.0), WAVE),
    "notch": (Notch(step="notch", frequency_hz=2.0, harmonics=2, q=2.0), WAVE),
    "rr_clean": (RrClean(step="rr_clean"), RR),
    "hrv": (Hrv(step="hrv", window_s=10.0, coverage=0.5), RR),
}
"""One configuration of each step: short in memory, so that short streams reach all of it."""

every_step = pytest.mark.parametrize("name", SPECIMENS)
moderate = settings(max_examples=20)


@dataclass(frozen=True, slots=True)
class Sample:
    """One sample of a stream to be; ``lost`` samples before it, or a pause, make a gap."""

    values: tuple[float, ...]
    quality: Quality = Quality.GOOD
    lost: int = 0
    pause: bool = False


def build(name: str) -> Step:
    params, info = SPECIMENS[name]
    module, _, attribute = STEPS[name].partition(":")
    step: Step = getattr(import_module(module), attribute)(params, info)
    return step


def stream(name: str, samples: Sequence[Sample], cuts: Iterable[int] = ()) -> list[Chunk]:
    """Make the chunks of a stream, cut where ``seq`` jumps and at ``cuts``; no step may write in them."""
    info = SPECIMENS[name][1]
    times, seqs = list[int](), list[int]()
    time_ns, seq = 5 * NS_PER_S, 7
    for sample in samples:
        if info.rate_hz:
            time_ns += round(NS_PER_S / info.rate_hz)
        else:
            interval_ms = sample.values[0]
            time_ns += round((interval_ms if 1 <= interval_ms <= 3000 else 800.0) * NS_PER_MS)
        time_ns += NS_PER_S * (sample.pause + sample.lost)
        seq += 1 + sample.lost
        times.append(time_ns)
        seqs.append(seq)
    jumps = {i for i in range(1, len(samples)) if seqs[i] != seqs[i - 1] + 1}
    edges = sorted({0, len(samples)} | jumps | {cut for cut in cuts if 0 < cut < len(samples)})
    chunks = list[Chunk]()
    for start, stop in pairwise(edges):
        part = samples[start:stop]
        chunk = Chunk.of(
            info,
            seqs[start],
            times[start:stop],
            [sample.values[: len(info.channels)] for sample in part],
            [int(sample.quality) for sample in part],
        )
        for array in (chunk.times_ns, chunk.values, chunk.quality):
            array.flags.writeable = False
        chunks.append(chunk)
    return chunks


Rows = list[tuple[int, int, bytes, int]]


def rows(chunks: Iterable[Chunk]) -> Rows:
    """Take chunks apart: number, time, the bytes of the values, and quality of each sample."""
    return [
        (chunk.seq + i, int(chunk.times_ns[i]), chunk.values[i].tobytes(), int(chunk.quality[i]))
        for chunk in chunks
        for i in range(len(chunk))
    ]


def run(step: Step, chunks: Iterable[Chunk]) -> dict[str, list[Chunk]]:
    """Return what comes out, by quantity."""
    out = dict[str, list[Chunk]]()
    for chunk in chunks:
        for made in step.process(chunk):
            out.setdefault(made.info.quantity, []).append(made)
    return out


def run_rows(name: str, chunks: Iterable[Chunk]) -> dict[str, Rows]:
    return {quantity: rows(made) for quantity, made in run(build(name), chunks).items()}


def own(name: str, step: Step, chunks: Iterable[Chunk]) -> list[Chunk]:
    """Return what becomes of the stream itself, without the derived ones."""
    return run(step, chunks)[SPECIMENS[name][1].quantity]


def values_of(chunks: Iterable[Chunk]) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    return np.concatenate([chunk.values for chunk in chunks])


def flags_of(chunks: Iterable[Chunk]) -> np.ndarray[tuple[int], np.dtype[np.uint16]]:
    return np.concatenate([chunk.quality for chunk in chunks])


def smooth(count: int) -> list[Sample]:
    """Beats or waves as a calm body makes them."""
    rng = np.random.default_rng(5)
    wave = 800 + 60 * np.sin(np.arange(count) / 3) + rng.normal(0, 5, count)
    return [Sample((float(value), float(-value))) for value in wave]


readings = st.one_of(
    st.floats(600, 1000),
    st.floats(-3000, 3000),
    st.sampled_from([0.0, 65535.0, 1e300, float("nan"), float("inf"), float("-inf")]),
)
flags = st.sampled_from([Quality.GOOD] * 8 + list(Quality))
short_streams = st.lists(
    st.builds(
        Sample,
        st.tuples(readings, readings),
        flags,
        st.sampled_from([0] * 15 + [1, 20]),
        st.sampled_from([False] * 15 + [True]),
    ),
    min_size=1,
    max_size=30,
)


def eventful(seed: int) -> list[Sample]:
    """A stream long enough for every filter to settle, with spikes, holes long and short, and gaps."""
    rng = np.random.default_rng(seed)
    samples = smooth(150)
    for _ in range(rng.integers(0, 12)):
        at, run_length = int(rng.integers(len(samples))), int(rng.choice([1, 1, 2, 30]))
        event = int(rng.integers(5))
        for i in range(at, min(at + run_length, len(samples))):
            values = samples[i].values
            if event == 0:
                samples[i] = replace(samples[i], values=(float("nan"), values[1]))
            elif event == 1:
                samples[i] = replace(samples[i], values=(values[0] / 2, values[1] * 9))
            elif event == 2:
                samples[i] = replace(samples[i], quality=Quality(1 << int(rng.integers(7))))
        if event == 3:
            samples[at] = replace(samples[at], lost=run_length)
        elif event == 4:
            samples[at] = replace(samples[at], pause=True)
    return samples


streams = st.one_of(short_streams, st.integers(0, 2**32).map(eventful))


def test_every_step_has_a_specimen() -> None:
    assert set(SPECIMENS) == set(STEPS)
    assert all(params.step == name for name, (params, _) in SPECIMENS.items())


@every_step
@given(samples=streams, cuts=st.sets(st.integers(1, 149)))
@moderate
def test_blocks_make_no_difference(name: str, samples: list[Sample], cuts: set[int]) -> None:
    whole = run_rows(name, stream(name, samples))
    assert run_rows(name, stream(name, samples, cuts)) == whole
    assert run_rows(name, stream(name, samples, range(len(samples)))) == whole


@every_step
def test_blocks_make_no_difference_over_a_long_stream(name: str) -> None:
    samples = smooth(1500)
    samples[700] = replace(samples[700], lost=3)
    samples[900] = replace(samples[900], values=(float("nan"), 1.0))
    whole = run_rows(name, stream(name, samples))
    for size in (1, 73):
        assert run_rows(name, stream(name, samples, range(0, 1500, size))) == whole


@every_step
@given(samples=streams, other=streams, share=st.floats(0, 1))
@moderate
def test_the_past_does_not_depend_on_the_future(
    name: str, samples: list[Sample], other: list[Sample], share: float
) -> None:
    past = int(share * len(samples))
    told = run_rows(name, stream(name, samples))
    retold = run_rows(name, stream(name, samples[:past] + other))
    for quantity, made in retold.items():
        assert made[:past] == told[quantity][:past]


@every_step
@given(samples=streams)
@moderate
def test_samples_and_their_flags_stay(name: str, samples: list[Sample]) -> None:
    chunks = stream(name, samples)
    out = own(name, build(name), chunks)
    assert [(made.seq, made.times_ns.tolist()) for made in out] == [
        (chunk.seq, chunk.times_ns.tolist()) for chunk in chunks
    ]
    came = flags_of(chunks)
    assert (flags_of(out) & came).tolist() == came.tolist()


@every_step
@given(samples=streams)
@moderate
def test_what_was_not_measured_is_held_and_does_no_harm(name: str, samples: list[Sample]) -> None:
    chunks = stream(name, samples)
    out = own(name, build(name), chunks)
    reading = (flags_of(chunks) & Quality.NO_READING) == 0
    known = np.isfinite(values_of(chunks)) & (np.abs(values_of(chunks)) < 1e200) & reading[:, np.newaxis]
    assert np.isfinite(values_of(out)[known]).all()
    assert (flags_of(out)[~known.all(axis=1)] & Quality.HELD).all()


@every_step
def test_a_missing_value_is_forgotten(name: str) -> None:
    clean = smooth(400)
    holed = list(clean)
    holed[100] = replace(clean[100], values=(float("nan"), clean[100].values[1]))
    expected = run(build(name), stream(name, clean))
    got = run(build(name), stream(name, holed))
    for quantity, made in got.items():
        np.testing.assert_allclose(
            values_of(made)[200:], values_of(expected[quantity])[200:], rtol=1e-9, atol=1e-9
        )
    quantity = SPECIMENS[name][1].quantity
    assert flags_of(got[quantity])[100] & Quality.HELD
    assert flags_of(got[quantity])[150:].tolist() == flags_of(expected[quantity])[150:].tolist()


@every_step
def test_a_channel_knows_nothing_of_another(name: str) -> None:
    if len(SPECIMENS[name][1].channels) == 1:
        return
    samples = smooth(60)
    dead = [replace(sample, values=(float("nan"), sample.values[1])) for sample in samples]
    alive = values_of(own(name, build(name), stream(name, samples)))
    half = values_of(own(name, build(name), stream(name, dead)))
    np.testing.assert_array_equal(half[:, 1], alive[:, 1])
    assert np.isnan(half[:, 0]).all()


@every_step
@pytest.mark.parametrize(
    "gap",
    [
        Sample((), quality=Quality.GAP_BEFORE),
        Sample((), lost=2),
        pytest.param(Sample((), pause=True), id="pause"),
    ],
    ids=["flagged", "lost", "pause"],
)
def test_nothing_is_computed_across_a_gap(name: str, gap: Sample) -> None:
    info = SPECIMENS[name][1]
    if gap.pause and not info.rate_hz:
        return  # the beats of an irregular stream may be any time apart
    samples = [Sample((2000.0, -2000.0))] * 30 + [
        replace(sample, values=(sample.values[0] / 2, 1.0)) for sample in smooth(40)
    ]
    samples[30] = replace(gap, values=samples[30].values)
    chunks = stream(name, samples, [30])
    across = own(name, build(name), chunks)
    anew = own(name, build(name), chunks[1:])
    np.testing.assert_array_equal(across[1].values, anew[0].values)
    assert across[1].quality[0] & Quality.GAP_BEFORE
    np.testing.assert_array_equal(across[1].quality[1:], anew[0].quality[1:])


@every_step
def test_memory_is_bounded(name: str) -> None:
    step = build(name)
    chunks = stream(name, smooth(3000), range(0, 3000, 100))
    run(step, chunks[:15])
    half_way = len(pickle.dumps(step))
    run(step, chunks[15:])
    assert len(pickle.dumps(step)) <= half_way + 64
