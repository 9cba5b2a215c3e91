"""COBS: the examples of its paper, and any bytes at all."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drivers.decoders.board import cobs
from drivers.decoders.fault import MalformedPacket

RUN = bytes(range(1, 255))


@pytest.mark.parametrize(
    ("data", "encoded"),
    [
        (b"", "01"),
        (b"\0", "01 01"),
        (b"\0\0", "01 01 01"),
        (b"\x11\x22\0\x33", "03 11 22 02 33"),
        (b"\x11\0\0\0", "02 11 01 01 01"),
        (b"\x11\x22\x33\x44", "05 11 22 33 44"),
        (RUN, f"ff {RUN.hex()}"),
        (b"\0" + RUN, f"01 ff {RUN.hex()}"),
        (RUN + b"\xff", f"ff {RUN.hex()} 02 ff"),
        (RUN + b"\0", f"ff {RUN.hex()} 01 01"),
        (RUN[1:] + b"\0", f"fe {RUN[1:].hex()} 01"),
    ],
)
def test_examples(data: bytes, encoded: str) -> None:
    assert cobs.encode(data) == bytes.fromhex(encoded)
    assert cobs.decode(bytes.fromhex(encoded)) == data


@given(st.lists(st.sampled_from([b"\0", b"a", RUN, RUN[1:], b"b" * 100]), max_size=12).map(b"".join))
@example(RUN * 3)
@example(RUN + b"\0" + RUN)
def test_round_trip(data: bytes) -> None:
    encoded = cobs.encode(data)
    assert 0 not in encoded
    assert len(encoded) <= len(data) + 1 + len(data) // 254
    assert cobs.decode(encoded) == data


@pytest.mark.parametrize("encoded", ["02", "03 11", "01 ff 11", f"fe {RUN[2:].hex()}"])
def test_cut_off(encoded: str) -> None:
    with pytest.raises(MalformedPacket, match="cut off"):
        cobs.decode(bytes.fromhex(encoded))
