from math import nan

import pytest

from drivers.decoders.gatt.date_time import DateTime
from drivers.decoders.gatt.ieee11073 import MedicalNumber, Special
from drivers.decoders.gatt.plx import (
    Continuous,
    DeviceAndSensorStatus,
    MeasurementStatus,
    PlxStatus,
    SpO2PR,
    SpotCheck,
)
from drivers.decoders.pulse_oximeter import (
    PERFUSION_INDEX,
    PULSE_RATE,
    PULSE_RATE_FAST,
    PULSE_RATE_SLOW,
    SPO2,
    SPO2_FAST,
    SPO2_SLOW,
    PulseOximeterDecoder,
)
from edged.errors import DriverError
from edged.model import NS_PER_S, Channel, Chunk, Event, Packet, Quality
from edged.sources.decoder import Decoded, make_decoder
from tests.drivers.flagged import Part, combinations, refuses_every_beginning

T = 10 * NS_PER_S
GOOD, UNKNOWN, ARTEFACT = Quality.GOOD, Quality.CONTACT_UNKNOWN, Quality.ARTEFACT
NO_READING, NO_CONTACT = Quality.NO_READING, Quality.NO_CONTACT

NORMAL = SpO2PR(MedicalNumber(97.5), MedicalNumber(72))
FAST = SpO2PR(MedicalNumber(96), MedicalNumber(75))
SLOW = SpO2PR(MedicalNumber(98), MedicalNumber(70))

STATUS: list[tuple[str, dict[str, object]]] = [
    ("60 01", {"measurement": MeasurementStatus(0x0160)}),
    ("24 00 00", {"device_and_sensor": DeviceAndSensorStatus(0x24)}),
    ("7b e0", {"pulse_amplitude_index": MedicalNumber(1.23)}),
]


def parts(first_bit: int) -> list[Part]:
    return [Part(first_bit + n, text, means) for n, (text, means) in enumerate(STATUS)]


def decode(hexadecimal: str, channel: str = "2a5f", decoder: PulseOximeterDecoder | None = None) -> Decoded:
    return (decoder or PulseOximeterDecoder()).feed(Packet(channel, bytes.fromhex(hexadecimal), T))


def continuous(*, measurement: int = 0, device: int = 0) -> str:
    """Return a measurement of 97 % and 72/min with both kinds of status."""
    data = b"\x0c\x61\x00\x48\x00" + measurement.to_bytes(2, "little") + device.to_bytes(3, "little")
    return data.hex()


def test_every_combination_of_flags_of_a_continuous_measurement() -> None:
    fast_and_slow = [
        Part(0, "60 00 4b 00", {"fast": FAST}),
        Part(1, "62 00 46 00", {"slow": SLOW}),
    ]
    seen = 0
    for data, means in combinations(1, "cf f3 48 00", [*fast_and_slow, *parts(2)], reserved=0xE0):
        status = PlxStatus(**{n: means.pop(n) for n in PlxStatus.__slots__ if n in means})
        expected = Continuous(NORMAL, **means, status=status)
        assert Continuous.parse(data) == expected, data.hex(" ")
        seen += 1
    assert seen == 2 * 32
    refuses_every_beginning(Continuous.parse, PulseOximeterDecoder, "2a5f", data)


def test_every_combination_of_flags_of_a_spot_check() -> None:
    rest = [
        Part(0, "ea 07 01 02 17 3b 3a", {"timestamp": DateTime(2026, 1, 2, 23, 59, 58)}),
        *parts(1),
        Part(4, "", {"clock_is_set": False}),
    ]
    seen = 0
    for data, means in combinations(1, "cf f3 48 00", rest, reserved=0xE0):
        status = PlxStatus(**{n: means.pop(n) for n in PlxStatus.__slots__ if n in means})
        expected = SpotCheck(NORMAL, **means, status=status)
        assert SpotCheck.parse(data) == expected, data.hex(" ")
        seen += 1
    assert seen == 2 * 32
    refuses_every_beginning(SpotCheck.parse, PulseOximeterDecoder, "2a5e", data)


