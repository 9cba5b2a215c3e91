import pytest

from drivers.decoders.cycling_power import (
    ACCUMULATED_ENERGY,
    ACCUMULATED_TORQUE,
    BOTTOM_DEAD_SPOT,
    EXTREME_ANGLE,
    EXTREME_FORCE,
    EXTREME_TORQUE,
    PEDAL_POWER_BALANCE,
    POWER,
    TOP_DEAD_SPOT,
    CpMeasurement,
    CyclingPowerDecoder,
    Extremes,
)
from drivers.decoders.gatt.revolutions import Turns
from drivers.decoders.gatt.wheel_and_crank import CADENCE, CRANK_REVOLUTIONS, SPEED, WHEEL_REVOLUTIONS
from edged.errors import DriverError
from edged.model import NS_PER_S, Channel, Chunk, Event, Packet, Quality
from edged.sources.decoder import Decoded
from tests.drivers.flagged import Part, combinations, refuses_every_beginning

T = 10 * NS_PER_S

PARTS = [
    Part(0, "61", {"balance": 97}),
    Part(1, "", {"balance_is_left": True}),
    Part(2, "21 00", {"torque": 33}),
    Part(3, "", {"torque_is_crank": True}),
    Part(4, "78 56 34 12 00 04", {"wheel": Turns(0x12345678, 1024)}),
    Part(5, "ff ff 01 08", {"crank": Turns(65535, 2049)}),
    Part(6, "2c 01 f6 ff", {"force": Extremes(300, -10)}),
    Part(7, "a0 00 e0 ff", {"extreme_torque": Extremes(160, -32)}),
    Part(8, "bc 3a 12", {"angles": Extremes(0xABC, 0x123)}),
    Part(9, "0f 00", {"top_dead_spot": 15}),
    Part(10, "b4 00", {"bottom_dead_spot": 180}),
    Part(11, "ff ff", {"energy": 65535}),
    Part(12, "", {"offset_compensation": True}),
]


def decode(hexadecimal: str, decoder: CyclingPowerDecoder | None = None) -> Decoded:
    return (decoder or CyclingPowerDecoder()).feed(Packet("2a63", bytes.fromhex(hexadecimal), T))


def test_every_combination_of_flags() -> None:
    seen = 0
    for data, means in combinations(2, "fa 00", PARTS, reserved=0xE000):
        assert CpMeasurement.parse(data) == CpMeasurement(250, **means), data.hex(" ")
        seen += 1
    assert seen == 2 * (1 << 13)
    refuses_every_beginning(CpMeasurement.parse, CyclingPowerDecoder, "2a63", data)


def test_all_that_a_measurement_can_hold() -> None:
    everything = (
        "ff 1f fa 00 61 21 00 78 56 34 12 00 04 ff ff 01 08 "
        "2c 01 f6 ff a0 00 e0 ff 2c 41 01 0f 00 b4 00 2a 00"
    )
    assert decode(everything) == Decoded(
        (
            Chunk.of(POWER, 0, [T], [250]),
            Chunk.of(PEDAL_POWER_BALANCE, 0, [T], [48.5]),
            Chunk.of(ACCUMULATED_TORQUE, 0, [T], [33 / 32]),
            Chunk.of(TOP_DEAD_SPOT, 0, [T], [15]),
            Chunk.of(BOTTOM_DEAD_SPOT, 0, [T], [180]),
            Chunk.of(ACCUMULATED_ENERGY, 0, [T], [42]),
            Chunk.of(EXTREME_FORCE, 0, [T], [[300, -10]]),
            Chunk.of(EXTREME_TORQUE, 0, [T], [[5, -1]]),
            Chunk.of(EXTREME_ANGLE, 0, [T], [[300, 20]]),
            Chunk.of(WHEEL_REVOLUTIONS, 0, [T], [0x12345678]),
            Chunk.of(CRANK_REVOLUTIONS, 0, [T], [65535]),
        ),
        (
            Event("pedal_power_reference", T, detail={"pedal": "left"}),
            Event("torque_source", T, detail={"source": "crank"}),
        ),
    )


