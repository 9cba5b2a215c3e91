from math import nan

import pytest

from drivers.decoders.environment import QUANTITIES, EnvironmentDecoder
from drivers.decoders.fault import MalformedPacket
from drivers.decoders.gatt.battery import BATTERY
from drivers.decoders.gatt.received_strength import RSSI
from edged.errors import DriverError
from edged.model import NS_PER_S, Channel, Chunk, Packet, Quality, StreamInfo
from edged.sources.decoder import Decoded, make_decoder
from tests.drivers.flagged import refuses_every_beginning

T = 10 * NS_PER_S
GOOD, NO_READING, ARTEFACT, SATURATED = (
    Quality.GOOD,
    Quality.NO_READING,
    Quality.ARTEFACT,
    Quality.SATURATED,
)

TABLE = [
    ("2a6e", "66 08", "temperature", "Cel", 21.5, GOOD),
    ("2a6e", "18 fc", "temperature", "Cel", -10.0, GOOD),
    ("2a6e", "ff 7f", "temperature", "Cel", 327.67, GOOD),
    ("2a6e", "4d 95", "temperature", "Cel", -273.15, GOOD),
    ("2a6e", "4c 95", "temperature", "Cel", -273.16, ARTEFACT),
    ("2a6e", "00 80", "temperature", "Cel", nan, NO_READING),
    ("2a6f", "a9 13", "humidity", "%", 50.33, GOOD),
    ("2a6f", "10 27", "humidity", "%", 100.0, GOOD),
    ("2a6f", "11 27", "humidity", "%", 100.01, ARTEFACT),
    ("2a6f", "ff ff", "humidity", "%", nan, NO_READING),
    ("2a6d", "12 76 0f 00", "pressure", "hPa", 1013.266, GOOD),
    ("2a6d", "00 00 00 00", "pressure", "hPa", 0.0, GOOD),
    ("2a6c", "e8 03 00", "elevation", "m", 10.0, GOOD),
    ("2a6c", "9c ff ff", "elevation", "m", -1.0, GOOD),
    ("2a7b", "f6", "dew_point", "Cel", -10.0, GOOD),
    ("2a7a", "28", "heat_index", "Cel", 40.0, GOOD),
    ("2a79", "80", "wind_chill", "Cel", -128.0, GOOD),
    ("2a70", "f4 01", "true_wind_speed", "m/s", 5.0, GOOD),
    ("2a71", "28 23", "true_wind_direction", "deg", 90.0, GOOD),
    ("2a71", "9f 8c", "true_wind_direction", "deg", 359.99, GOOD),
    ("2a71", "a0 8c", "true_wind_direction", "deg", 360.0, ARTEFACT),
    ("2a72", "ff ff", "apparent_wind_speed", "m/s", 655.35, GOOD),
    ("2a73", "ff ff", "apparent_wind_direction", "deg", 655.35, ARTEFACT),
    ("2a74", "0f", "gust_factor", "1", 1.5, GOOD),
    ("2a76", "0b", "uv_index", "1", 11.0, GOOD),
    ("2a77", "10 27", "irradiance", "W/m2", 1000.0, GOOD),
    ("2a78", "0c 00", "rainfall", "mm", 12.0, GOOD),
    ("2b8c", "a4 01", "co2", "[ppm]", 420.0, GOOD),
    ("2b8c", "fd ff", "co2", "[ppm]", 65533.0, GOOD),
    ("2b8c", "fe ff", "co2", "[ppm]", 65534.0, SATURATED),
    ("2b8c", "ff ff", "co2", "[ppm]", nan, NO_READING),
    ("2bd0", "0c 90", "carbon_monoxide", "mg/m3", 1.2, GOOD),
    ("2bd5", "03 80", "pm1", "ug/m3", 30.0, GOOD),
    ("2bd6", "19 80", "pm2_5", "ug/m3", 250.0, GOOD),
    ("2bd6", "00 80", "pm2_5", "ug/m3", 0.0, GOOD),
    ("2bd6", "19 00", "pm2_5", "ug/m3", 25e9, ARTEFACT),
    ("2bd6", "ff 8f", "pm2_5", "ug/m3", -10.0, ARTEFACT),
    ("2bd6", "ff 07", "pm2_5", "ug/m3", nan, NO_READING),
    ("2bd6", "fe 07", "pm2_5", "ug/m3", nan, SATURATED),
    ("2bd7", "00 08", "pm10", "ug/m3", nan, NO_READING),
]


@pytest.mark.parametrize(("channel", "hexadecimal", "quantity", "unit", "value", "quality"), TABLE)
def test_values(
    channel: str, hexadecimal: str, quantity: str, unit: str, value: float, quality: Quality
) -> None:
    told = EnvironmentDecoder().feed(Packet(channel, bytes.fromhex(hexadecimal), T))
    assert told == Decoded((Chunk.of(StreamInfo(quantity, unit), 0, [T], [value], quality),))


def test_the_table_has_every_quantity() -> None:
    assert {row[0] for row in TABLE} == set(QUANTITIES)


@pytest.mark.parametrize("channel", QUANTITIES)
def test_a_value_cut_short_is_a_fault(channel: str) -> None:
    whole = next(bytes.fromhex(row[1]) for row in TABLE if row[0] == channel)
    refuses_every_beginning(QUANTITIES[channel].read, EnvironmentDecoder, channel, whole)
    with pytest.raises(MalformedPacket, match=r"0 bytes, too few for its [a-z0-9 ]+"):
        QUANTITIES[channel].read(b"")


def test_streams_are_numbered_each_for_itself() -> None:
    decoder = EnvironmentDecoder()
    told = [decoder.feed(Packet(channel, b"\x00\x00", T)).chunks[0] for channel in ("2a6e", "2a6f", "2a6e")]
    assert [(chunk.info.quantity, chunk.seq) for chunk in told] == [
        ("temperature", 0),
        ("humidity", 0),
        ("temperature", 1),
    ]


@pytest.mark.parametrize(
    ("options", "needed"),
    [
        ("", ["2a6e"]),
        ("?needs=humidity", ["2a6f"]),
        ("?needs=temperature,co2", ["2a6e", "2b8c"]),
        ("?needs=pm2_5,%20temperature", ["2a6e", "2bd6"]),
        ("?needs=", []),
    ],
)
def test_what_is_needed_is_an_option(options: str, needed: list[str]) -> None:
    channels = make_decoder(f"environment{options}").channels()
    assert channels[: len(needed)] == tuple(Channel(name, "both", quiet_s=600) for name in needed)
    assert all(channel.optional for channel in channels[len(needed) :])
    assert {channel.name for channel in channels} > set(QUANTITIES)


def test_a_need_is_refused_that_is_not_known() -> None:
    with pytest.raises(DriverError) as refused:
        EnvironmentDecoder(needs="temperature,warmth")
    assert refused.value.what == "needs=temperature,warmth: 'warmth' is not known"
    assert refused.value.mend.startswith("Known: temperature, humidity, ")


def test_all_streams_are_known_from_the_start() -> None:
    decoder = EnvironmentDecoder()
    assert decoder.start() == []
    assert len(decoder.streams()) == len(QUANTITIES) + 2
    assert decoder.streams()[-2:] == (BATTERY, RSSI)
