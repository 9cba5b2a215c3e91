import pytest

from edged.model import NS_PER_S, Packet
from edged.sim.battery import Battery
from edged.sim.oximeter import MeasurementStatus, Oximeter, SensorStatus, encode_plx
from edged.sim.physiology import Heart, Profile
from edged.sim.spell import Spell

GOOD = MeasurementStatus.MEASUREMENT_ONGOING | MeasurementStatus.VALIDATED_DATA


@pytest.mark.parametrize(
    ("data", "hexadecimal"),
    [
        (encode_plx(97, 72, 4.4, GOOD, SensorStatus(0)), "1c 61 00 48 00 a0 00 00 00 00 2c f0"),
        (
            encode_plx(100, 150, 0.3, GOOD, SensorStatus.LOW_PERFUSION_DETECTED),
            "1c 64 00 96 00 a0 00 20 00 00 03 f0",
        ),
        (
            encode_plx(
                None,
                None,
                None,
                MeasurementStatus.MEASUREMENT_UNAVAILABLE,
                SensorStatus.SENSOR_UNCONNECTED_TO_USER,
            ),
            "1c ff 07 ff 07 00 20 00 08 00 ff 07",
        ),
    ],
)
def test_a_measurement_is_encoded_as_the_service_says(data: bytes, hexadecimal: str) -> None:
    assert data == bytes.fromhex(hexadecimal)


@pytest.mark.parametrize("profile", Profile)
def test_each_second_it_tells_a_plausible_saturation_and_the_heart_rate(profile: Profile) -> None:
    heart = Heart(profile, 3)
    packets = Oximeter(heart).notifications(0, 59 * NS_PER_S)
    assert [packet.mono_ns for packet in packets] == [second * NS_PER_S for second in range(59)]
    for second, packet in enumerate(packets):
        assert packet.channel == "2a5f"
        assert 93 <= packet.data[1] <= 99
        assert abs(packet.data[3] - heart.rate_at(max(0, second - 4))) < 6


def test_without_a_finger_there_is_no_reading() -> None:
    packets = Oximeter(Heart(Profile.RESTING, 1), contact_lost=Spell(1, 1)).notifications(0, 3 * NS_PER_S)
    assert [packet.data[1:5] == bytes.fromhex("ff 07 ff 07") for packet in packets] == [False, True, False]


def test_it_says_what_it_is_and_tells_its_battery() -> None:
    device = Oximeter(Heart(Profile.RESTING, 1), Battery(50, falls=((60, 8),)))
    assert device.readable == ("2a19", "2a60", "2a29", "2a24", "2a25", "2a26")
    assert device.read("2a19", 0) == b"\x32"
    assert device.read("2a60", 0) == bytes.fromhex("43 00 a0 20 20 08 00")
    assert device.read("2a24", 0) == b"Simulated Oximeter"
    assert device.read("2a37", 0) is None
    assert Packet("2a19", b"\x08", 60 * NS_PER_S) in device.notifications(0, 61 * NS_PER_S)
    assert device.written(Packet("2a52", b"\x01"), 0) == device
