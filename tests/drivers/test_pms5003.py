import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.decoders.pms5003 import (
    PARTICLE_COUNT,
    PM1,
    PM2_5,
    PM10,
    ParticleMeasurement,
    Pms5003Decoder,
    measure,
)
from drivers.decoders.wire.serial_decoder import NEXT_BAUD
from edged.errors import DriverError
from edged.model import Chunk, Packet
from edged.sources.decoder import Decoded, make_decoder
from tests.drivers.serial_stream import T, feed, finds_its_way

FRAME = bytes.fromhex("42 4d 00 1c 0005 0008 000a 0004 0007 0009 0375 0101 0031 0008 0002 0001 9700 0223")
MEASUREMENT = ParticleMeasurement((5, 8, 10), (4, 7, 9), (885, 257, 49, 8, 2, 1))


def test_the_check_code_of_the_frame() -> None:
    assert sum(FRAME[:30]) == int.from_bytes(FRAME[30:])
    assert measure(bytearray(FRAME)) == 32
    assert ParticleMeasurement.parse(FRAME) == MEASUREMENT


def test_a_frame_is_four_streams() -> None:
    assert feed(Pms5003Decoder(), FRAME) == Decoded(
        (
            Chunk.of(PM1, 0, [T], [4]),
            Chunk.of(PM2_5, 0, [T], [7]),
            Chunk.of(PM10, 0, [T], [9]),
            Chunk.of(PARTICLE_COUNT, 0, [T], [[885, 257, 49, 8, 2, 1]]),
        )
    )


def test_the_masses_of_standard_particles() -> None:
    told = feed(make_decoder("pms5003?particles=standard"), FRAME)
    assert [chunk.values[0, 0] for chunk in told.chunks[:3]] == [5, 8, 10]
    with pytest.raises(DriverError, match="particles=cf1 is not known"):
        make_decoder("pms5003?particles=cf1")


@pytest.mark.parametrize("bit", range(32 * 8))
def test_a_turned_bit_is_seen(bit: int) -> None:
    broken = bytearray(FRAME)
    broken[bit // 8] ^= 1 << bit % 8
    decoder = Pms5003Decoder()
    feed(decoder, FRAME)
    told = feed(decoder, bytes(broken), FRAME, from_ns=T + 1, step_ns=1)
    assert [chunk.seq for chunk in told.chunks] == [1] * 4
    assert told.faults == ("32 bytes that belong to no frame",)


@pytest.mark.parametrize("size", range(32))
def test_a_frame_cut_off_is_found_out(size: int) -> None:
    decoder = Pms5003Decoder()
    feed(decoder, FRAME)
    assert feed(decoder, FRAME[:size]) == Decoded()
    told = feed(decoder, FRAME)
    assert [chunk.seq for chunk in told.chunks] == [1] * 4
    assert told.faults == ((f"{size} bytes that belong to no frame",) if size else ())


@pytest.mark.parametrize("size", range(32))
def test_a_frame_cut_off_with_its_connection_is_forgotten(size: int) -> None:
    decoder = Pms5003Decoder()
    feed(decoder, FRAME[:size])
    decoder.start()
    told = feed(decoder, FRAME[size:] + FRAME)
    assert [chunk.seq for chunk in told.chunks] == ([0] * 4 + [1] * 4 if size == 0 else [0] * 4)
    assert told.faults == ()


def test_where_nothing_is_understood_another_rate_is_asked_for() -> None:
    decoder = Pms5003Decoder()
    told = feed(decoder, b"\x80" * 2048)
    assert told.commands == (NEXT_BAUD,)
    assert told.faults == ("256 bytes that belong to no frame",) * 8
    assert feed(decoder, b"\x80" * 2047).commands == ()
    assert feed(decoder, FRAME, b"\x80" * 2047).commands == ()


def test_another_channel_is_a_fault_once() -> None:
    decoder = Pms5003Decoder()
    strange = Packet("2a37", FRAME, T)
    assert decoder.feed(strange).faults == ("channel '2a37' is not 'serial'; left out from here on",)
    assert decoder.feed(strange) == Decoded()
    assert decoder.channels() == ()


@given(junk=st.binary(max_size=200))
def test_it_finds_its_way_behind_junk(junk: bytes) -> None:
    finds_its_way(Pms5003Decoder, junk, FRAME, "pm1", times=2)
