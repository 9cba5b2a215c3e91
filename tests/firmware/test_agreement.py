"""The C library and the Python codec: they write the same bytes, and read the same frames from them."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from drivers.decoders.board.frame import PAYLOAD_MAX, Frame, Framer
from tests.drivers.board.vectors import without_sizes
from tests.firmware.shared_object import SharedObject

payloads = st.one_of(
    st.binary(max_size=40),
    st.integers(0, PAYLOAD_MAX).flatmap(lambda size: st.sampled_from([bytes(size), b"\xff" * size])),
    st.binary(min_size=PAYLOAD_MAX - 3, max_size=PAYLOAD_MAX),
)
frames = st.builds(Frame, st.integers(0, 255), st.integers(0, 255), st.integers(0, 0xFFFF), payloads)

Damage = Callable[[bytearray], None]


def flip(at: float, bit: int) -> Damage:
    def damage(wire: bytearray) -> None:
        if wire:
            wire[int(at * len(wire))] ^= 1 << bit

    return damage


def cut(at: float, size: int) -> Damage:
    def damage(wire: bytearray) -> None:
        start = int(at * len(wire))
        del wire[start : start + size]

    return damage


def insert(at: float, junk: bytes) -> Damage:
    def damage(wire: bytearray) -> None:
        start = int(at * len(wire))
        wire[start:start] = junk

    return damage


def join(at: float) -> Damage:
    """Take a delimiter away, the first after a place."""

    def damage(wire: bytearray) -> None:
        delimiter = wire.find(0, int(at * len(wire)))
        if delimiter >= 0:
            del wire[delimiter]

    return damage


places = st.floats(0, 1, exclude_max=True)
damages = st.one_of(
    st.builds(flip, places, st.integers(0, 7)),
    st.builds(cut, places, st.integers(1, 20)),
    st.builds(
        insert, places, st.binary(max_size=12) | st.sampled_from([b"\0", b"\xff" * 260, b"\x01" * 260])
    ),
    st.builds(join, places),
)


@given(frame=frames)
@settings(max_examples=2_000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(frame=Frame(1, 1, 0x0101, b"\x01" * PAYLOAD_MAX))
@example(frame=Frame(0, 0, 0, bytes(PAYLOAD_MAX)))
def test_the_same_bytes_are_written(shared_object: SharedObject, frame: Frame) -> None:
    assert shared_object.write(frame) == frame.pack()


@pytest.mark.parametrize("examples", [2_000, pytest.param(10_000, marks=pytest.mark.field)])
def test_the_same_frames_are_read(shared_object: SharedObject, examples: int) -> None:
    @given(sent=st.lists(frames, max_size=4), harm=st.lists(damages, max_size=4))
    @settings(max_examples=examples)
    def agree(sent: list[Frame], harm: list[Damage]) -> None:
        wire = bytearray(b"".join(frame.pack() for frame in sent))
        for damage in harm:
            damage(wire)
        by_c = shared_object.read(bytes(wire))
        assert without_sizes(Framer().feed(bytes(wire))) == tuple(by_c)
        if not harm:
            assert by_c == sent

    agree()
