import pytest

from drivers.decoders.running_speed_cadence import (
    CADENCE,
    DISTANCE,
    SPEED,
    STRIDE_LENGTH,
    RscMeasurement,
    RunningSpeedCadenceDecoder,
)
from edged.model import NS_PER_S, Channel, Chunk, Event, Packet
from edged.sources.decoder import Decoded
from tests.drivers.flagged import Part, combinations, refuses_every_beginning

T = 10 * NS_PER_S


def decode(
    hexadecimal: str, channel: str = "2a53", decoder: RunningSpeedCadenceDecoder | None = None
) -> Decoded:
    return (decoder or RunningSpeedCadenceDecoder()).feed(Packet(channel, bytes.fromhex(hexadecimal), T))


def test_every_combination_of_flags() -> None:
    parts = [
        Part(0, "7b 00", {"stride_length": 123}),
        Part(1, "78 56 34 12", {"total_distance": 0x12345678}),
        Part(2, "", {"running": True}),
    ]
    seen = 0
    for data, means in combinations(1, "80 03 b4", parts, reserved=0xF8):
        expected = RscMeasurement(0x0380, 180, **means)
        assert RscMeasurement.parse(data) == expected, data.hex(" ")
        seen += 1
    assert seen == 2 * 8
    refuses_every_beginning(RscMeasurement.parse, RunningSpeedCadenceDecoder, "2a53", data)


def test_all_that_a_measurement_can_hold() -> None:
    assert decode("07 80 03 b4 7b 00 ff ff ff ff 00") == Decoded(
        (
            Chunk.of(SPEED, 0, [T], [3.5]),
            Chunk.of(CADENCE, 0, [T], [180]),
            Chunk.of(STRIDE_LENGTH, 0, [T], [1.23]),
            Chunk.of(DISTANCE, 0, [T], [429496729.5]),
        ),
        (Event("gait", T, detail={"gait": "running"}),),
    )


def test_standing_still_is_a_speed_of_nothing() -> None:
    assert decode("00 00 00 00") == Decoded(
        (Chunk.of(SPEED, 0, [T], [0]), Chunk.of(CADENCE, 0, [T], [0])),
        (Event("gait", T, detail={"gait": "walking"}),),
    )


def test_gait_is_told_when_it_changes() -> None:
    decoder = RunningSpeedCadenceDecoder()
    told = [decode(f"{flags:02x} 80 03 b4", decoder=decoder).events for flags in (4, 4, 0, 0, 4)]
    gaits = [[event.detail["gait"] for event in events] for events in told]
    assert gaits == [["running"], [], ["walking"], [], ["running"]]


@pytest.mark.parametrize(
    ("channel", "hexadecimal", "expected"),
    [
        ("2a5d", "02", Decoded(events=(Event("sensor_location", T, detail={"location": "in_shoe"}),))),
        ("2a5d", "11", Decoded(faults=("'2a5d': sensor location 17 is not known",))),
        (
            "2a54",
            "05 00",
            Decoded(
                events=(
                    Event(
                        "device_features",
                        T,
                        detail={"features": ["instantaneous_stride_length", "walking_or_running_status"]},
                    ),
                )
            ),
        ),
        ("2a54", "05", Decoded(faults=("'2a54': 1 bytes, too few for its features",))),
    ],
)
def test_location_and_features(channel: str, hexadecimal: str, expected: Decoded) -> None:
    assert decode(hexadecimal, channel) == expected


LOCATIONS = [
    "other",
    "top_of_shoe",
    "in_shoe",
    "hip",
    "front_wheel",
    "left_crank",
    "right_crank",
    "left_pedal",
    "right_pedal",
    "front_hub",
    "rear_dropout",
    "chainstay",
    "rear_wheel",
    "rear_hub",
    "chest",
    "spider",
    "chain_ring",
]


@pytest.mark.parametrize(("number", "location"), list(enumerate(LOCATIONS)))
def test_every_location(number: int, location: str) -> None:
    told = decode(f"{number:02x}", "2a5d")
    assert told == Decoded(events=(Event("sensor_location", T, detail={"location": location}),))


FEATURES = [
    "instantaneous_stride_length",
    "total_distance",
    "walking_or_running_status",
    "calibration_procedure",
    "multiple_sensor_locations",
]


@pytest.mark.parametrize(("bit", "name"), list(enumerate(FEATURES)))
def test_every_feature(bit: int, name: str) -> None:
    told = decode(f"{1 << bit:02x} 00", "2a54")
    assert told.events == (Event("device_features", T, detail={"features": [name]}),)


def test_features_are_told_when_they_change() -> None:
    decoder = RunningSpeedCadenceDecoder()
    told = [decode(text, "2a54", decoder).events for text in ("05 00", "05 00", "e7 ff")]
    assert [len(events) for events in told] == [1, 0, 1]
    assert told[2][0].detail["features"] == [
        "instantaneous_stride_length",
        "total_distance",
        "walking_or_running_status",
    ]


def test_only_the_measurement_is_needed() -> None:
    channels = RunningSpeedCadenceDecoder().channels()
    assert channels[0] == Channel("2a53", quiet_s=60)
    assert all(channel.optional for channel in channels[1:])
