"""Frames of the board protocol: the literal vectors, byte by byte too, and any junk before a frame."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.decoders.board.frame import (
    BOARD_STREAM,
    FRAME_MAX,
    PAYLOAD_MAX,
    Damage,
    DamageReason,
    Frame,
    Framer,
)
from tests.drivers.board.vectors import VECTORS, Vector, without_sizes

GOOD = Frame(0x20, BOARD_STREAM, 1, b"it happened")

every_vector = pytest.mark.parametrize("vector", VECTORS.values(), ids=lambda vector: vector.name)


@every_vector
def test_reads_every_vector(vector: Vector) -> None:
    assert without_sizes(Framer().feed(vector.wire)) == vector.outcome


@every_vector
def test_reads_every_vector_byte_by_byte(vector: Vector) -> None:
    framer = Framer()
    found = [item for byte in vector.wire for item in framer.feed(bytes([byte]))]
    assert found == Framer().feed(vector.wire)


@pytest.mark.parametrize("vector", [v for v in VECTORS.values() if v.written], ids=lambda vector: vector.name)
def test_writes_every_vector(vector: Vector) -> None:
    (frame,) = vector.outcome
    assert isinstance(frame, Frame)
    assert frame.pack() == vector.wire


@pytest.mark.parametrize("size", [0, 1, PAYLOAD_MAX])
def test_overhead_is_two_bytes_exactly(size: int) -> None:
    assert len(Frame(0x10, 0, 0, b"\xff" * size).pack()) == 8 + size + 2
    assert len(Frame(0x10, 0, 0, bytes(size)).pack()) == 8 + size + 2


def test_a_frame_that_is_too_long_is_not_written() -> None:
    with pytest.raises(ValueError, match="243 bytes, where 242 fit"):
        Frame(0x10, 0, 0, bytes(PAYLOAD_MAX + 1)).pack()


def test_damage_tells_its_size() -> None:
    wire = GOOD.pack()
    assert Framer().feed(wire[:-3] + b"\0") == [Damage(DamageReason.CUT, len(wire) - 3)]
    assert Framer().feed(b"x" * 1000 + b"\0") == [Damage(DamageReason.TOO_LONG, 1000)]
    assert Framer().feed(wire + wire[:1] + b"\x7f" + wire[2:]) == [
        GOOD,
        Damage(DamageReason.BAD_CRC, len(wire) - 1),
    ]


def test_never_holds_more_than_a_frame() -> None:
    framer = Framer()
    for _ in range(100):
        assert framer.feed(b"junk" * 1000) == []
        assert len(framer._partial) <= FRAME_MAX + 1
    assert framer.feed(b"\0" + GOOD.pack()) == [Damage(DamageReason.TOO_LONG, 400_000), GOOD]


def test_reset_forgets_what_was_begun() -> None:
    framer = Framer()
    framer.feed(GOOD.pack()[:7])
    framer.reset()
    assert framer.feed(GOOD.pack()) == [GOOD]
    framer.feed(b"junk" * 100)
    framer.reset()
    assert framer.feed(b"\0" + GOOD.pack()) == [GOOD]


@given(st.binary(max_size=600))
def test_after_any_junk_and_a_delimiter_a_frame_is_found(junk: bytes) -> None:
    assert Framer().feed(junk + b"\0" + GOOD.pack())[-1] == GOOD


@given(st.binary(max_size=600), st.lists(st.integers(0, 600), max_size=10))
def test_however_it_is_cut(data: bytes, cuts: list[int]) -> None:
    framer = Framer()
    found = []
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    for start, end in pairwise(edges):
        found += framer.feed(data[start:end])
    assert found == Framer().feed(data)
