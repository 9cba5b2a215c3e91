"""A preview shows what the chain gives out, and nothing else."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest

from edged.errors import StepError
from edged.model import NS_PER_S, Chunk, Quality, StreamInfo
from edged.signals.chain import Chain
from edged.signals.preview import MOST_POINTS, Line, preview
from edged.signals.steps import AnyStep, Bandpass, Hrv, Lowpass, Median, Notch, RrClean
from tests.web.tracks import ACC, ECG, RR, acceleration, beats, ecg

BAND: Sequence[AnyStep] = (
    Notch(step="notch"),
    Bandpass(step="bandpass", low_hz=0.5, high_hz=30),
)


def known(line: Line) -> list[tuple[float, float]]:
    return [(at, value) for at, value in zip(line.times_s, line.values, strict=True) if value is not None]


def expected(
    chunks: Sequence[Chunk], info: StreamInfo, channel: int, since_ns: int
) -> list[tuple[float, float]]:
    """Return the usable samples of a chain's output from a time on."""
    end_ns = chunks[-1].times_ns[-1]
    return [
        (round((int(t) - int(end_ns)) / NS_PER_S, 6), float(v))
        for chunk in chunks
        if chunk.info.quantity == info.quantity
        for t, v, q in zip(chunk.times_ns, chunk.values[:, channel], chunk.quality, strict=True)
        if t >= since_ns and Quality(int(q)).usable and math.isfinite(v)
    ]


def test_it_is_the_output_of_the_chain() -> None:
    chunks = ecg()
    chain = Chain(ECG, BAND)
    out = [each for chunk in chunks for each in chain.process(chunk)]
    since_ns = int(chunks[-1].times_ns[-1]) - 10 * NS_PER_S
    made = preview(chunks, BAND, seconds=10)
    (after,) = made.after
    assert known(after) == expected(out, ECG, 0, since_ns)
    assert known(made.before) == expected(chunks, ECG, 0, since_ns)
    assert after.samples == made.before.samples == 1301
    assert (after.quantity, after.channel, after.unit) == ("ecg", "value", "uV")
    assert max(after.times_s) == 0


def test_without_steps_it_is_what_came() -> None:
    made = preview(ecg(), [], seconds=5)
    assert made.after == (made.before,)
    assert made.delay_s == 0


def test_streams_that_a_chain_adds_have_a_line_a_channel() -> None:
    chunks = beats()
    steps = [RrClean(step="rr_clean"), Hrv(step="hrv")]
    chain = Chain(RR, steps)
    out = [each for chunk in chunks for each in chain.process(chunk)]
    since_ns = int(chunks[-1].times_ns[-1]) - 120 * NS_PER_S
    made = preview(chunks, steps, seconds=120)
    assert [(line.quantity, line.channel, line.unit) for line in made.after] == [
        ("rr_interval", "value", "ms"),
        ("hrv", "rmssd", "ms"),
        ("hrv", "sdnn", "ms"),
        ("hrv", "pnn50", "%"),
    ]
    hrv = next(chunk.info for chunk in out if chunk.info.quantity == "hrv")
    for channel, line in enumerate(made.after[1:]):
        assert known(line) == expected(out, hrv, channel, since_ns)
        assert known(line)
    assert made.before.flagged == 0
    assert made.after[0].flagged == made.after[0].values.count(None) > 3, "missed beats are not drawn"
    assert made.delay_s is None, "an irregular stream"


def test_a_channel_of_several() -> None:
    made = preview(acceleration(), [Median(step="median")], seconds=5, channel=2)
    assert (made.before.channel, made.before.unit) == ("z", "mg")
    assert len(made.after) == 1
    assert known(made.before) == expected(acceleration(), ACC, 2, 25 * NS_PER_S - NS_PER_S // 50)
    assert made.before.flagged == 50


def test_gaps_are_gaps() -> None:
    made = preview(ecg(gap_at_s=27), BAND, seconds=10)
    for line in (made.before, *made.after):
        breaks = [at for at, value in zip(line.times_s, line.values, strict=True) if value is None]
        assert any(-5.1 < at < -2.9 for at in breaks)
        assert not any(-4.9 < at < -3.1 for at, _ in known(line))
        assert line.times_s == sorted(set(line.times_s))


@pytest.mark.parametrize("gap_at_s", [None, 12.3])
def test_a_long_line_keeps_its_peaks(gap_at_s: float | None) -> None:
    chunks = ecg(gap_at_s=gap_at_s)
    made = preview(chunks, [], seconds=300)
    line = made.before
    assert line.samples == 3900
    assert len(line.times_s) == len(line.values) <= MOST_POINTS
    assert line.times_s == sorted(set(line.times_s))
    values = np.concatenate([chunk.values for chunk in chunks])
    drawn = [value for _, value in known(line)]
    assert max(drawn) == np.nanmax(values)
    assert min(drawn) == np.nanmin(values)
    if gap_at_s is not None:
        apart = next((a, b) for a, b in pairwise(known(line)) if b[0] - a[0] > 1)
        between = [at for at, value in zip(line.times_s, line.values, strict=True) if value is None]
        assert any(apart[0][0] <= at <= apart[1][0] for at in between)


def test_nothing_that_is_not_finite_is_drawn() -> None:
    chunk = Chunk.of(ECG, 0, np.arange(6) * NS_PER_S // 130, [1.0, math.nan, math.inf, -math.inf, 1e300, 2.0])
    made = preview([chunk], [Median(step="median", window=3)], seconds=5)
    assert made.before.values == [1.0, None, None, None, 1e300, 2.0]
    assert all(value is None or math.isfinite(value) for value in made.after[0].values)


def test_the_delay_of_a_chain() -> None:
    # A moving median of 27 lags by 13 samples; what it takes out does not matter to a slow wave.
    slow = np.sin(2 * math.pi * 0.7 * np.arange(1300) / 130) + 0.5 * np.sin(
        2 * math.pi * 0.31 * np.arange(1300) / 130
    )
    chunk = Chunk.of(ECG, 0, np.arange(1300) * NS_PER_S // 130, slow)
    made = preview([chunk], [Median(step="median", window=27)], seconds=5)
    assert made.delay_s == pytest.approx(13 / 130)
    flat = chunk.with_values(np.zeros((1300, 1)), chunk.quality)
    assert preview([flat], [], seconds=5).delay_s is None


def test_what_it_costs() -> None:
    used = iter([2.0, 2.03])
    made = preview(ecg(30), BAND, seconds=5, processor_s=lambda: next(used))
    assert made.cost_s == pytest.approx(3600 * 0.03 / 30, rel=0.01)


def test_a_chain_that_cannot_run() -> None:
    steps = [*BAND, Lowpass(step="lowpass", cutoff_hz=65)]
    with pytest.raises(StepError, match="write less than 65") as raised:
        preview(ecg(), steps, seconds=5)
    assert raised.value.place == "[2].cutoff_hz"
    assert raised.value.under("steps").key == "steps[2].cutoff_hz"
    with pytest.raises(StepError) as raised:
        preview(ecg(), [Hrv(step="hrv")], seconds=5)
    assert raised.value.place == "[0]"
