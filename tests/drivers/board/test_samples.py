"""Raw samples of every format."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.decoders.board.samples import SampleFormat, pack, ramp, size, unpack
from drivers.decoders.fault import MalformedPacket

EXTREMES: dict[SampleFormat, tuple[str, list[float]]] = {
    SampleFormat.I16: ("0080 ff7f ffff", [-32_768, 32_767, -1]),
    SampleFormat.U16: ("0000 ffff 0080", [0, 65_535, 32_768]),
    SampleFormat.I24: ("000080 ffff7f ffffff", [-8_388_608, 8_388_607, -1]),
    SampleFormat.I32: ("00000080 ffffff7f ffffffff", [-2_147_483_648, 2_147_483_647, -1]),
    SampleFormat.F32: ("0000803f 000000c0 0000003e", [1, -2, 0.125]),
}


@pytest.mark.parametrize("sample_format", SampleFormat)
def test_every_format(sample_format: SampleFormat) -> None:
    hexadecimal, expected = EXTREMES[sample_format]
    values = unpack(bytes.fromhex(hexadecimal), 3, [sample_format])
    assert values.dtype == np.float64
    assert values.tolist() == [[value] for value in expected]
    assert pack(values, [sample_format]) == bytes.fromhex(hexadecimal)


def test_interleaved_in_channel_order() -> None:
    samples = bytes.fromhex("feff fbffff 0000803f 0100 050000 000000c0")
    formats = [SampleFormat.I16, SampleFormat.I24, SampleFormat.F32]
    assert size(formats) == 9
    assert unpack(samples, 2, formats).tolist() == [[-2, -5, 1], [1, 5, -2]]


def test_bytes_after_the_samples_are_ignored() -> None:
    assert unpack(b"\x01\0\x02\0\x03", 1, [SampleFormat.I16]).tolist() == [[1]]


def test_too_few_samples() -> None:
    with pytest.raises(MalformedPacket, match="5 bytes of samples where 3 of them take 6"):
        unpack(bytes(5), 3, [SampleFormat.I16])


def test_a_format_not_known() -> None:
    with pytest.raises(MalformedPacket, match="sample format 9"):
        unpack(bytes(5), 1, [9])


def test_ramp() -> None:
    assert ramp(1022, 3, [SampleFormat.I16, SampleFormat.U16]).tolist() == [
        [510, 254],
        [511, 255],
        [-512, 256],
    ]


@given(
    st.lists(st.sampled_from(SampleFormat), min_size=1, max_size=8), st.integers(0, 30), st.integers(0, 5000)
)
def test_round_trip(formats: list[SampleFormat], count: int, first: int) -> None:
    values = ramp(first, count, formats)
    assert (unpack(pack(values, formats), count, formats) == values).all()
