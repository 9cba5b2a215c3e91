from collections.abc import Mapping

import pytest

from drivers.decoders.fault import MalformedPacket
from drivers.decoders.gatt.battery import BATTERY
from drivers.decoders.gatt.decoder import GattDecoder
from drivers.decoders.gatt.device_information import MAX_TEXT
from drivers.decoders.gatt.received_strength import RSSI
from drivers.decoders.gatt.service import Characteristic
from drivers.decoders.once import REMEMBERED
from edged.model import NS_PER_S, Channel, Chunk, Event, Packet, StreamInfo
from edged.sources.decoder import Decoded

T = 10 * NS_PER_S
ALSO = ("2a29", "2a24", "2a25", "2a27", "2a26", "2a28", "2a23", "2a50")


class Service:
    """A service of one stream, that tells how often it was begun."""

    def __init__(self, name: str, *channels: Channel) -> None:
        self.name = name
        self._channels = channels
        self.begun = 0

    def start(self) -> list[Packet]:
        self.begun += 1
        return [Packet(self._channels[0].name, bytes((self.begun,)))]

    def characteristics(self) -> Mapping[str, Characteristic]:
        return {channel.name: self._decode for channel in self._channels}

    def streams(self) -> tuple[StreamInfo, ...]:
        return (StreamInfo(self.name, "1"),)

    def channels(self) -> tuple[Channel, ...]:
        return self._channels

    def _decode(self, packet: Packet) -> Decoded:
        if not packet.data:
            raise MalformedPacket(f"nothing for {self.name}")
        return Decoded(events=(Event(self.name, packet.mono_ns),))


def decode(hexadecimal: str, channel: str, decoder: GattDecoder | None = None) -> Decoded:
    return (decoder or GattDecoder()).feed(Packet(channel, bytes.fromhex(hexadecimal), T))


def test_it_is_the_sum_of_its_services() -> None:
    first = Service("first", Channel("f1"), Channel("f2", "read", optional=True))
    second = Service("second", Channel("s1", optional=True), Channel("s2"), Channel("f1", "both"))
    decoder = GattDecoder(first, second)
    assert decoder.start() == [Packet("f1", b"\x01"), Packet("s1", b"\x01")]
    assert decoder.start() == [Packet("f1", b"\x02"), Packet("s1", b"\x02")]
    assert decoder.streams() == (StreamInfo("first", "1"), StreamInfo("second", "1"), BATTERY, RSSI)
    assert decoder.channels() == (
        Channel("f1"),
        Channel("s2"),
        Channel("f2", "read", optional=True),
        Channel("s1", optional=True),
        Channel("2a19", "both", optional=True),
        *(Channel(name, "read", optional=True) for name in ALSO),
    )
    kinds = {name: decode("01", name, decoder).events[0].kind for name in ("f1", "f2", "s1", "s2")}
    assert kinds == {"f1": "first", "f2": "first", "s1": "second", "s2": "second"}


def test_a_malformed_packet_is_a_fault_that_names_it() -> None:
    decoder = GattDecoder(Service("first", Channel("f1")))
    assert decode("", "f1", decoder) == Decoded(faults=("'f1': nothing for first",))


def test_an_unknown_characteristic_is_told_once_and_never_a_flood() -> None:
    decoder = GattDecoder()
    told = [decode("41", "2a00", decoder) for _ in range(3)]
    what = "'2a00': a characteristic that its decoder does not know; left out from here on"
    assert told == [Decoded(faults=(what,)), Decoded(), Decoded()]
    assert sum(len(decode("", f"x{n}", decoder).faults) for n in range(1000)) == REMEMBERED - 1


@pytest.mark.parametrize(
    ("hexadecimal", "expected"),
    [
        ("c4", Decoded((Chunk.of(RSSI, 0, [T], [-60]),))),
        ("00", Decoded((Chunk.of(RSSI, 0, [T], [0]),))),
        ("80", Decoded((Chunk.of(RSSI, 0, [T], [-128]),))),
        ("7f", Decoded()),
        ("", Decoded(faults=("'rssi': 0 bytes, and a strength is one",))),
        ("c4 ff", Decoded(faults=("'rssi': 2 bytes, and a strength is one",))),
    ],
)
def test_the_strength_it_is_received_with(hexadecimal: str, expected: Decoded) -> None:
    assert decode(hexadecimal, "rssi") == expected


@pytest.mark.parametrize(
    ("channel", "hexadecimal", "name", "value"),
    [
        ("2a29", "50 6f 6c 61 72", "manufacturer", "Polar"),
        ("2a29", "50 6f 6c 61 72 00 00", "manufacturer", "Polar"),
        ("2a24", "20 48 0a 31 1b 30 20", "model", "H10"),
        ("2a25", "c3 a9 e2 82 ac", "serial", "é€"),
        ("2a27", "41 ff 42", "hardware", "A\ufffdB"),
        ("2a26", "e2 80 ae 33", "firmware", "3"),
        ("2a28", "41" * 600, "software", "A" * MAX_TEXT),
        ("2a23", "01 02 03 fe ff 04 05 06", "system_id", "06:05:04:ff:fe:03:02:01"),
        ("2a50", "01 6b 00 05 00 34 12", "pnp_id", "bluetooth:006b:0005:1234"),
        ("2a50", "02 6b 00 05 00 34 12", "pnp_id", "usb:006b:0005:1234"),
        ("2a50", "03 6b 00 05 00 34 12", "pnp_id", "3:006b:0005:1234"),
    ],
)
def test_device_information(channel: str, hexadecimal: str, name: str, value: str) -> None:
    assert decode(hexadecimal, channel) == Decoded(
        events=(Event("device_identified", T, detail={name: value}),)
    )


@pytest.mark.parametrize(
    ("channel", "hexadecimal", "expected"),
    [
        ("2a29", "", Decoded()),
        ("2a29", "00 00", Decoded()),
        ("2a23", "01 02", Decoded(faults=("'2a23': 2 bytes, and a system ID has 8",))),
        ("2a50", "01", Decoded(faults=("'2a50': 1 bytes, and a PnP ID has 7",))),
    ],
)
def test_no_device_information(channel: str, hexadecimal: str, expected: Decoded) -> None:
    assert decode(hexadecimal, channel) == expected


def test_a_device_is_identified_again_as_more_is_known_and_when_it_changes() -> None:
    decoder = GattDecoder()
    read = [("2a26", b"1.0"), ("2a29", b"Polar"), ("2a26", b"1.0"), ("2a26", b"1.1"), ("2a26", b"")]
    told = []
    for channel, data in read:
        decoder.start()
        told.append([dict(event.detail) for event in decoder.feed(Packet(channel, data, T)).events])
    assert told == [
        [{"firmware": "1.0"}],
        [{"manufacturer": "Polar", "firmware": "1.0"}],
        [],
        [{"manufacturer": "Polar", "firmware": "1.1"}],
        [],
    ]
    assert list(told[1][0]) == ["manufacturer", "firmware"]
