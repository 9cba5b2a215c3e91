from edged.model import NS_PER_S, Packet
from edged.sim.physiology import Heart, Profile
from edged.sim.strap import Strap
from edged.sources.decoder import DECODERS, Decoder, make_decoder
from tests.conformance.decoders import DecoderConformance
from tests.traces import polar

STRAP = Strap(Heart(Profile.EXERCISE, 5, 0.2), energy=True)


def packets(*told: tuple[str, str]) -> tuple[Packet, ...]:
    """Return packets of channel and hexadecimal bytes."""
    return tuple(Packet(channel, bytes.fromhex(text)) for channel, text in told)


class TestHeartRateDecoder(DecoderConformance):
    name = "heart_rate"
    good = tuple(packet for second in range(12) for packet in STRAP.packets(second))


class TestJsonLinesDecoder(DecoderConformance):
    name = "json_lines"
    byte_stream = True
    good = tuple(
        Packet("serial", line)
        for line in (
            b'{"streams": {"force": {"unit": "N", "rate_hz": 100, "channels": ["x", "y"]}}}\n',
            b'{"streams": {"ecg": {"rate_hz": 130}, "spo2": {"unit": "%"}}}\r\n',
            b'{"heart_rate": 72, "contact": true}\n',
            b'{"heart_rate": 0, "contact": false, "battery": 99.5}\n\n',
            b'{"rr_interval": [812.5, 820.3, 0]}\n',
            b'{"force": [[0.1, 9.8], [0.2, 9.7]], "ecg": [1, 2, 3], "spo2": [97]}\n',
            b'{"force": [1e3, -2], "temperature": 36.6}\n',
        )
    )


class TestPulseOximeterDecoder(DecoderConformance):
    name = "pulse_oximeter"
    good = packets(
        ("2a60", "7f 00 e0 ff ff ff 00"),
        ("2a5f", "00 61 00 48 00"),
        ("2a5f", "1f cf f3 48 00 60 00 4b 00 62 00 46 00 60 01 00 00 00 7b e0"),
        ("2a5f", "1c ff 07 ff 07 00 20 00 08 00 ff 07"),
        ("2a5f", "0c 61 00 48 00 20 00 20 00 00"),
        ("2a5e", "0f 61 00 48 00 ea 07 01 02 17 3b 3a 00 02 00 00 00 7b e0"),
        ("2a5e", "10 fe 07 02 08"),
        ("2a19", "57"),
    )


class TestThermometerDecoder(DecoderConformance):
    name = "thermometer"
    good = packets(
        ("2a1d", "06"),
        ("2a1e", "00 68 01 00 ff"),
        ("2a1c", "00 6e 01 00 ff"),
        ("2a1c", "07 da 03 00 ff ea 07 01 02 17 3b 3a 03"),
        ("2a1c", "02 ff ff 7f 00 00 00 00 00 00 00 00"),
        ("2a29", "41 63 6d 65"),
    )


class TestRunningSpeedCadenceDecoder(DecoderConformance):
    name = "running_speed_cadence"
    good = packets(
        ("2a54", "07 00"),
        ("2a5d", "01"),
        ("2a53", "00 00 00 00"),
        ("2a53", "07 80 03 b4 7b 00 78 56 34 12"),
        ("2a53", "01 80 03 b4 7b 00"),
    )


class TestCyclingSpeedCadenceDecoder(DecoderConformance):
    name = "cycling_speed_cadence"
    good = packets(
        ("2a5c", "03 00"),
        ("2a5d", "0c"),
        ("2a5b", "03 fe ff ff ff 00 f8 fe ff 00 f8"),
        ("2a5b", "03 02 00 00 00 00 fc ff ff 00 fc"),
        ("2a5b", "03 06 00 00 00 00 00 01 00 00 00"),
        ("2a5b", "01 07 00 00 00 00 04"),
        ("2a5b", "00"),
    )


class TestCyclingPowerDecoder(DecoderConformance):
    name = "cycling_power"
    good = packets(
        ("2a65", "ff ff 1f 00"),
        ("2a5d", "0f"),
        ("2a63", "00 00 fa 00"),
        ("2a63", "30 00 fa 00 fe ff ff ff 00 f8 fe ff 00 f8"),
        ("2a63", "30 00 fb 00 02 00 00 00 00 00 ff ff 00 fc"),
        ("2a63", "30 00 fc 00 06 00 00 00 00 08 01 00 00 00"),
        (
            "2a63",
            "ff1ffa0061210078563412 0004ffff0108 2c01f6ffa000e0ff 2c4101 0f00b400 2a00",
        ),
    )


class TestEnvironmentDecoder(DecoderConformance):
    name = "environment"
    good = packets(
        ("2a6e", "66 08"),
        ("2a6e", "00 80"),
        ("2a6f", "a9 13"),
        ("2a6d", "12 76 0f 00"),
        ("2a6c", "9c ff ff"),
        ("2a7b", "f6"),
        ("2a71", "28 23"),
        ("2b8c", "fe ff"),
        ("2bd6", "19 80"),
        ("rssi", "c4"),
    )


class TestPolarDecoder(DecoderConformance):
    name = "polar"
    good = tuple(
        Packet(channel, data, round(time_s * NS_PER_S))
        for time_s, channel, data in polar.h10_ecg_acc()
        if time_s < 4  # before a frame is told twice
    )

    def make(self) -> Decoder:
        return make_decoder("polar?streams=ecg,acc")


class TestPolarDecoderOfAVeritySense(DecoderConformance):
    name = "polar of a Verity Sense"
    good = tuple(
        Packet(channel, data, round(time_s * NS_PER_S)) for time_s, channel, data in polar.verity_sense()
    )

    def make(self) -> Decoder:
        return make_decoder("polar?streams=ppg,acc,ppi")


def test_every_decoder_is_held_to_the_contract() -> None:
    held = {held.name for held in DecoderConformance.__subclasses__()}
    assert set(DECODERS) <= held