@pytest.mark.parametrize(
    ("hexadecimal", "spo2", "pulse_rate"),
    [
        ("00 61 00 48 00", (97, UNKNOWN), (72, UNKNOWN)),
        ("00 61 00 48 00 ff", (97, UNKNOWN), (72, UNKNOWN)),
        ("00 e8 f3 d0 f2", (100, UNKNOWN), (72, UNKNOWN)),
        ("00 e9 f3 b9 fb", (100.1, UNKNOWN | ARTEFACT), (-109.5, UNKNOWN | ARTEFACT)),
        ("00 7f 00 2d 01", (127, UNKNOWN | ARTEFACT), (301, UNKNOWN | ARTEFACT)),
        ("00 00 00 2c 01", (0, UNKNOWN | NO_READING), (300, UNKNOWN)),
        ("00 ff 07 00 08", (nan, UNKNOWN | NO_READING), (nan, UNKNOWN | NO_READING)),
        ("00 fe 07 02 08", (nan, UNKNOWN | Quality.SATURATED), (nan, UNKNOWN | Quality.SATURATED)),
        ("00 01 08 48 00", (nan, UNKNOWN | NO_READING), (72, UNKNOWN)),
    ],
)
def test_numbers_and_what_is_sent_in_their_place(
    hexadecimal: str, spo2: tuple[float, Quality], pulse_rate: tuple[float, Quality]
) -> None:
    expected = Decoded(
        (
            Chunk.of(SPO2, 0, [T], [spo2[0]], spo2[1]),
            Chunk.of(PULSE_RATE, 0, [T], [pulse_rate[0]], pulse_rate[1]),
        )
    )
    assert decode(hexadecimal) == expected
    assert decode(hexadecimal, "2a5e") == expected


def test_all_that_a_continuous_measurement_can_hold() -> None:
    told = decode("1f 61 00 48 00 60 00 4b 00 62 00 46 00 60 01 00 00 00 7b e0")
    assert told == Decoded(
        (
            Chunk.of(SPO2, 0, [T], [97], UNKNOWN),
            Chunk.of(PULSE_RATE, 0, [T], [72], UNKNOWN),
            Chunk.of(SPO2_FAST, 0, [T], [96], UNKNOWN),
            Chunk.of(PULSE_RATE_FAST, 0, [T], [75], UNKNOWN),
            Chunk.of(SPO2_SLOW, 0, [T], [98], UNKNOWN),
            Chunk.of(PULSE_RATE_SLOW, 0, [T], [70], UNKNOWN),
            Chunk.of(PERFUSION_INDEX, 0, [T], [1.23], UNKNOWN),
        )
    )


def test_a_spot_check_tells_the_time_of_the_device_beside_the_receipt() -> None:
    told = decode("1b 61 00 48 00 ea 07 01 02 17 3b 3a 00 02 ff 07", "2a5e")
    stored = UNKNOWN | Quality.HELD
    assert told == Decoded(
        (
            Chunk.of(SPO2, 0, [T], [97], stored),
            Chunk.of(PULSE_RATE, 0, [T], [72], stored),
            Chunk.of(PERFUSION_INDEX, 0, [T], [nan], stored | NO_READING),
        ),
        (Event("device_time", T, detail={"time": "2026-01-02T23:59:58", "is_set": False}),),
    )


@pytest.mark.parametrize(
    ("bit", "quality"),
    [
        (0, GOOD),  # reserved
        (5, GOOD),  # ongoing
        (6, GOOD),  # early estimate
        (7, GOOD),  # validated
        (8, GOOD),  # fully qualified
        (9, Quality.HELD),  # from storage
        (10, ARTEFACT),  # for demonstration
        (11, ARTEFACT),  # for testing
        (12, Quality.HELD),  # calibrates itself
        (13, NO_READING),  # unavailable
        (14, ARTEFACT),  # questionable
        (15, ARTEFACT),  # invalid
    ],
)
def test_measurement_status(bit: int, quality: Quality) -> None:
    told = decode(continuous(measurement=1 << bit))
    assert [chunk.quality.tolist() for chunk in told.chunks] == [[UNKNOWN | quality]] * 2
    assert told.events == ()


@pytest.mark.parametrize(
    ("bit", "quality", "name"),
    [
        (0, UNKNOWN, None),  # the display is updated
        (1, UNKNOWN | ARTEFACT, "equipment_malfunction"),
        (2, UNKNOWN | ARTEFACT, "signal_processing_irregularity"),
        (3, UNKNOWN | ARTEFACT, "inadequate_signal"),
        (4, UNKNOWN | ARTEFACT, "poor_signal"),
        (5, UNKNOWN, "low_perfusion"),
        (6, UNKNOWN | ARTEFACT, "erratic_signal"),
        (7, UNKNOWN | ARTEFACT, "nonpulsatile_signal"),
        (8, UNKNOWN | ARTEFACT, "questionable_pulse"),
        (9, UNKNOWN, None),  # it analyses the signal
        (10, UNKNOWN | ARTEFACT, "sensor_interference"),
        (11, NO_CONTACT, "sensor_unconnected_to_user"),
        (12, UNKNOWN | ARTEFACT, "unknown_sensor"),
        (13, NO_CONTACT, "sensor_displaced"),
        (14, UNKNOWN | ARTEFACT, "sensor_malfunctioning"),
        (15, NO_CONTACT, "sensor_disconnected"),
        (16, UNKNOWN, None),  # reserved
        (23, UNKNOWN, None),
    ],
)
def test_device_and_sensor_status(bit: int, quality: Quality, name: str | None) -> None:
    told = decode(continuous(device=1 << bit))
    assert [chunk.quality.tolist() for chunk in told.chunks] == [[quality]] * 2
    status = [event.detail for event in told.events if event.kind == "sensor_status"]
    assert status == ([{"status": [name]}] if name else [])


