import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.decoders.mhz19 import CO2, READ, TEMPERATURE, GasConcentration, Mhz19Decoder, measure
from edged.model import NS_PER_S, Chunk, Quality
from edged.sources.decoder import Decoded, TimedDecoder
from tests.drivers.serial_stream import T, feed, finds_its_way


def answer(*data: int) -> bytes:
    """Return an answer with its checksum, as the manual computes it."""
    body = bytes((0x86, *data))
    return bytes((0xFF, *body, (0xFF - sum(body) + 1) & 0xFF))


MANUAL = bytes.fromhex("ff 86 02 60 47 00 00 00 d1")


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        (MANUAL, GasConcentration(608, 31)),
        (answer(0x01, 0xF4, 0, 0, 0, 0), GasConcentration(500, -40)),
        (answer(0x27, 0x10, 65, 0, 0, 0), GasConcentration(10_000, 25)),
        (answer(0xFF, 0xFF, 0xFF, 0, 0, 0), GasConcentration(65_535, 215)),
    ],
)
def test_an_answer_is_what_it_says(frame: bytes, expected: GasConcentration) -> None:
    assert measure(bytearray(frame)) == 9
    assert GasConcentration.parse(frame) == expected


def test_an_answer_is_two_streams() -> None:
    assert feed(Mhz19Decoder(), MANUAL) == Decoded(
        (Chunk.of(CO2, 0, [T], [608]), Chunk.of(TEMPERATURE, 0, [T], [31]))
    )


def test_more_than_any_model_measures_is_not_believed() -> None:
    told = feed(Mhz19Decoder(), answer(0x27, 0x11, 65, 0, 0, 0))
    assert told.chunks[0] == Chunk.of(CO2, 0, [T], [10_001], Quality.ARTEFACT)


def test_it_asks_each_second() -> None:
    decoder = Mhz19Decoder()
    assert isinstance(decoder, TimedDecoder)
    assert decoder.start() == []
    assert decoder.due_ns() == 0
    assert decoder.wake(T) == Decoded(commands=(READ,))
    assert READ.data.hex(" ") == "ff 01 86 00 00 00 00 00 79"
    assert decoder.due_ns() == T + NS_PER_S
    feed(decoder, MANUAL)
    assert decoder.due_ns() == T + NS_PER_S
    decoder.start()
    assert decoder.due_ns() == 0


@pytest.mark.parametrize("bit", range(8, 9 * 8))
def test_a_turned_bit_is_seen(bit: int) -> None:
    broken = bytearray(MANUAL)
    broken[bit // 8] ^= 1 << bit % 8
    decoder = Mhz19Decoder()
    feed(decoder, MANUAL)
    told = feed(decoder, bytes(broken), MANUAL, from_ns=T + 1)
    assert [chunk.seq for chunk in told.chunks] == [1, 1]
    assert told.faults == ("9 bytes that belong to no frame",)


@pytest.mark.parametrize("size", range(9))
def test_an_answer_cut_off_is_found_out(size: int) -> None:
    decoder = Mhz19Decoder()
    feed(decoder, MANUAL)
    told = feed(decoder, MANUAL[:size] + MANUAL)
    assert [chunk.values[0, 0] for chunk in told.chunks] == [608, 31]
    assert told.faults == ((f"{size} bytes that belong to no frame",) if size else ())


@given(junk=st.binary(max_size=200))
def test_it_finds_its_way_behind_junk(junk: bytes) -> None:
    finds_its_way(Mhz19Decoder, junk, MANUAL, "co2", times=2)
