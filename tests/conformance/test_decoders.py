from edged.model import NS_PER_S, Packet
from edged.sim.physiology import Heart, Profile
from edged.sim.strap import Strap
from edged.sources.decoder import DECODERS, Decoder, make_decoder
from tests.conformance.decoders import DecoderConformance, feed
from tests.traces import board, instruments, polar, wired

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


class TestCytonDecoder(DecoderConformance):
    name = "cyton"
    byte_stream = True
    good = tuple(
        Packet("serial", data, round(time_s * NS_PER_S))
        for time_s, _, data in instruments.pieces(
            instruments.BANNER + b"$$$" + instruments.cyton_samples(0, 40), 62, 0.5, 8250
        )
    )


class TestBitalinoDecoder(DecoderConformance):
    name = "bitalino"
    byte_stream = True
    good = tuple(
        Packet("serial", data, round(time_s * NS_PER_S))
        for time_s, _, data in instruments.pieces(
            b"BITalino_v5.2\n" + instruments.bitalino_samples(0, 90), 50, 0.0, 8000
        )
    )


class TestModbusDecoder(DecoderConformance):
    name = "modbus"
    byte_stream = True
    good = tuple(
        Packet("serial", instruments.modbus_frame(text))
        for text in (
            "61 06 00 36 00 00",
            "61 03 02 00 01",
            "61 03 0c 43 db 8c 2e 41 d9 e7 ff 42 43 3a 1b",
            "61 03 00 28 00 06",
            "61 03 0c 00 00 00 00 7f c0 00 00 42 43 3a 1b",
        )
    )


class TestDgtBoardDecoder(DecoderConformance):
    name = "dgt_board"
    byte_stream = True
    good = (
        Packet("serial", instruments.dgt_dump(instruments.START)),
        Packet("serial", instruments.dgt_clock("1:30:00", "1:29:58", 0x11)),
        *(Packet("serial", change) for change in instruments.dgt_changes("e2. e4P e7. e5p e4. e2P d1.")),
        Packet("serial", instruments.dgt_message(0x0D, bytes(6) + b"\x20")),
        Packet("serial", instruments.dgt_message(0x13, b"\x01\x02")),
        Packet("serial", instruments.dgt_message(0x11, b"00137")),
    )


class TestBoardDecoder(DecoderConformance):
    name = "board"
    byte_stream = True
    good = tuple(board.good())


class TestBoardDecoderOfABoardThatIsReset(DecoderConformance):
    name = "board of all that may happen"
    byte_stream = True
    good = tuple(board.session())

    def make(self) -> Decoder:
        return make_decoder("board?streams=0,1&rate=0:50&test=0&blink=1")

    def test_it_understands_what_is_good(self) -> None:
        assert feed(self.make(), self.good).chunks  # with faults: it is told of some


class TestNmeaDecoder(DecoderConformance):
    name = "nmea"
    byte_stream = True
    good = tuple(
        Packet("serial", data)
        for data in (
            wired.nmea("GNRMC,,V,,,,,,,,,,N", "GPTXT,01,01,02,ANTENNA OK"),
            wired.nmea("GPGSV,1,1,03,65,30,010,33,66,12,200,28,67,70,120,40"),
            wired.nmea_moment(1, "4567"),
            wired.nmea_moment(2, "4570", "E", 6),
            wired.nmea("GNZDA,083003.00,02,01,2026,00,00", "GNGLL,,,,,,V,N"),
        )
    )


class TestCsvLinesDecoder(DecoderConformance):
    name = "csv_lines"
    byte_stream = True
    good = (
        Packet("serial", b"time_ms,ecg[uV],acc.x[m[g]],acc.y[m[g]]\r\n"),
        Packet("serial", b"1000,1.5,-2,3\n1010,nan,,3\n"),
        Packet("serial", b"1020,ovf,-2e3,.5\n"),
        Packet("serial", b"5,1,2,3\n"),
        Packet("serial", b"time_us;humidity[%]\n10;40.5\n"),
    )


class TestCsvLinesDecoderWithARate(DecoderConformance):
    name = "csv_lines with a rate"
    byte_stream = True
    good = tuple(Packet("serial", b"%d;%d\n" % (20 * n, n), n * NS_PER_S // 50) for n in range(12))

    def make(self) -> Decoder:
        return make_decoder("csv_lines?columns=time_ms,a[N]&rate=50")


class TestPulseSensorDecoder(DecoderConformance):
    name = "pulse_sensor"
    byte_stream = True
    good = tuple(
        Packet("serial", data, n * NS_PER_S // 50)
        for n, data in enumerate([b"S512\r\n", b"S0\r\nB72\r\n", b"Q833\n", b"S1023\nS1\n", b"S7\nB0\n"])
    )


class TestCms50Decoder(DecoderConformance):
    name = "cms50"
    byte_stream = True
    good = tuple(
        Packet("serial", data, n * NS_PER_S // 60)
        for n, data in enumerate(
            [
                bytes.fromhex("0c 80 06 80 80 87"),
                *(wired.cms50_frame(5, 3 * n, 130, 97) for n in range(7)),
                wired.cms50_frame(0x90, 0, 0xFF, 0x7F, 1) * 6,
            ]
        )
    )


class TestCms50DecoderOfFiveBytes(DecoderConformance):
    name = "cms50 of five bytes"
    byte_stream = True
    good = tuple(Packet("serial", bytes((0x85, n, 0x46, 0x02, 97)) * 3, n * NS_PER_S // 20) for n in range(6))

    def make(self) -> Decoder:
        return make_decoder("cms50?protocol=v5")


class TestNoninDecoder(DecoderConformance):
    name = "nonin"
    byte_stream = True
    good = (
        Packet("serial", wired.nonin_packet(wired.NONIN_NUMBERS), NS_PER_S // 3),
        Packet("serial", wired.nonin_packet(wired.NONIN_NONE, 0x50), NS_PER_S * 2 // 3),
        Packet("serial", wired.nonin_packet(wired.NONIN_NUMBERS, 0x20), NS_PER_S),
    )


class TestNoninDecoderOfText(DecoderConformance):
    name = "nonin of text"
    byte_stream = True
    good = (
        Packet("serial", b"Nonin 2500\r\nSPO2=--- HR=---\r\n"),
        Packet("serial", b"SPO2=097 HR=072\r\n08:30:05 SPO2=098 HR=070 F\r\n"),
    )

    def make(self) -> Decoder:
        return make_decoder("nonin?format=text")


class TestPms5003Decoder(DecoderConformance):
    name = "pms5003"
    byte_stream = True
    good = tuple(
        Packet("serial", wired.pms5003_frame(1, 2, 3, 4, 5, n, 312, 90, 11, 2, 0, 0, 0x9700))
        for n in range(3)
    )


class TestMhz19Decoder(DecoderConformance):
    name = "mhz19"
    byte_stream = True
    good = tuple(Packet("serial", wired.mhz19_answer(co2, 24)) for co2 in (410, 1204, 20000))


def test_every_decoder_is_held_to_the_contract() -> None:
    held = {held.name for held in DecoderConformance.__subclasses__()}
    assert set(DECODERS) <= held