@pytest.mark.parametrize(
    "bit",
    [
        DeviceAndSensorStatus.SENSOR_UNCONNECTED_TO_USER,
        DeviceAndSensorStatus.SENSOR_DISPLACED,
        DeviceAndSensorStatus.SENSOR_DISCONNECTED,
    ],
)
def test_a_sensor_off_the_skin(bit: DeviceAndSensorStatus) -> None:
    decoder = PulseOximeterDecoder()
    told = [decode(continuous(device=n), decoder=decoder) for n in (0, bit, bit, 0, 0)]
    told.append(decode("00 61 00 48 00", decoder=decoder))
    qualities = [[int(chunk.quality[0]) for chunk in each.chunks] for each in told]
    assert qualities == [[q, q] for q in (UNKNOWN, NO_CONTACT, NO_CONTACT, GOOD, GOOD, GOOD)]
    kinds = [[event.kind for event in each.events] for each in told]
    assert kinds == [[], ["contact_lost", "sensor_status"], [], ["contact_restored", "sensor_status"], [], []]


def test_a_device_that_says_it_can_tell_contact_is_believed() -> None:
    decoder = PulseOximeterDecoder()
    features = decode("42 00 00 08 00", "2a60", decoder)
    assert features.events == (
        Event(
            "device_features",
            T,
            detail={"features": ["device_and_sensor_status", "pulse_amplitude_index"]},
        ),
    )
    assert decode("42 00 00 08 00", "2a60", decoder) == Decoded()
    assert decode(continuous(), decoder=decoder).chunks[0].quality.tolist() == [GOOD]


FEATURES = [
    "measurement_status",
    "device_and_sensor_status",
    "measurement_storage",
    "timestamp",
    "spo2pr_fast",
    "spo2pr_slow",
    "pulse_amplitude_index",
    "multiple_bonds",
]


@pytest.mark.parametrize(("bit", "name"), list(enumerate(FEATURES)))
def test_every_feature(bit: int, name: str) -> None:
    told = decode(f"{1 << bit:02x} 00 00 00 00", "2a60")
    assert told.events == (Event("device_features", T, detail={"features": [name]}),)


@pytest.mark.parametrize(
    ("hexadecimal", "fault"),
    [
        ("", "'2a60': 0 bytes, too few for its features"),
        ("01 00", "'2a60': 2 bytes, too few for its supported measurement status"),
        (
            "03 00 00 00 00 08",
            "'2a60': 6 bytes, too few for its supported device and sensor status",
        ),
    ],
)
def test_features_cut_short(hexadecimal: str, fault: str) -> None:
    assert decode(hexadecimal, "2a60") == Decoded(faults=(fault,))


@pytest.mark.parametrize(
    ("options", "essential"),
    [("", "2a5f"), ("?mode=continuous", "2a5f"), ("?mode=spot_check", "2a5e")],
)
def test_the_mode_says_which_measurement_is_needed(options: str, essential: str) -> None:
    channels = make_decoder(f"pulse_oximeter{options}").channels()
    assert [channel.name for channel in channels if not channel.optional] == [essential]
    assert channels[0].name == essential
    assert Channel("2a60", "read", optional=True) in channels
    assert {channel.name: channel.quiet_s for channel in channels}["2a5e"] == 3600


def test_another_mode_is_refused() -> None:
    with pytest.raises(DriverError) as refused:
        PulseOximeterDecoder("often")
    assert str(refused.value) == "mode=often is not known. Write one of: continuous, spot_check."


def test_not_a_number_is_told_apart() -> None:
    measured = Continuous.parse(bytes.fromhex("00 ff 07 fe 07")).normal
    assert (measured.spo2.special, measured.pulse_rate.special) == (
        Special.NAN,
        Special.POSITIVE_INFINITY,
    )