@pytest.mark.parametrize(
    ("hexadecimal", "expected"),
    [
        ("00 00 00 00", (Chunk.of(POWER, 0, [T], [0]),)),
        ("00 00 ff ff", (Chunk.of(POWER, 0, [T], [-1]),)),
        ("00 00 ff 7f", (Chunk.of(POWER, 0, [T], [32767]),)),
        ("00 00 fa 00 ff ff", (Chunk.of(POWER, 0, [T], [250]),)),
        (
            "00 08 00 00 ff ff",
            (
                Chunk.of(POWER, 0, [T], [0]),
                Chunk.of(ACCUMULATED_ENERGY, 0, [T], [65535], Quality.SATURATED),
            ),
        ),
        (
            "00 06 00 00 68 01 69 01",
            (
                Chunk.of(POWER, 0, [T], [0]),
                Chunk.of(TOP_DEAD_SPOT, 0, [T], [360]),
                Chunk.of(BOTTOM_DEAD_SPOT, 0, [T], [361], Quality.ARTEFACT),
            ),
        ),
    ],
)
def test_edges(hexadecimal: str, expected: tuple[Chunk, ...]) -> None:
    assert decode(hexadecimal) == Decoded(expected)


def test_whose_balance_and_torque_it_is_is_told_when_it_changes() -> None:
    decoder = CyclingPowerDecoder()
    packets = ["05 00 00 00 c8 00 00", "05 00 00 00 c9 00 00", "0f 00 00 00 61 00 00", "02 00 00 00"]
    told = [decode(packet, decoder) for packet in packets]
    details = [[dict(event.detail) for event in each.events] for each in told]
    assert details == [
        [{"pedal": "unknown"}, {"source": "wheel"}],
        [],
        [{"pedal": "left"}, {"source": "crank"}],
        [],
    ]
    balances = [each.chunks[1].quality.tolist() for each in told[:3]]
    assert balances == [[Quality.GOOD], [Quality.ARTEFACT], [Quality.GOOD]]


def test_wheel_times_are_finer_than_those_of_the_crank() -> None:
    decoder = CyclingPowerDecoder(wheel_mm="2000")
    rates = []
    for second in range(3):
        wheel = f"{3 * second:02x} 00 00 00 00 {8 * second:02x}"
        crank = f"{second:02x} 00 00 {4 * second:02x}"
        data = bytes.fromhex(f"30 00 fa 00 {wheel} {crank}")
        chunks = decoder.feed(Packet("2a63", data, T + second * NS_PER_S)).chunks
        rates.append([(c.info, float(c.values[0, 0])) for c in chunks if c.info in {SPEED, CADENCE}])
    assert rates == [[], [], [(SPEED, 6.0), (CADENCE, 60.0)]]
    assert decoder.start() == []
    assert [c.info for c in decode("20 00 fa 00 03 00 00 0c", decoder).chunks] == [POWER, CRANK_REVOLUTIONS]


def test_a_wheel_is_refused_that_is_none() -> None:
    with pytest.raises(DriverError):
        CyclingPowerDecoder(wheel_mm="0")


FEATURES = [
    "pedal_power_balance",
    "accumulated_torque",
    "wheel_revolution_data",
    "crank_revolution_data",
    "extreme_magnitudes",
    "extreme_angles",
    "dead_spot_angles",
    "accumulated_energy",
    "offset_compensation_indicator",
    "offset_compensation",
    "content_masking",
    "multiple_sensor_locations",
    "crank_length_adjustment",
    "chain_length_adjustment",
    "chain_weight_adjustment",
    "span_length_adjustment",
    "torque_based",
    "measurement_direction",
    "factory_calibration_date",
    "enhanced_offset_compensation",
]


@pytest.mark.parametrize(("bit", "name"), list(enumerate(FEATURES)))
def test_every_feature(bit: int, name: str) -> None:
    told = CyclingPowerDecoder().feed(Packet("2a65", (1 << bit).to_bytes(4, "little"), T))
    assert told.events == (Event("device_features", T, detail={"features": [name]}),)


def test_what_it_wants() -> None:
    decoder = CyclingPowerDecoder()
    assert decoder.channels()[:3] == (
        Channel("2a63", quiet_s=60),
        Channel("2a5d", "read", optional=True),
        Channel("2a65", "read", optional=True),
    )
    told = [
        decoder.feed(Packet("2a65", bytes.fromhex(text), T)).events for text in ("81 00 39", "09 00 31 00")
    ]
    assert told == [
        (),
        (
            Event(
                "device_features",
                T,
                detail={"features": ["pedal_power_balance", "crank_revolution_data", "torque_based"]},
            ),
        ),
    ]
