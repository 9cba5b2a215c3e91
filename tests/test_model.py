import numpy as np
import pytest

from edged.model import Chunk, Event, Quality, StreamInfo

HR = StreamInfo("heart_rate", "/min")
ACC = StreamInfo("acceleration", "mg", 25.0, ("x", "y", "z"))


@pytest.mark.parametrize(
    ("quality", "usable"),
    [
        (Quality.GOOD, True),
        (Quality.CONTACT_UNKNOWN, True),
        (Quality.GAP_BEFORE, True),
        (Quality.CONTACT_UNKNOWN | Quality.GAP_BEFORE, True),
        (Quality.NO_CONTACT, False),
        (Quality.ARTEFACT, False),
        (Quality.SATURATED, False),
        (Quality.HELD, False),
        (Quality.NO_READING, False),
        (Quality.GAP_BEFORE | Quality.ARTEFACT, False),
    ],
)
def test_what_may_be_shown(quality: Quality, *, usable: bool) -> None:
    assert quality.usable is usable


def test_a_chunk_from_plain_numbers() -> None:
    chunk = Chunk.of(HR, 7, [10, 20], [60, 61.5], Quality.ARTEFACT)
    assert len(chunk) == 2
    assert chunk.seq == 7
    assert chunk.times_ns.dtype == np.int64
    assert chunk.values.tolist() == [[60.0], [61.5]]
    assert chunk.quality.tolist() == [Quality.ARTEFACT] * 2
    assert chunk.quality.dtype == np.uint16


def test_channels_and_a_quality_a_sample() -> None:
    chunk = Chunk.of(ACC, 0, [1, 2], [[1, 2, 3], [4, 5, 6]], [0, 4])
    assert chunk.values.shape == (2, 3)
    assert chunk.quality.tolist() == [0, 4]


def test_a_chunk_has_a_sample_at_least() -> None:
    with pytest.raises(ValueError, match="heart_rate: 0 times"):
        Chunk.of(HR, 0, [], [])


@pytest.mark.parametrize("quality", [[0], [0, 0, 0]])
def test_a_quality_for_each_sample(quality: list[int]) -> None:
    with pytest.raises(ValueError, match="quality"):
        Chunk.of(HR, 0, [1, 2], [60, 61], quality)


def test_values_for_each_channel() -> None:
    times, quality = np.array([1, 2]), np.zeros(2, np.uint16)
    with pytest.raises(ValueError, match=r"acceleration: 2 times, values \(2, 2\)"):
        Chunk(ACC, 0, times, np.zeros((2, 2)), quality)


def test_chunks_are_equal_by_content() -> None:
    chunk = Chunk.of(HR, 0, [1, 2], [60, float("nan")])
    assert chunk == Chunk.of(HR, 0, [1, 2], [60, float("nan")])
    assert chunk != Chunk.of(HR, 1, [1, 2], [60, float("nan")])
    assert chunk != Chunk.of(HR, 0, [1, 3], [60, float("nan")])
    assert chunk != Chunk.of(HR, 0, [1, 2], [60, 61])
    assert chunk != Chunk.of(HR, 0, [1, 2], [60, float("nan")], Quality.HELD)
    assert chunk != Chunk.of(StreamInfo("heart_rate", "Hz"), 0, [1, 2], [60, float("nan")])
    assert chunk != "chunk"


def test_a_chunk_is_no_key() -> None:
    with pytest.raises(TypeError):
        hash(Chunk.of(HR, 0, [1], [60]))


def test_the_same_samples_otherwise() -> None:
    chunk = Chunk.of(HR, 3, [1, 2], [60, 61])
    assert chunk.with_seq(9) == Chunk.of(HR, 9, [1, 2], [60, 61])
    other = chunk.with_values(np.array([[1.0], [2.0]]), np.array([1, 2], np.uint16))
    assert other == Chunk.of(HR, 3, [1, 2], [1, 2], [1, 2])
    assert chunk == Chunk.of(HR, 3, [1, 2], [60, 61])


def test_an_event_gets_its_source() -> None:
    event = Event("contact_lost", 5, detail={"a": 1})
    assert event.of_source("strap-1") == Event("contact_lost", 5, "strap-1", {"a": 1})
    assert Event("x", 1).detail == {}
