"""The steps a chain offers: their names and parameters, and where each is implemented.

Parameters are checked here without importing numpy or scipy; the implementation is imported when a
chain that uses the step is built.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class StepConfig(BaseModel):
    """What all steps have in common: unknown parameters are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    step: str = Field(description="Name of the step.")


class Median(StepConfig):
    """Median of the last samples: takes out single spikes."""

    step: Literal["median"]
    window: int = Field(5, ge=3, le=1001, description="Samples in the window; an odd number.")

    @model_validator(mode="after")
    def _odd(self) -> Self:
        if self.window % 2 == 0:
            raise ValueError(f"window must be odd; write {self.window + 1}")
        return self


class Hampel(StepConfig):
    """Replaces a sample that lies too far from the median of its window by that median."""

    step: Literal["hampel"]
    window: int = Field(7, ge=3, le=1001, description="Samples in the window, the newest last.")
    n_sigma: float = Field(
        3.0, gt=0, le=100, description="Tolerated distance, in standard deviations estimated from the MAD."
    )


class _Butterworth(StepConfig):
    order: int = Field(2, ge=1, le=10, description="Order of the Butterworth filter.")


class Lowpass(_Butterworth):
    """Butterworth low-pass."""

    step: Literal["lowpass"]
    cutoff_hz: float = Field(gt=0, description="Frequency of -3 dB, Hz; below half the sampling rate.")


class Highpass(_Butterworth):
    """Butterworth high-pass."""

    step: Literal["highpass"]
    cutoff_hz: float = Field(gt=0, description="Frequency of -3 dB, Hz; below half the sampling rate.")


class Bandpass(_Butterworth):
    """Butterworth band-pass."""

    step: Literal["bandpass"]
    low_hz: float = Field(gt=0, description="Lower frequency of -3 dB, Hz.")
    high_hz: float = Field(gt=0, description="Upper frequency of -3 dB, Hz; below half the sampling rate.")

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low_hz >= self.high_hz:
            raise ValueError("low_hz must be below high_hz")
        return self


class Notch(StepConfig):
    """Takes out the mains and its harmonics (second-order IIR notches)."""

    step: Literal["notch"]
    frequency_hz: float = Field(50.0, gt=0, description="Mains frequency, Hz: 50 or 60.")
    harmonics: int = Field(1, ge=1, le=10, description="How many multiples, the first included.")
    q: float = Field(30.0, gt=0, le=1000, description="Quality factor: centre frequency / width of -3 dB.")


class RrClean(StepConfig):
    """Flags RR intervals that cannot be true, or stand out from those before; removes none."""

    step: Literal["rr_clean"]
    minimum_ms: float = Field(300.0, gt=0, description="Shortest plausible interval, ms.")
    maximum_ms: float = Field(2000.0, gt=0, description="Longest plausible interval, ms.")
    tolerance: float = Field(
        0.15,
        gt=0,
        le=1,
        description="How far beyond the shortest and longest of the last good ones is tolerated, as a share.",
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.minimum_ms >= self.maximum_ms:
            raise ValueError("minimum_ms must be below maximum_ms")
        return self


class Hrv(StepConfig):
    """Adds the stream ``hrv`` (RMSSD, SDNN, pNN50) over a sliding window of time."""

    step: Literal["hrv"]
    window_s: float = Field(60.0, ge=10, le=3600, description="Length of the window, s.")
    coverage: float = Field(
        0.8, gt=0, le=1, description="Share of the window that good intervals must fill; below it, no value."
    )


AnyStep = Annotated[
    Median | Hampel | Lowpass | Highpass | Bandpass | Notch | RrClean | Hrv, Field(discriminator="step")
]

STEPS: Final[Mapping[str, str]] = {
    "median": "edged.signals.despike:MedianStep",
    "hampel": "edged.signals.despike:HampelStep",
    "lowpass": "edged.signals.filters:FilterStep",
    "highpass": "edged.signals.filters:FilterStep",
    "bandpass": "edged.signals.filters:FilterStep",
    "notch": "edged.signals.filters:FilterStep",
    "rr_clean": "edged.signals.rr:RrCleanStep",
    "hrv": "edged.signals.hrv:HrvStep",
}
"""Name to implementation: called with the step's parameters and the stream's ``StreamInfo``."""
