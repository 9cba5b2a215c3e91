import struct
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst
from numpy.typing import NDArray

from edged.errors import StoreCorrupt
from edged.model import Chunk, Quality, StreamInfo
from edged.store.chunk_codec import pack, unpack
from tests.store.rig import ECG, HR, RR, ecg, heart_rate

KINDS = (
    st.integers(-(2**7), 2**7 - 1).map(float),
    st.integers(-(2**15), 2**15 - 1).map(float),
    st.integers(-(2**31), 2**31 - 1).map(float),
    st.floats(width=32),
    st.floats(),
    st.sampled_from([0.0, -0.0, float("nan"), float("inf"), -float("inf")]),
)


def spaced(n: int, first: int, rate_hz: float) -> NDArray[np.int64]:
    offsets: NDArray[np.int64] = np.rint(np.arange(n) * (1e9 / rate_hz)).astype(np.int64)
    return first + offsets


@st.composite
def any_times(draw: st.DrawFn, n: int) -> NDArray[np.int64]:
    first = draw(st.integers(-(10**12), 10**18))
    if draw(st.booleans()):
        return spaced(n, first, draw(st.floats(0.01, 5000)))
    steps = draw(st.lists(st.integers(1, 10**13), min_size=n, max_size=n))
    return first + np.cumsum(np.array(steps, dtype=np.int64))


@st.composite
def any_chunk(draw: st.DrawFn) -> Chunk:
    n = draw(st.integers(1, 30))
    channels = tuple("xyz"[: draw(st.integers(1, 3))])
    values = draw(npst.arrays(np.float64, (n, len(channels)), elements=draw(st.sampled_from(KINDS))))
    quality = draw(
        st.one_of(
            st.just(np.zeros(n, np.uint16)),
            st.integers(0, 2**16 - 1).map(lambda q: np.full(n, q, np.uint16)),
            npst.arrays(np.uint16, n),
        )
    )
    info = StreamInfo("ecg", "uV", 130.0, channels)
    return Chunk(info, draw(st.integers(0, 2**62)), draw(any_times(n)), values, quality)


@given(any_chunk())
def test_nothing_is_lost(chunk: Chunk) -> None:
    back = unpack(pack(chunk), chunk.info, chunk.seq)
    assert back == chunk
    assert np.array_equal(np.signbit(back.values), np.signbit(chunk.values))
    dtypes = (back.times_ns.dtype, back.values.dtype, back.quality.dtype)
    assert [dtype.str for dtype in dtypes] == ["<i8", "<f8", "<u2"]


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=10))
@example([2**63 - 1, -(2**63)])
@example([0, 2**63 - 1])
@example([5, 5, 4])
def test_times_that_no_source_should_make_are_kept_too(times: list[int]) -> None:
    chunk = Chunk.of(HR, 0, times, [60.0] * len(times))
    assert unpack(pack(chunk), HR, 0) == chunk


@given(any_chunk(), st.data())
def test_damaged_bytes_are_told_as_such(chunk: Chunk, data: st.DataObject) -> None:
    packed = bytearray(pack(chunk))
    for _ in range(data.draw(st.integers(1, 4))):
        packed[data.draw(st.integers(0, len(packed) - 1))] = data.draw(st.integers(0, 255))
    cut = packed[: data.draw(st.integers(0, len(packed)))]
    for damaged in (bytes(packed), bytes(cut)):
        with suppress(StoreCorrupt):
            assert unpack(damaged, chunk.info, 0).info == chunk.info


@given(st.binary(max_size=200))
@example(b"")
@example(b"\x01\x00\x02" + bytes(8) + struct.pack("<d", float("nan")) + bytes(2))
@example(b"\x01\x00\x02" + bytes(8) + struct.pack("<d", 1e300) + bytes(2))
@example(b"\x01\x08\x02" + bytes(8) + b"\xff" * 9 + b"\x7f" + bytes(2))
@example(b"\x01\x08\x02" + bytes(8) + b"\xff" * 20)
@example(
    b"\x01\x08\x03"
    + struct.pack("<q", 2**63 - 1)
    + b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01" * 2
    + bytes(3)
)
def test_any_bytes_are_a_chunk_or_damage(data: bytes) -> None:
    with suppress(StoreCorrupt):
        assert len(unpack(data, HR, 0)) >= 1


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"\x02\x00\x01" + bytes(9), "layout version is 2"),
        (b"\x01\x40\x01" + bytes(9), "layout 0x40 is not known"),
        (b"\x01\x30\x01" + bytes(9), "layout 0x30 is not known"),
        (b"\x01\x05\x01" + bytes(9), "tuple index"),
        (b"\x01\x00\x00" + bytes(9), "claims 0 samples"),
        (b"\x01\x00\xff\xff\xff\x7f" + bytes(9), "claims 268435455 samples"),
        (b"\x01\x00\x01" + bytes(10), "1 bytes are left over"),
        (b"\x01\x08\x02" + bytes(8) + b"\xff" * 10 + b"\x00\x00", "does not end"),
        (b"\x01\x00\x02" + bytes(8) + struct.pack("<d", float("inf")) + bytes(2), "inf ns apart"),
    ],
)
def test_damage_is_named(data: bytes, why: str) -> None:
    with pytest.raises(StoreCorrupt, match=why):
        unpack(data, HR, 0)


@pytest.mark.parametrize(
    ("chunk", "most"),
    [
        (heart_rate(0, 60), 12),
        (Chunk.of(HR, 0, [10**15], [187.0], Quality.NO_CONTACT), 16),
        (Chunk.of(RR, 0, [10**15, 10**15 + 811_000_000], [811.5, 812.25]), 27),
        (ecg(0), 175),
        (
            Chunk.of(
                StreamInfo("acceleration", "mg", 25.0, ("x", "y", "z")),
                0,
                spaced(36, 5, 25.0),
                np.full((36, 3), 981.0),
            ),
            240,
        ),
    ],
)
def test_typical_chunks_are_small(chunk: Chunk, most: int) -> None:
    assert len(pack(chunk)) <= most


def test_an_uneven_time_costs_no_more_than_it_must() -> None:
    jitter = [i * 7_692_308 + i % 3 for i in range(73)]
    assert len(pack(Chunk.of(ECG, 0, jitter, [float(1000 + i) for i in range(73)]))) <= 11 + 72 * 4 + 146
