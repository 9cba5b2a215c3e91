from edged.model import Packet
from edged.sim.physiology import Heart, Profile
from edged.sim.strap import Strap
from edged.sources.decoder import DECODERS
from tests.conformance.decoders import DecoderConformance

STRAP = Strap(Heart(Profile.EXERCISE, 5, 0.2), energy=True)


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


def test_every_decoder_is_held_to_the_contract() -> None:
    held = {held.name for held in DecoderConformance.__subclasses__()}
    assert set(DECODERS) <= held
