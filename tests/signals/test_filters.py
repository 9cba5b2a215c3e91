"""Frequency filters, against scipy's own offline ones and against what they promise."""

import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import butter, iirnotch, sosfilt, sosfilt_zi

from edged.model import NS_PER_S, Chunk, Quality, StreamInfo
from edged.signals.filters import FilterStep
from edged.signals.steps import Bandpass, Highpass, Lowpass, Notch

NAN = float("nan")
HELD = int(Quality.HELD)
RATE_HZ = 250.0
ECG = StreamInfo("ecg", "uV", RATE_HZ)

LOWPASS = Lowpass(step="lowpass", cutoff_hz=40, order=4)
HIGHPASS = Highpass(step="highpass", cutoff_hz=0.5)
BANDPASS = Bandpass(step="bandpass", low_hz=0.5, high_hz=40)
NOTCH = Notch(step="notch", frequency_hz=50, harmonics=2)

Params = Lowpass | Highpass | Bandpass | Notch


def filtered(
    step: FilterStep, values: NDArray[np.float64], info: StreamInfo = ECG
) -> tuple[NDArray[np.float64], NDArray[np.uint16]]:
    times_ns = (np.arange(len(values)) * NS_PER_S / info.rate_hz).astype(np.int64)
    (out,) = step.process(Chunk.of(info, 0, times_ns, values))
    return out.values[:, 0], out.quality


@pytest.mark.parametrize(
    ("params", "sections"),
    [
        (LOWPASS, butter(4, 40, "lowpass", fs=RATE_HZ, output="sos")),
        (HIGHPASS, butter(2, 0.5, "highpass", fs=RATE_HZ, output="sos")),
        (BANDPASS, butter(2, (0.5, 40), "bandpass", fs=RATE_HZ, output="sos")),
        (NOTCH, np.array([[*b, *a] for b, a in (iirnotch(50, 30, RATE_HZ), iirnotch(100, 30, RATE_HZ))])),
    ],
    ids=["lowpass", "highpass", "bandpass", "notch"],
)
def test_as_scipy_does_offline(params: Params, sections: NDArray[np.float64]) -> None:
    values = 11_000 + np.cumsum(np.random.default_rng(2).normal(size=2000))
    offline, _ = sosfilt(sections, values, zi=sosfilt_zi(sections) * values[0])
    step = FilterStep(params, ECG)
    out, flags = filtered(step, values)
    settling = step.settling_samples
    assert 0 < settling < 1000
    np.testing.assert_array_equal(out[settling:], offline[settling:])
    np.testing.assert_array_equal(out[:settling], offline[0])
    np.testing.assert_array_equal(flags, [HELD] * settling + [0] * (2000 - settling))


@pytest.mark.parametrize(
    ("params", "settling_s"),
    [(HIGHPASS, 2.1), (BANDPASS, 2.1), (Notch(step="notch"), 0.9), (LOWPASS, 0.05)],
    ids=["highpass", "bandpass", "notch", "lowpass"],
)
def test_settling_takes_as_long_as_documented(params: Params, settling_s: float) -> None:
    assert FilterStep(params, ECG).settling_samples / RATE_HZ == pytest.approx(settling_s, abs=0.05)


def gain(params: Params, frequency_hz: float) -> float:
    """Amplitude of a sine of that frequency after the filter has long settled."""
    seconds = np.arange(round(40 * RATE_HZ)) / RATE_HZ
    out, _ = filtered(FilterStep(params, ECG), np.sin(2 * math.pi * frequency_hz * seconds))
    late = seconds >= 20  # whole periods of every frequency asked for
    return float(2 * np.abs(np.mean((out * np.exp(-2j * math.pi * frequency_hz * seconds))[late])))


@pytest.mark.parametrize("order", [1, 2, 5])
@pytest.mark.parametrize("cutoff_hz", [1, 12.5, 40])
def test_three_decibels_down_at_the_cut_off(order: int, cutoff_hz: float) -> None:
    half_power = math.sqrt(0.5)
    low = Lowpass(step="lowpass", cutoff_hz=cutoff_hz, order=order)
    high = Highpass(step="highpass", cutoff_hz=cutoff_hz, order=order)
    assert gain(low, cutoff_hz) == pytest.approx(half_power, abs=1e-3)
    assert gain(high, cutoff_hz) == pytest.approx(half_power, abs=1e-3)
    assert gain(low, cutoff_hz / 5) > 0.97
    assert gain(high, cutoff_hz / 5) < 0.21
    assert gain(low, min(cutoff_hz * 3, 120)) < 0.35
    assert gain(high, min(cutoff_hz * 3, 120)) > 0.94


def test_a_band_passes_between_its_edges() -> None:
    band = Bandpass(step="bandpass", low_hz=5, high_hz=15)
    assert gain(band, 5) == pytest.approx(math.sqrt(0.5), abs=1e-3)
    assert gain(band, 15) == pytest.approx(math.sqrt(0.5), abs=1e-3)
    assert gain(band, 8.5) > 0.99
    assert gain(band, 0.5) < 0.02
    assert gain(band, 100) < 0.02


@pytest.mark.parametrize("mains_hz", [50.0, 60.0])
def test_a_notch_takes_out_the_mains_and_leaves_the_rest(mains_hz: float) -> None:
    notch = Notch(step="notch", frequency_hz=mains_hz, harmonics=2)
    assert gain(notch, mains_hz) < 1e-6
    assert gain(notch, 2 * mains_hz) < 1e-6
    assert gain(notch, 10) == pytest.approx(1, abs=1e-3)
    assert gain(notch, mains_hz - 5) > 0.97
    assert gain(Notch(step="notch", frequency_hz=mains_hz), 2 * mains_hz) == pytest.approx(1, abs=1e-3)
    edge_hz = mains_hz * (1 - 1 / 60)  # half of mains_hz / q to the side, q = 30
    assert gain(Notch(step="notch", frequency_hz=mains_hz), edge_hz) == pytest.approx(0.707, abs=0.01)


