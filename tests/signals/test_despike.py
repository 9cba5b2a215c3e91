"""Running median and Hampel filter."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edged.model import Chunk, Quality, StreamInfo
from edged.signals.despike import HampelStep, MedianStep
from edged.signals.steps import Hampel, Median

NAN = float("nan")
HELD, ARTEFACT, NO_READING = int(Quality.HELD), int(Quality.ARTEFACT), int(Quality.NO_READING)
TEMPERATURE = StreamInfo("temperature", "Cel")


def despiked(
    step: MedianStep | HampelStep, values: list[float], quality: list[int] | None = None
) -> tuple[list[float], list[int]]:
    n = len(values)
    (out,) = step.process(Chunk.of(TEMPERATURE, 0, np.arange(n), values, quality or [0] * n))
    return out.values[:, 0].tolist(), out.quality.tolist()


def median(window: int) -> MedianStep:
    return MedianStep(Median(step="median", window=window), TEMPERATURE)


def hampel(window: int, n_sigma: float = 3.0) -> HampelStep:
    return HampelStep(Hampel(step="hampel", window=window, n_sigma=n_sigma), TEMPERATURE)


@pytest.mark.parametrize(
    ("window", "values", "expected"),
    [
        # Fewer than the window: the median of what there is.
        (3, [4, 6, 5], [4, 5, 5]),
        (3, [1, 1, 9, 1, 1], [1, 1, 1, 1, 1]),
        (5, [1, 1, 9, 9, 1, 1], [1, 1, 1, 5, 1, 1]),
        (3, [1, 2, 3, 4, 5], [1, 1.5, 2, 3, 4]),
    ],
)
def test_median_table(window: int, values: list[float], expected: list[float]) -> None:
    assert despiked(median(window), values) == (expected, [0] * len(values))


def test_median_holds_what_is_missing() -> None:
    out = despiked(median(3), [NAN, 2, 4, NAN, NAN, NAN, 7], [0, 0, 0, 0, NO_READING, 0, 0])
    expected = [NAN, 2, 3, 3, 3, 3, 7]
    np.testing.assert_array_equal(out[0], expected)
    assert out[1] == [HELD, 0, 0, HELD, HELD | NO_READING, HELD, 0]


def test_the_value_for_no_reading_yet_enters_no_median() -> None:
    assert despiked(median(3), [80, 0, 0, 82], [0, NO_READING, NO_READING, 0])[0] == [80, 80, 80, 82]


@pytest.mark.parametrize(
    ("values", "expected", "artefacts"),
    [
        # Window of 5: median 10.2, MAD 0.2, so the limit is 3 * 1.4826 * 0.2 = 0.89.
        ([10, 10.2, 10.4, 10.1, 11.0], [10, 10.2, 10.4, 10.1, 11.0], []),
        ([10, 10.2, 10.4, 10.1, 11.1], [10, 10.2, 10.4, 10.1, 10.2], [4]),
        ([10, 10.2, 10.4, 10.1, -50], [10, 10.2, 10.4, 10.1, 10.1], [4]),
        # Before half the window is there nobody can tell what stands out.
        ([10, 99], [10, 99], []),
        # A true step is believed when it fills half the window.
        ([1, 1, 1, 1, 1, 5, 5, 5, 5], [1, 1, 1, 1, 1, 1, 1, 5, 5], [5, 6]),
    ],
)
def test_hampel_table(values: list[float], expected: list[float], artefacts: list[int]) -> None:
    flags = [ARTEFACT if i in artefacts else 0 for i in range(len(values))]
    assert despiked(hampel(5), values) == (expected, flags)


def test_hampel_tolerates_what_it_is_told_to() -> None:
    values = [10, 10.2, 10.4, 10.1, 11.1]
    assert despiked(hampel(5, n_sigma=4), values) == (values, [0] * 5)


def test_hampel_holds_what_is_missing() -> None:
    values, flags = despiked(hampel(5), [1, 2, 1, NAN, 2, 50])
    assert values == [1, 2, 1, 1, 2, 2]
    assert flags == [0, 0, 0, HELD, 0, ARTEFACT]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60), st.sampled_from([3, 5, 9]))
@settings(max_examples=30)
def test_against_the_definitions(values: list[float], window: int) -> None:
    windows = [np.array(values[max(0, i + 1 - window) : i + 1]) for i in range(len(values))]
    assert despiked(median(window), values)[0] == [float(np.median(part)) for part in windows]
    expected = list[float]()
    for part in windows:
        middle = np.median(part)
        sigma = 1.4826 * np.median(np.abs(part - middle))
        spike = len(part) > window / 2 and abs(part[-1] - middle) > 3 * sigma
        expected.append(float(middle if spike else part[-1]))
    assert despiked(hampel(window), values)[0] == expected


def test_a_chunk_longer_than_what_is_sorted_at_once() -> None:
    values = np.random.default_rng(1).normal(size=1000).tolist()
    assert despiked(median(5), values)[0] == [
        float(np.median(values[max(0, i - 4) : i + 1])) for i in range(1000)
    ]
