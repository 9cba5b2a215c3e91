from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from drivers.decoders.wire.frame_buffer import JUNK_MAX, NO_FRAME, WAIT, FrameBuffer

WHOLE = b"<ab>"


def measure(data: bytearray) -> int:
    if not data.startswith(b"<"):
        return NO_FRAME
    if len(data) < 4:
        return WAIT
    return 4 if data[3:4] == b">" else NO_FRAME


def test_frames_follow_on_each_other() -> None:
    assert list(FrameBuffer(measure, 4).feed(WHOLE * 3)) == [WHOLE] * 3


def test_junk_is_told_before_the_frame_behind_it() -> None:
    frames = FrameBuffer(measure, 4)
    assert list(frames.feed(WHOLE + b"<xy" + WHOLE)) == [WHOLE, 3, WHOLE]


def test_the_rest_of_a_frame_at_the_beginning_is_no_junk() -> None:
    frames = FrameBuffer(measure, 4)
    assert list(frames.feed(b"ab>" + WHOLE)) == [WHOLE]
    assert list(frames.feed(b"ab>" + WHOLE)) == [3, WHOLE]
    frames.reset()
    assert list(frames.feed(b"ab>" + WHOLE)) == [WHOLE]
    frames.reset()
    assert list(frames.feed(b"xab>" + WHOLE)) == [4, WHOLE]


def test_junk_without_an_end_is_told_and_not_kept() -> None:
    frames = FrameBuffer(measure, 4)
    assert list(frames.feed(b"x" * (3 * JUNK_MAX + 5))) == [JUNK_MAX] * 3
    assert list(frames.feed(WHOLE)) == [5, WHOLE]


def test_a_beginning_is_forgotten_with_its_connection() -> None:
    frames = FrameBuffer(measure, 4)
    assert list(frames.feed(b"<ab")) == []
    frames.reset()
    assert list(frames.feed(b">" + WHOLE)) == [WHOLE]


@given(st.lists(st.sampled_from([b"<", b">", b"a", WHOLE])), st.lists(st.integers(0, 200)))
def test_how_it_is_cut_changes_nothing(parts: list[bytes], cuts: list[int]) -> None:
    data = b"".join(parts)
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    frames = FrameBuffer(measure, 4)
    pieces = [one for start, end in pairwise(edges) for one in frames.feed(data[start:end])]
    assert pieces == list(FrameBuffer(measure, 4).feed(data))
