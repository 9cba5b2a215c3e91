"""Numbers of samples go on, whatever begins anew."""

from hypothesis import given
from hypothesis import strategies as st

from edged.model import Chunk, StreamInfo
from edged.sources.numbering import Numbering

RATE = StreamInfo("heart_rate", "/min")
ECG = StreamInfo("ecg", "uV", 130.0)


def chunk(seq: int, n: int = 1, info: StreamInfo = RATE) -> Chunk:
    return Chunk.of(info, seq, range(1, n + 1), [0.0] * n)


def seqs(numbering: Numbering, *chunks: Chunk, source: str = "strap-1") -> list[int]:
    return [each.seq for each in numbering.number(source, chunks)]


def test_what_counts_by_itself_is_left_alone() -> None:
    numbering = Numbering()
    assert seqs(numbering, chunk(0, 3), chunk(3), chunk(10)) == [0, 3, 10]


def test_a_new_decoder_goes_on_where_the_old_one_was() -> None:
    numbering = Numbering()
    assert seqs(numbering, chunk(0, 3), chunk(0, 73, ECG)) == [0, 0]
    numbering.restart("strap-1")
    assert seqs(numbering, chunk(0), chunk(0, 73, ECG), chunk(1)) == [3, 73, 4]
    numbering.restart("strap-1")
    assert seqs(numbering, chunk(0)) == [5]


def test_one_source_does_not_touch_another() -> None:
    numbering = Numbering()
    seqs(numbering, chunk(0, 3))
    assert seqs(numbering, chunk(0, 5), source="strap-2") == [0]
    numbering.restart("strap-2")
    assert seqs(numbering, chunk(3)) == [3]
    assert seqs(numbering, chunk(0), source="strap-2") == [5]


def test_a_loss_of_one_that_counts_on_is_still_seen() -> None:
    numbering = Numbering()
    seqs(numbering, chunk(0, 3))
    numbering.restart("strap-1")
    assert seqs(numbering, chunk(7)) == [7]


@given(st.lists(st.one_of(st.integers(1, 5), st.none()), max_size=40))
def test_no_number_is_given_twice_and_none_is_left_out(lengths: list[int | None]) -> None:
    """Chunks of these lengths; None is a new decoder, which counts from 0."""
    numbering, raw, expected = Numbering(), 0, 0
    for length in lengths:
        if length is None:
            numbering.restart("strap-1")
            raw = 0
            continue
        assert seqs(numbering, chunk(raw, length)) == [expected]
        raw += length
        expected += length
