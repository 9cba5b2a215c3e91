"""A chain: order, derived streams, and steps that do not fit."""

import subprocess
import sys

import numpy as np
import pytest

from edged.errors import ConfigError
from edged.model import NS_PER_MS, NS_PER_S, Chunk, Quality, StreamInfo
from edged.signals.chain import Chain, check_steps
from edged.signals.steps import AnyStep, Hampel, Highpass, Hrv, Lowpass, Median, Notch, RrClean

RR = StreamInfo("rr_interval", "ms")
ECG = StreamInfo("ecg", "uV", 130.0)
ARTEFACT = int(Quality.ARTEFACT)


def beats(intervals_ms: list[float], seq: int = 0) -> Chunk:
    times_ns = (np.cumsum(intervals_ms) * NS_PER_MS).astype(np.int64)
    return Chunk.of(RR, seq, times_ns, intervals_ms)


def wave(values: list[float]) -> Chunk:
    return Chunk.of(ECG, 0, (np.arange(len(values)) * NS_PER_S / 130).astype(np.int64), values)


def test_an_empty_chain_passes_the_chunk() -> None:
    chunk = beats([800.0, 810.0])
    assert Chain(RR, []).process(chunk) == [chunk]


def test_the_default_chain_of_a_strap() -> None:
    chain = Chain(RR, [RrClean(step="rr_clean"), Hrv(step="hrv", window_s=10, coverage=0.5)])
    passed, hrv = chain.process(beats([1000.0] * 8 + [2000.0] + [1010.0]))
    assert passed.info == RR
    assert passed.quality.tolist() == [0] * 8 + [ARTEFACT, 0]
    assert hrv.info.quantity == "hrv"
    assert len(hrv) == 10
    # The missed beat made no difference of 1000 ms.
    assert hrv.values[-1, 0] == 0.0


def test_a_derived_stream_passes_no_later_step() -> None:
    steps: list[AnyStep] = [Hrv(step="hrv", window_s=10, coverage=0.5), Median(step="median", window=3)]
    chain = Chain(RR, steps)
    intervals = [1000.0, 1000.0, 1000.0, 1000.0, 1000.0, 1000.0, 1400.0, 1000.0]
    passed, hrv = chain.process(beats(intervals))
    assert passed.values[:, 0].tolist() == [1000.0] * 8
    assert hrv.values[6, 0] > 0  # computed before the median took the long interval out


def test_steps_run_in_the_order_given() -> None:
    steps: list[AnyStep] = [Lowpass(step="lowpass", cutoff_hz=5), Median(step="median", window=3)]
    spike = wave([0.0] * 60 + [100.0] + [0.0] * 60)
    (median_last,) = Chain(ECG, steps).process(spike)
    (median_first,) = Chain(ECG, steps[::-1]).process(spike)
    assert not median_first.values.any()
    assert median_last.values.max() > 1


def test_chunks_go_out_as_they_come_in() -> None:
    chain = Chain(RR, [Hampel(step="hampel"), RrClean(step="rr_clean"), Hrv(step="hrv")])
    for seq in range(5):
        out = chain.process(beats([800.0], seq))
        assert [(made.info.quantity, made.seq, len(made)) for made in out] == [
            ("rr_interval", seq, 1),
            ("hrv", seq, 1),
        ]


def test_two_chains_share_nothing() -> None:
    steps: list[AnyStep] = [Highpass(step="highpass", cutoff_hz=1), Notch(step="notch")]
    first, second = Chain(ECG, steps), Chain(ECG, steps)
    chunk = wave(np.random.default_rng(3).normal(size=300).tolist())
    (expected,) = first.process(chunk)
    assert second.process(chunk) == [expected]


@pytest.mark.parametrize(
    ("info", "step", "message"),
    [
        (
            ECG,
            Lowpass(step="lowpass", cutoff_hz=70),
            "ecg: lowpass: cutoff_hz = 70 is not below half the sampling rate of 130 Hz; write less than 65",
        ),
        (
            RR,
            Highpass(step="highpass", cutoff_hz=1),
            (
                "rr_interval: highpass: highpass needs a constant sampling rate, and rr_interval has none; "
                "remove the step, or use median or hampel"
            ),
        ),
        (
            ECG,
            Hrv(step="hrv"),
            (
                "ecg: hrv: hrv needs intervals in ms, one channel, and ecg has 1 in uV; "
                "put the step under the stream rr_interval"
            ),
        ),
    ],
)
def test_a_step_that_does_not_fit_its_stream(info: StreamInfo, step: AnyStep, message: str) -> None:
    for refuse in (Chain, check_steps):
        with pytest.raises(ConfigError) as raised:
            refuse(info, [step])
        assert str(raised.value) == message
        assert raised.value.key == f"{info.quantity}: {step.step}"


WITHOUT_SCIPY = """
import sys
from edged.model import Chunk, StreamInfo
from edged.signals.chain import Chain
from edged.signals.steps import Hampel, Hrv, Median, RrClean

info = StreamInfo("rr_interval", "ms")
steps = [Median(step="median"), Hampel(step="hampel"), RrClean(step="rr_clean"), Hrv(step="hrv", window_s=10)]
chain = Chain(info, steps)
out = chain.process(Chunk.of(info, 0, range(1, 10**10, 10**9), [800.0] * 10))
print(len(out), "scipy" in sys.modules)
"""


def test_a_chain_without_frequency_filters_does_without_scipy() -> None:
    ran = subprocess.run([sys.executable, "-c", WITHOUT_SCIPY], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["2", "False"]


def test_checking_whether_a_filter_fits_does_without_scipy() -> None:
    """Who types a configuration has it checked each time, by the process that sends what is live."""
    code = (
        "import sys; from edged.model import StreamInfo; from edged.signals.chain import check_steps\n"
        "from edged.signals.steps import Lowpass\n"
        "check_steps(StreamInfo('ecg', 'uV', 130.0), [Lowpass(step='lowpass', cutoff_hz=40)])\n"
        "print('scipy' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False"]


def test_checking_parameters_does_without_numpy() -> None:
    code = "import sys, edged.signals.steps; print('numpy' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["False"]
