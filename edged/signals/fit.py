"""Says whether a step fits a stream, from what both say of themselves; nothing is computed for it."""

import math

from edged.model import StreamInfo
from edged.signals.steps import (
    Bandpass,
    Highpass,
    Hrv,
    Lowpass,
    Notch,
    RrClean,
    StepConfig,
    WrongParameterError,
)


def check_fit(params: StepConfig, info: StreamInfo) -> None:
    """Refuse a step that cannot be done to a stream.

    Args:
        params: of the step.
        info: the stream, for its rate, unit and channels.

    Raises:
        ValueError: the stream is not of the kind that the step takes.
        WrongParameterError: a frequency is not below half its rate, or a notch as wide as its band.
    """
    match params:
        case Lowpass() | Highpass():
            _check_regular(params, info)
            _check_below_half("cutoff_hz", params.cutoff_hz, info.rate_hz)
        case Bandpass():
            _check_regular(params, info)
            _check_below_half("high_hz", params.high_hz, info.rate_hz)
        case Notch():
            _check_regular(params, info)
            _check_below_half("frequency_hz", params.frequency_hz, info.rate_hz)
            _check_notches(params, info.rate_hz)
        case RrClean() | Hrv():
            _check_intervals(params, info)
        case _:
            pass  # any stream will do


def _check_regular(params: StepConfig, info: StreamInfo) -> None:
    if info.rate_hz <= 0:
        raise ValueError(
            f"{params.step} needs a constant sampling rate, and {info.quantity} has none; "
            "remove the step, or use median or hampel"
        )


def _check_below_half(name: str, frequency_hz: float, rate_hz: float) -> None:
    if frequency_hz >= rate_hz / 2:
        raise WrongParameterError(
            name,
            f"{name} = {frequency_hz:g} is not below half the sampling rate of {rate_hz:g} Hz; "
            f"write less than {rate_hz / 2:g}",
        )


def _check_notches(params: Notch, rate_hz: float) -> None:
    highest_hz = params.frequency_hz * params.harmonics
    if highest_hz >= rate_hz / 2:
        fit = math.ceil(rate_hz / 2 / params.frequency_hz) - 1
        raise WrongParameterError(
            "harmonics",
            f"harmonic {params.harmonics} of {params.frequency_hz:g} Hz is not below half the sampling rate "
            f"of {rate_hz:g} Hz; write harmonics = {fit}",
        )
    if highest_hz / params.q >= rate_hz / 2:
        raise WrongParameterError(
            "q",
            f"q = {params.q:g} makes a notch of {highest_hz / params.q:g} Hz, the whole band of a stream of "
            f"{rate_hz:g} Hz; write q greater than {highest_hz / rate_hz * 2:g}",
        )


def _check_intervals(params: RrClean | Hrv, info: StreamInfo) -> None:
    if info.unit != "ms" or len(info.channels) != 1:
        raise ValueError(
            f"{params.step} needs intervals in ms, one channel, and {info.quantity} has "
            f"{len(info.channels)} in {info.unit or 'no unit'}; put the step under the stream rr_interval"
        )
