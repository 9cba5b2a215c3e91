"""Holes in streams, counted where a decoder's chunks come by."""

from edged.model import Chunk, Quality, StreamInfo
from edged.sources.gaps import Gaps

ECG = StreamInfo("ecg", "uV", 130.0)
ACC = StreamInfo("acc", "mG", 25.0)


def chunk(seq: int, *quality: Quality, info: StreamInfo = ECG) -> Chunk:
    n = len(quality)
    return Chunk.of(info, seq, range(n), [0.0] * n, [int(each) for each in quality])


def test_what_follows_on_is_no_gap() -> None:
    gaps = Gaps()
    gaps.note(chunk(7, Quality.GOOD, Quality.ARTEFACT))
    gaps.note(chunk(0, Quality.GOOD, info=ACC))
    gaps.note(chunk(9, Quality.NO_CONTACT))
    gaps.note(chunk(1, Quality.GOOD, info=ACC))
    assert (dict(gaps.by_reason), gaps.missing_samples) == ({}, 0)


def test_a_jump_says_how_many_never_came_and_is_one_gap_though_it_is_flagged_too() -> None:
    gaps = Gaps()
    gaps.note(chunk(0, Quality.GOOD))
    gaps.note(chunk(74, Quality.GAP_BEFORE, Quality.GOOD))
    gaps.note(chunk(80, Quality.GOOD))
    assert (dict(gaps.by_reason), gaps.missing_samples) == ({"missing": 2}, 73 + 4)


def test_flags_alone_are_interruptions() -> None:
    gaps = Gaps()
    gaps.note(chunk(0, Quality.GAP_BEFORE, Quality.GOOD, Quality.GAP_BEFORE | Quality.ARTEFACT))
    gaps.note(chunk(3, Quality.GAP_BEFORE))
    gaps.note(chunk(5, Quality.GOOD, Quality.GAP_BEFORE))
    assert (dict(gaps.by_reason), gaps.missing_samples) == ({"interrupted": 4, "missing": 1}, 1)


def test_numbers_that_go_back_are_none_that_are_missing() -> None:
    gaps = Gaps()
    gaps.note(chunk(10, Quality.GOOD))
    gaps.note(chunk(0, Quality.GAP_BEFORE))
    assert (dict(gaps.by_reason), gaps.missing_samples) == ({"interrupted": 1}, 0)
