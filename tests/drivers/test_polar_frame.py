"""PMD data frames: literal bytes, the specification's own examples, and a round trip with another encoder."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.decoders.fault import MalformedPacket
from drivers.decoders.polar.frame import LAYOUTS, Frame, PpInterval, pp_intervals, samples
from drivers.decoders.polar.measurement import MeasurementType
from tests.drivers import pmd_encoder as pmd

STAMP = 599_616_023_171_427_290

every_layout = pytest.mark.parametrize(
    "kind", sorted(LAYOUTS), ids=lambda kind: f"{MeasurementType(kind[0]).name} {kind[1]}"
)
examples = settings(max_examples=80)


def parsed(hexadecimal: str) -> Frame:
    return Frame.parse(bytes.fromhex(hexadecimal))


@pytest.mark.parametrize(
    ("hexadecimal", "factor", "expected"),
    [
        (
            "00 c74fcf35b7435208 00 38ffff dc0500 000080 ffff7f 000000",
            1,
            [[-200], [1500], [-8_388_608], [8_388_607], [0]],
        ),
        ("02 0000000000000001 00 7f 80 ff", 1, [[127, -128, -1]]),
        ("02 ea54a2428b455208 01 45ff e4ff b503 45ff e4ff b803", 1, [[-187, -28, 949], [-187, -28, 952]]),
        ("02 0000000000000001 02 000080 ffff7f ffffff", 1, [[-8_388_608, 8_388_607, -1]]),
        ("02 0000000000000001 81 f1ff 1400 f003 06 01 7b0f08", 1, [[-15, 20, 1008], [-20, 17, 1008]]),
        ("02 0000000000000001 81 f1ff 1400 f003", 0.5, [[-7.5, 10, 504]]),
        ("01 0000000000000001 00 4b66fd c8e6fd 23a0fd f4b6f8", 1, [[-170_421, -137_528, -155_613, -477_452]]),
        (
            "01 0000000000000001 80 4b66fd c8e6fd 23a0fd f4b6f8 04 01 1f 80",
            9,  # which is not for it
            [[-170_421, -137_528, -155_613, -477_452], [-170_422, -137_527, -155_613, -477_460]],
        ),
        ("05 0000000000000001 80 eaff 0800 0d00 03 01 df00", 0.5, [[-11, 4, 6.5], [-11.5, 5.5, 8]]),
        ("06 0000000000000001 80 e2e6 fa15 490a 06 01 7f20fc", 1, [[-6430, 5626, 2633], [-6431, 5627, 2635]]),
        (
            "06 0000000000000001 81 37ff 51fd 6cf6 0000 03 01 f802",
            1,
            [[-0.201, -0.687, -2.452], [-0.201, -0.688, -2.449]],
        ),
        (
            "82 0000000000000001 00 01 02 03",
            1,
            [[1, 2, 3]],
        ),  # the upper bits of the type are others' business
    ],
)
def test_every_frame_type(hexadecimal: str, factor: float, expected: list[list[float]]) -> None:
    decoded = samples(parsed(hexadecimal), factor)
    assert decoded.dtype == np.float64
    assert decoded == pytest.approx(np.array(expected, dtype=np.float64), rel=1e-12)


def test_the_specifications_example_of_a_delta_frame() -> None:
    received = parsed("02 646c76c43cc67f07 80 d0ff 6501 e40f 08 02 fc07ff 0c13f2")
    assert received.stamp_ns == 540_368_444_604_181_604
    factor = 0.000243999995291
    decoded = samples(received, factor) / factor / 1000
    assert decoded == pytest.approx(np.array([[-48, 357, 4068], [-52, 364, 4067], [-40, 383, 4053]]))


def test_a_delta_frame_that_a_sensor_sent() -> None:
    # The first 6 of the 56 differences in a frame of a Verity Sense.
    received = parsed(
        "02 0094357700000000 80 7107 f06a 9e8d 0a 06 be5cbeba2f96b3ee4be5adfb42b9ebbe4cfeba2f92bf0e"
    )
    decoded = samples(received, 2.44e-4) / 0.244
    assert decoded[:2] == pytest.approx(np.array([[1905, 27_376, -29_282], [2095, 27_271, -29_367]]))
    assert len(decoded) == 7


def test_the_header() -> None:
    assert Frame.parse(pmd.ecg(STAMP, [1, 2])) == Frame(0, STAMP, 0, bytes.fromhex("010000 020000"))
    assert Frame.parse(pmd.frame(pmd.PPG, 2**64 - 1, 0x80, b"")) == Frame(1, 2**64 - 1, 0x80, b"")


def test_pulse_to_pulse_intervals() -> None:
    received = parsed("03 0000000000000000 00 00 2003 0a00 06 48 0000 ffff 01 00 ffff 0100 04")
    assert pp_intervals(received) == [
        PpInterval(0, 800, 10, is_invalid=False, sensor_contact_detected=True),
        PpInterval(72, 0, 65_535, is_invalid=True, sensor_contact_detected=None),
        PpInterval(0, 65_535, 1, is_invalid=False, sensor_contact_detected=False),
    ]


@pytest.mark.parametrize(
    ("hexadecimal", "fault"),
    [
        ("", "0 bytes where a frame has at least 10"),
        ("00 00000000000000", "8 bytes where a frame has at least 10"),
        ("00 0000000000000001 00", "0 bytes are no whole number of samples of 3"),
        ("00 0000000000000001 00 0100", "2 bytes are no whole number of samples of 3"),
        ("00 0000000000000001 01 010000", "frame type 1 of it is not known"),
        ("00 0000000000000001 80 010000", "frame type 128 of it is not known"),
        ("02 0000000000000001 03 010000", "frame type 3 of it is not known"),
        ("02 0000000000000001 82 010000", "frame type 130 of it is not known"),
        ("01 0000000000000001 87 010000", "frame type 135 of it is not known"),
        ("05 0000000000000001 00 010000", "frame type 0 of it is not known"),
        ("02 0000000000000001 80 0100", "2 bytes where its first sample has 6"),
        ("02 0000000000000001 80 010002000300 08", "a block of 0 differences of 8 bits"),
        ("02 0000000000000001 80 010002000300 0801", "0 bytes of 1 differences of 8 bits"),
        ("02 0000000000000001 80 010002000300 0801 0102", "2 bytes of 1 differences of 8 bits"),
        ("02 0000000000000001 80 010002000300 00ff", "a block of 255 differences of 0 bits"),
        ("02 0000000000000001 80 010002000300 21ff", "a block of 255 differences of 33 bits"),
        ("02 0000000000000001 80 010002000300 0801 010203 07", "a block of 0 differences of 7 bits"),
    ],
)
def test_what_no_sensor_should_send_is_refused_whole(hexadecimal: str, fault: str) -> None:
    with pytest.raises(MalformedPacket, match=f"^{fault}$"):
        samples(parsed(hexadecimal))


@pytest.mark.parametrize("hexadecimal", ["03 0000000000000001 00", "03 0000000000000001 00 0102030405"])
def test_half_an_interval_is_refused(hexadecimal: str) -> None:
    with pytest.raises(MalformedPacket, match="no whole number of intervals of 6"):
        pp_intervals(parsed(hexadecimal))


def test_another_type_of_intervals_is_refused() -> None:
    with pytest.raises(MalformedPacket, match="frame type 128 of it is not known"):
        pp_intervals(parsed("03 0000000000000001 80 010203040506"))


@pytest.mark.parametrize(
    "kind", sorted(LAYOUTS), ids=lambda kind: f"{MeasurementType(kind[0]).name} {kind[1]}"
)
@given(data=st.data())
@examples
def test_what_is_encoded_is_decoded(kind: tuple[MeasurementType, int], data: st.DataObject) -> None:
    known = LAYOUTS[kind]
    half = 1 << (8 * known.size - 1)
    value = st.integers(-half, half - 1) | st.integers(-20, 20)
    rows = data.draw(
        st.lists(st.lists(value, min_size=known.channels, max_size=known.channels), min_size=1, max_size=60)
    )
    if kind[1] & 0x80:
        content = pmd.delta(rows, known.size, data.draw(st.integers(1, 60)))
    else:
        content = pmd.plain(rows, known.size)
    decoded = samples(Frame.parse(pmd.frame(kind[0], STAMP, kind[1], content)), 1.0)
    expected = np.array(rows, dtype=np.float64)[:, : known.kept] * known.scale
    assert decoded == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    "kind", sorted(LAYOUTS), ids=lambda kind: f"{MeasurementType(kind[0]).name} {kind[1]}"
)
def test_a_frame_that_is_cut_off_anywhere_gives_whole_samples_or_none(
    kind: tuple[MeasurementType, int],
) -> None:
    known = LAYOUTS[kind]
    rows = [[index * 3 + channel for channel in range(known.channels)] for index in range(12)]
    content = pmd.delta(rows, known.size, 4) if kind[1] & 0x80 else pmd.plain(rows, known.size)
    whole = samples(Frame.parse(pmd.frame(kind[0], STAMP, kind[1], content)))
    data = pmd.frame(kind[0], STAMP, kind[1], content)
    for end in range(len(data)):
        try:
            decoded = samples(Frame.parse(data[:end]))
        except MalformedPacket:
            continue
        assert np.array_equal(decoded, whole[: len(decoded)])


@given(st.binary(max_size=60), st.sampled_from(sorted(LAYOUTS)))
@examples
def test_garbage_is_samples_or_refused(content: bytes, kind: tuple[MeasurementType, int]) -> None:
    try:
        decoded = samples(Frame.parse(pmd.frame(kind[0], STAMP, kind[1], content)))
    except MalformedPacket:
        return
    assert decoded.shape == (len(decoded), LAYOUTS[kind].kept)
    assert len(decoded) > 0
    assert np.isfinite(decoded).all()
