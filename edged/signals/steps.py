"""The steps a chain offers: their names and parameters, and where each is implemented.

Parameters are checked here without importing numpy or scipy; the implementation is imported when a
chain that uses the step is built.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

_UNITS: Final[Mapping[str, str]] = {"hz": "Hz", "ms": "ms", "s": "s", "pct": "%"}
"""The unit a parameter has whose name ends so."""


class WrongParameterError(ValueError):
    """A parameter does not fit the stream.

    Args:
        parameter: its name.
        what: what is wrong, and what to write instead.
    """

    def __init__(self, parameter: str, what: str) -> None:
        super().__init__(what)
        self.parameter = parameter


def _name_units(schema: dict[str, Any]) -> None:
    """Put the unit of each parameter into the JSON Schema, for forms; it is in the name already."""
    for name, described in schema["properties"].items():
        stem, _, unit = name.rpartition("_")
        if stem and unit in _UNITS:
            described.setdefault("unit", _UNITS[unit])


class StepConfig(BaseModel):
    """What all steps have in common: unknown parameters are refused.

    The title of a parameter labels it in a form; its example is what a form begins with where there is no
    default.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, json_schema_extra=_name_units)

    step: str = Field(description="Name of the step.")


class Median(StepConfig):
    """Median of the last samples: takes out single spikes."""

    step: Literal["median"]
    window: int = Field(
        5,
        ge=3,
        le=1001,
        title="Window",
        description="Samples in the window; an odd number.",
        json_schema_extra={"unit": "samples"},
    )

    @model_validator(mode="after")
    def _odd(self) -> Self:
        if self.window % 2 == 0:
            raise ValueError(f"window must be odd; write {self.window + 1}")
        return self


class Hampel(StepConfig):
    """Replaces a sample that lies too far from the median of its window by that median."""

    step: Literal["hampel"]
    window: int = Field(
        7,
        ge=3,
        le=1001,
        title="Window",
        description="Samples in the window, the newest last.",
        json_schema_extra={"unit": "samples"},
    )
    n_sigma: float = Field(
        3.0,
        gt=0,
        le=100,
        title="Tolerated distance",
        description="Tolerated distance, in standard deviations estimated from the MAD.",
        json_schema_extra={"unit": "sd"},
    )


class _Butterworth(StepConfig):
    order: int = Field(2, ge=1, le=10, title="Order", description="Order of the Butterworth filter.")


class Lowpass(_Butterworth):
    """Butterworth low-pass."""

    step: Literal["lowpass"]
    cutoff_hz: float = Field(
        gt=0,
        title="Cut-off",
        description="Frequency of -3 dB, Hz; below half the sampling rate.",
        examples=[40],
    )


class Highpass(_Butterworth):
    """Butterworth high-pass."""

    step: Literal["highpass"]
    cutoff_hz: float = Field(
        gt=0,
        title="Cut-off",
        description="Frequency of -3 dB, Hz; below half the sampling rate.",
        examples=[0.5],
    )


class Bandpass(_Butterworth):
    """Butterworth band-pass."""

    step: Literal["bandpass"]
    low_hz: float = Field(
        gt=0, title="Lower cut-off", description="Lower frequency of -3 dB, Hz.", examples=[0.5]
    )
    high_hz: float = Field(
        gt=0,
        title="Upper cut-off",
        description="Upper frequency of -3 dB, Hz; below half the sampling rate.",
        examples=[40],
    )

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low_hz >= self.high_hz:
            raise ValueError("low_hz must be below high_hz")
        return self


class Notch(StepConfig):
    """Takes out the mains and its harmonics (second-order IIR notches)."""

    step: Literal["notch"]
    frequency_hz: float = Field(50.0, gt=0, title="Frequency", description="Mains frequency, Hz: 50 or 60.")
    harmonics: int = Field(
        1, ge=1, le=10, title="Harmonics", description="How many multiples, the first included."
    )
    q: float = Field(
        30.0,
        gt=0,
        le=1000,
        title="Quality factor",
        description="Quality factor: centre frequency / width of -3 dB.",
    )


class RrClean(StepConfig):
    """Flags RR intervals that cannot be true, or stand out from those before; removes none."""

    step: Literal["rr_clean"]
    minimum_ms: float = Field(300.0, gt=0, title="Shortest", description="Shortest plausible interval, ms.")
    maximum_ms: float = Field(2000.0, gt=0, title="Longest", description="Longest plausible interval, ms.")
    tolerance: float = Field(
        0.15,
        gt=0,
        le=1,
        title="Tolerance",
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
    window_s: float = Field(60.0, ge=10, le=3600, title="Window", description="Length of the window, s.")
    coverage: float = Field(
        0.8,
        gt=0,
        le=1,
        title="Coverage",
        description="Share of the window that good intervals must fill; below it, no value.",
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