def test_an_offset_does_not_ring() -> None:
    out, _ = filtered(FilterStep(HIGHPASS, ECG), np.full(1000, 11_000.0))
    np.testing.assert_allclose(out, 0, atol=1e-6)
    out, _ = filtered(FilterStep(LOWPASS, ECG), np.full(1000, 11_000.0))
    np.testing.assert_allclose(out, 11_000, rtol=1e-9)


def test_a_short_hole_is_bridged_and_held() -> None:
    step = FilterStep(LOWPASS, ECG)
    values = np.sin(np.arange(400) / 20)
    values[200:203] = NAN
    out, flags = filtered(step, values)
    assert flags[200:210].tolist() == [HELD] * 3 + [0] * 7
    assert out[200:203].tolist() == [out[199]] * 3
    with_last = np.where(np.isnan(values), values[199], values)
    np.testing.assert_array_equal(out[203:], filtered(FilterStep(LOWPASS, ECG), with_last)[0][203:])


def test_a_hole_as_long_as_the_filter_takes_to_settle_is_a_gap() -> None:
    step = FilterStep(LOWPASS, ECG)
    settling = step.settling_samples
    values = 100 + np.sin(np.arange(400) / 20)
    values[200 : 200 + settling] = NAN
    out, flags = filtered(step, values)
    after = 200 + settling
    assert flags[200 : after + settling + 1].tolist() == [HELD] * 2 * settling + [0]
    assert out[200:after].tolist() == [out[199]] * settling
    np.testing.assert_array_equal(out[after:], filtered(FilterStep(LOWPASS, ECG), values[after:])[0])


def test_nothing_comes_before_the_first_measurement() -> None:
    step = FilterStep(LOWPASS, ECG)
    values = np.full(100, NAN)
    out, flags = filtered(step, values)
    assert np.isnan(out).all()
    assert (flags == HELD).all()


@pytest.mark.parametrize(
    ("params", "rate_hz", "message"),
    [
        (
            Lowpass(step="lowpass", cutoff_hz=65),
            130,
            "cutoff_hz = 65 is not below half the sampling rate of 130 Hz; write less than 65",
        ),
        (
            Highpass(step="highpass", cutoff_hz=70),
            130,
            "cutoff_hz = 70 is not below half the sampling rate of 130 Hz; write less than 65",
        ),
        (
            Bandpass(step="bandpass", low_hz=0.5, high_hz=100),
            130,
            "high_hz = 100 is not below half the sampling rate of 130 Hz; write less than 65",
        ),
        (
            Notch(step="notch", frequency_hz=50),
            50,
            "frequency_hz = 50 is not below half the sampling rate of 50 Hz; write less than 25",
        ),
        (
            Notch(step="notch", frequency_hz=50, harmonics=3),
            250,
            "harmonic 3 of 50 Hz is not below half the sampling rate of 250 Hz; write harmonics = 2",
        ),
        (
            Notch(step="notch", frequency_hz=50, harmonics=2),
            200,
            "harmonic 2 of 50 Hz is not below half the sampling rate of 200 Hz; write harmonics = 1",
        ),
        (
            Notch(step="notch", frequency_hz=50, q=0.5),
            130,
            (
                "q = 0.5 makes a notch of 100 Hz, the whole band of a stream of 130 Hz; "
                "write q greater than 0.769231"
            ),
        ),
        (
            Lowpass(step="lowpass", cutoff_hz=1e-6, order=8),
            1000,
            (
                "the lowest frequency is too far below the sampling rate for the filter to be computed; "
                "write a higher frequency or a lower order"
            ),
        ),
        (
            Lowpass(step="lowpass", cutoff_hz=1),
            0,
            (
                "lowpass needs a constant sampling rate, and ecg has none; "
                "remove the step, or use median or hampel"
            ),
        ),
    ],
)
def test_what_does_not_fit_the_stream(params: Params, rate_hz: float, message: str) -> None:
    with pytest.raises(ValueError, match=r".") as raised:
        FilterStep(params, StreamInfo("ecg", "uV", rate_hz))
    assert str(raised.value) == message


def test_a_filter_whose_pole_is_at_0_settles_at_once() -> None:
    params = Lowpass(step="lowpass", cutoff_hz=RATE_HZ / 4, order=1)
    assert FilterStep(params, ECG).settling_samples == 1


def test_mains_in_a_real_ecg(recordings: Path) -> None:
    adc = np.load(recordings / "mitdb" / "102_ch0_adc.npy")[:36_000]
    info = StreamInfo("ecg", "mV", 360.0)
    values = (adc.astype(np.float64) - 1024) / 200
    out, _ = filtered(FilterStep(Notch(step="notch", frequency_hz=60), info), values, info)

    def mains(signal: NDArray[np.float64]) -> float:
        seconds = np.arange(len(signal)) / 360
        return float(np.abs(np.mean(signal * np.exp(-2j * math.pi * 60 * seconds))))

    assert mains(out[3600:]) < 0.05 * mains(values[3600:])
    assert np.ptp(out[3600:]) == pytest.approx(np.ptp(values[3600:]), rel=0.1)
