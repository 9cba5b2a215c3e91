import pytest

from drivers.decoders.cycling_speed_cadence import CscMeasurement, CyclingSpeedCadenceDecoder
from drivers.decoders.gatt.battery import BATTERY
from drivers.decoders.gatt.received_strength import RSSI
from drivers.decoders.gatt.revolutions import Turns
from drivers.decoders.gatt.wheel_and_crank import CADENCE, CRANK_REVOLUTIONS, SPEED, WHEEL_REVOLUTIONS
from edged.errors import DriverError
from edged.model import NS_PER_S, Channel, Chunk, Event, Packet
from edged.sources.decoder import Decoded, make_decoder
from tests.drivers.flagged import Part, combinations, refuses_every_beginning

T = 10 * NS_PER_S


def test_every_combination_of_flags() -> None:
    parts = [
        Part(0, "78 56 34 12 00 04", {"wheel": Turns(0x12345678, 1024)}),
        Part(1, "ff ff 01 08", {"crank": Turns(65535, 2049)}),
    ]
    seen = 0
    for data, means in combinations(1, "", parts, reserved=0xFC):
        assert CscMeasurement.parse(data) == CscMeasurement(**means), data.hex(" ")
        seen += 1
    assert seen == 2 * 4
    refuses_every_beginning(CscMeasurement.parse, CyclingSpeedCadenceDecoder, "2a5b", data)


def test_speed_and_cadence() -> None:
    decoder = CyclingSpeedCadenceDecoder()
    told = [
        decoder.feed(Packet("2a5b", bytes.fromhex(text), T + second * NS_PER_S))
        for second, text in enumerate(
            [
                "03 fe ff ff ff 00 f8 fe ff 00 f8",
                "03 02 00 00 00 00 fc ff ff 00 fc",
                "03 06 00 00 00 00 00 01 00 00 02",
                "03 06 00 00 00 00 00 01 00 00 02",
            ]
        )
    ]
    wheel = [0xFFFFFFFE, 2, 6, 6]
    crank = [0xFFFE, 0xFFFF, 1, 1]
    counts = [
        (
            Chunk.of(WHEEL_REVOLUTIONS, n, [T + n * NS_PER_S], [wheel[n]]),
            Chunk.of(CRANK_REVOLUTIONS, n, [T + n * NS_PER_S], [crank[n]]),
        )
        for n in range(4)
    ]
    at_ns = T + 2 * NS_PER_S
    speed = Chunk.of(SPEED, 0, [at_ns], [4 * 2.105])
    cadence = Chunk.of(CADENCE, 0, [at_ns], [2 / 1.5 * 60])
    assert told == [
        Decoded(counts[0]),
        Decoded(counts[1]),
        Decoded((speed, counts[2][0], cadence, counts[2][1])),
        Decoded(counts[3]),
    ]


def test_the_circumference_is_an_option_and_a_connection_begins_anew() -> None:
    decoder = make_decoder("cycling_speed_cadence?wheel_mm=2000")
    speeds = []
    for second in range(6):
        if second == 3:
            assert decoder.start() == []
        turns = f"01 {second:02x} 00 00 00 00 {second * 4:02x}"
        chunks = decoder.feed(Packet("2a5b", bytes.fromhex(turns), T + second * NS_PER_S)).chunks
        speeds.append([float(chunk.values[0, 0]) for chunk in chunks if chunk.info == SPEED])
    assert speeds == [[], [], [2.0], [], [], [2.0]]


@pytest.mark.parametrize("text", ["", "0", "199.9", "4001", "nan", "wide", "-2105"])
def test_a_wheel_is_refused_that_is_none(text: str) -> None:
    with pytest.raises(DriverError) as refused:
        CyclingSpeedCadenceDecoder(wheel_mm=text)
    assert str(refused.value) == f"wheel_mm={text} is not a number from 200 to 4000"


@pytest.mark.parametrize("text", ["200", "2096.5", "4000"])
def test_a_wheel_is_taken_from_the_smallest_to_the_largest(text: str) -> None:
    decoder = CyclingSpeedCadenceDecoder(wheel_mm=text)
    for second in range(3):
        turns = f"01 {second:02x} 00 00 00 00 {second * 4:02x}"
        chunks = decoder.feed(Packet("2a5b", bytes.fromhex(turns), T + second * NS_PER_S)).chunks
    assert chunks[0] == Chunk.of(SPEED, 0, [T + 2 * NS_PER_S], [float(text) / 1000])


def test_what_it_wants_and_gives() -> None:
    decoder = CyclingSpeedCadenceDecoder()
    assert decoder.streams() == (SPEED, CADENCE, WHEEL_REVOLUTIONS, CRANK_REVOLUTIONS, BATTERY, RSSI)
    assert decoder.channels()[:3] == (
        Channel("2a5b", quiet_s=300),
        Channel("2a5d", "read", optional=True),
        Channel("2a5c", "read", optional=True),
    )
    features = decoder.feed(Packet("2a5c", b"\x07\x00", T)).events
    names = ["wheel_revolution_data", "crank_revolution_data", "multiple_sensor_locations"]
    assert features == (Event("device_features", T, detail={"features": names}),)
