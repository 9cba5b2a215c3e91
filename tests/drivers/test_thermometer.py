from math import nan

import pytest

from drivers.decoders.gatt.battery import BATTERY
from drivers.decoders.gatt.date_time import DateTime
from drivers.decoders.gatt.ieee11073 import MedicalNumber
from drivers.decoders.gatt.received_strength import RSSI
from drivers.decoders.thermometer import (
    INTERMEDIATE_TEMPERATURE,
    TEMPERATURE,
    TemperatureMeasurement,
    ThermometerDecoder,
)
from edged.model import NS_PER_S, Channel, Chunk, Event, Packet, Quality
from edged.sources.decoder import Decoded
from tests.drivers.flagged import Part, combinations, refuses_every_beginning

T = 10 * NS_PER_S


def decode(hexadecimal: str, channel: str = "2a1c", decoder: ThermometerDecoder | None = None) -> Decoded:
    return (decoder or ThermometerDecoder()).feed(Packet(channel, bytes.fromhex(hexadecimal), T))


def at(hour: int, minute: int, second: int) -> str:
    return f"02 6e 01 00 ff ea 07 01 02 {hour:02x} {minute:02x} {second:02x}"


def test_every_combination_of_flags() -> None:
    parts = [
        Part(0, "", {"fahrenheit": True}),
        Part(1, "ea 07 0c 1f 17 3b 3a", {"time_stamp": DateTime(2026, 12, 31, 23, 59, 58)}),
        Part(2, "06", {"temperature_type": 6}),
    ]
    seen = 0
    for data, means in combinations(1, "6e 01 00 ff", parts, reserved=0xF8):
        expected = TemperatureMeasurement(MedicalNumber(36.6), **means)
        assert TemperatureMeasurement.parse(data) == expected, data.hex(" ")
        seen += 1
    assert seen == 2 * 8
    refuses_every_beginning(TemperatureMeasurement.parse, ThermometerDecoder, "2a1c", data)
    refuses_every_beginning(TemperatureMeasurement.parse, ThermometerDecoder, "2a1e", data)


@pytest.mark.parametrize(
    ("hexadecimal", "value", "quality"),
    [
        ("00 6e 01 00 ff", 36.6, Quality.GOOD),
        ("00 4c 0e 00 fe ff", 36.6, Quality.GOOD),
        ("00 9c ff ff ff", -10.0, Quality.GOOD),
        ("01 da 03 00 ff", 37.0, Quality.GOOD),
        ("01 20 00 00 00", 0.0, Quality.GOOD),
        ("01 d8 ff ff 00", -40.0, Quality.GOOD),
        ("00 4c 95 ff fe", -273.16, Quality.ARTEFACT),
        ("00 ff ff 7f 00", nan, Quality.NO_READING),
        ("01 00 00 80 00", nan, Quality.NO_READING),
        ("00 01 00 80 00", nan, Quality.NO_READING),
        ("00 fe ff 7f 00", nan, Quality.SATURATED),
        ("00 02 00 80 00", nan, Quality.SATURATED),
    ],
)
def test_temperatures(hexadecimal: str, value: float, quality: Quality) -> None:
    for channel, info in (("2a1c", TEMPERATURE), ("2a1e", INTERMEDIATE_TEMPERATURE)):
        told = decode(hexadecimal, channel)
        assert (told.events, told.faults) == ((), ())
        (chunk,) = told.chunks
        assert chunk.values[0, 0] == pytest.approx(value, rel=1e-12, abs=1e-12, nan_ok=True)
        assert chunk == Chunk.of(info, 0, [T], [chunk.values[0, 0]], quality)


def test_where_it_is_measured_is_told_when_it_changes() -> None:
    decoder = ThermometerDecoder()
    told = [decode("04 6e 01 00 ff 06", decoder=decoder), decode("06", "2a1d", decoder)]
    told += [decode("04 6e 01 00 ff 03", "2a1e", decoder), decode("03", "2a1d", decoder)]
    locations = [[event.detail["location"] for event in each.events] for each in told]
    assert locations == [["mouth"], [], ["ear"], []]


PLACES = ["armpit", "body", "ear", "finger", "gastrointestinal_tract", "mouth", "rectum", "toe", "tympanum"]


@pytest.mark.parametrize(("number", "place"), list(enumerate(PLACES, 1)))
def test_every_place(number: int, place: str) -> None:
    expected = (Event("sensor_location", T, detail={"location": place}),)
    assert decode(f"{number:02x}", "2a1d") == Decoded(events=expected)
    assert decode(f"04 6e 01 00 ff {number:02x}").events == expected


@pytest.mark.parametrize("number", [0, 10, 255])
def test_of_an_unknown_place_the_temperature_stands(number: int) -> None:
    told = decode(f"04 6e 01 00 ff {number:02x}")
    assert told == Decoded(
        (Chunk.of(TEMPERATURE, 0, [T], [36.6]),),
        faults=(f"'2a1c': sensor location {number} is not known",),
    )
    assert decode(f"{number:02x}", "2a1d").faults == (f"'2a1d': sensor location {number} is not known",)
    assert decode("", "2a1d").faults == ("'2a1d': 0 bytes, too few for its sensor location",)


def test_the_time_of_the_device_is_told_where_it_does_not_go_on() -> None:
    decoder = ThermometerDecoder()
    told = []
    for seconds, stamp in enumerate([at(8, 0, 0), at(8, 0, 1), at(8, 0, 4), at(7, 0, 3), at(25, 0, 0)]):
        packet = Packet("2a1c", bytes.fromhex(stamp), T + seconds * NS_PER_S)
        told.append([dict(event.detail) for event in decoder.feed(packet).events])
    told.append([dict(event.detail) for event in decode(at(25, 0, 0), decoder=decoder).events])
    assert told == [
        [{"time": "2026-01-02T08:00:00", "is_set": True}],
        [],
        [],
        [{"time": "2026-01-02T07:00:03", "is_set": True}],
        [{"time": "2026-01-02T25:00:00", "is_set": True}],
        [],
    ]


def test_a_measurement_with_its_time_and_place() -> None:
    told = decode("07 da 03 00 ff 00 00 00 00 08 1e 00 09")
    assert told == Decoded(
        (Chunk.of(TEMPERATURE, 0, [T], [(98.6 - 32) * 5 / 9]),),
        (
            Event("sensor_location", T, detail={"location": "tympanum"}),
            Event("device_time", T, detail={"time": "0000-00-00T08:30:00", "is_set": True}),
        ),
    )


def test_what_it_wants_and_gives() -> None:
    decoder = ThermometerDecoder()
    assert decoder.start() == []
    assert decoder.streams() == (TEMPERATURE, INTERMEDIATE_TEMPERATURE, BATTERY, RSSI)
    assert decoder.channels()[:3] == (
        Channel("2a1c", quiet_s=3600),
        Channel("2a1e", optional=True),
        Channel("2a1d", "read", optional=True),
    )
