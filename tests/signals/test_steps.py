"""What the parameters of a step refuse before anything is built."""

from importlib import import_module

import pytest
from pydantic import TypeAdapter, ValidationError

from edged.signals.steps import STEPS, AnyStep

ADAPTER: TypeAdapter[AnyStep] = TypeAdapter(AnyStep)


@pytest.mark.parametrize("name", STEPS)
def test_every_step_is_where_its_entry_says(name: str) -> None:
    module, _, attribute = STEPS[name].partition(":")
    assert hasattr(getattr(import_module(module), attribute), "process")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"step": "median", "window": 4}, "window must be odd; write 5"),
        ({"step": "bandpass", "low_hz": 40, "high_hz": 40}, "low_hz must be below high_hz"),
        ({"step": "rr_clean", "minimum_ms": 2000}, "minimum_ms must be below maximum_ms"),
        ({"step": "lowpass", "cutoff_hz": 0}, "greater than 0"),
        ({"step": "lowpass", "cutoff": 5}, "Extra inputs are not permitted"),
        ({"step": "sharpen"}, "does not match any of the expected tags"),
    ],
)
def test_what_is_refused(given: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        ADAPTER.validate_python(given)


def test_names_and_parameters_belong_together() -> None:
    needed: dict[str, dict[str, object]] = {
        "lowpass": {"cutoff_hz": 1},
        "highpass": {"cutoff_hz": 1},
        "bandpass": {"low_hz": 1, "high_hz": 2},
    }
    for name in STEPS:
        assert ADAPTER.validate_python({"step": name, **needed.get(name, {})}).step == name
