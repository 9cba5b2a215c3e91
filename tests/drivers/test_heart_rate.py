import pytest

from drivers.decoders.gatt.battery import BATTERY
from drivers.decoders.gatt.received_strength import RSSI
from drivers.decoders.heart_rate import (
    ENERGY_EXPENDED,
    HEART_RATE,
    RR_INTERVAL,
    HeartRateDecoder,
    HeartRateMeasurement,
)
from drivers.decoders.once import REMEMBERED
from edged.model import NS_PER_S, Chunk, Event, Packet, Quality
from edged.sim.physiology import Heart, Profile
from edged.sim.strap import Strap
from edged.sources.decoder import Decoded

T = 10 * NS_PER_S
GOOD, UNKNOWN, NO_CONTACT = Quality.GOOD, Quality.CONTACT_UNKNOWN, Quality.NO_CONTACT

CONTACT = {0: (UNKNOWN, ()), 2: (UNKNOWN, ()), 4: (NO_CONTACT, (Event("contact_lost", T),)), 6: (GOOD, ())}
"""The two contact bits to what they mean for a first packet."""


def decode(hexadecimal: str, channel: str = "2a37") -> Decoded:
    return HeartRateDecoder().feed(Packet(channel, bytes.fromhex(hexadecimal), T))


@pytest.mark.parametrize("contact", CONTACT)
@pytest.mark.parametrize(
    ("flags", "fields", "energy", "rr"),
    [
        (0x00, "48", None, []),
        (0x01, "48 00", None, []),
        (0x08, "48 34 12", 0x1234, []),
        (0x09, "48 00 34 12", 0x1234, []),
        (0x10, "48 00 04 00 02", None, [1024, 512]),
        (0x11, "48 00 00 04 00 02", None, [1024, 512]),
        (0x18, "48 34 12 00 04 00 02", 0x1234, [1024, 512]),
        (0x19, "48 00 34 12 00 04 00 02", 0x1234, [1024, 512]),
    ],
)
def test_every_combination_of_flags(
    flags: int, contact: int, fields: str, energy: int | None, rr: list[int]
) -> None:
    quality, events = CONTACT[contact]
    chunks = [Chunk.of(HEART_RATE, 0, [T], [72], quality)]
    if rr:
        chunks.append(Chunk.of(RR_INTERVAL, 0, [T - NS_PER_S // 2, T], [1000, 500], quality))
    if energy is not None:
        chunks.append(Chunk.of(ENERGY_EXPENDED, 0, [T], [energy]))
    for reserved in (0, 0xE0):
        packet = f"{flags | contact | reserved:02x} {fields}"
        assert decode(packet) == Decoded(tuple(chunks), events), packet


@pytest.mark.parametrize(
    ("hexadecimal", "expected"),
    [
        ("06 00", Decoded((Chunk.of(HEART_RATE, 0, [T], [0], Quality.NO_READING),))),
        ("07 2c 01", Decoded((Chunk.of(HEART_RATE, 0, [T], [300]),))),
        ("06 48 01 02 03", Decoded((Chunk.of(HEART_RATE, 0, [T], [72]),))),
        ("16 48", Decoded((Chunk.of(HEART_RATE, 0, [T], [72]),))),
        (
            "16 48 00 00",
            Decoded(
                (
                    Chunk.of(HEART_RATE, 0, [T], [72]),
                    Chunk.of(RR_INTERVAL, 0, [T], [0], Quality.ARTEFACT),
                )
            ),
        ),
        (
            "10 48 01 00 ff ff",
            Decoded(
                (
                    Chunk.of(HEART_RATE, 0, [T], [72], UNKNOWN),
                    Chunk.of(
                        RR_INTERVAL,
                        0,
                        [T - 60 * NS_PER_S, T],
                        [1000 / 1024, 65535 * 1000 / 1024],
                        [UNKNOWN, UNKNOWN | Quality.ARTEFACT],
                    ),
                )
            ),
        ),
        (
            "0e 48 ff ff",
            Decoded(
                (
                    Chunk.of(HEART_RATE, 0, [T], [72]),
                    Chunk.of(ENERGY_EXPENDED, 0, [T], [65535], Quality.SATURATED),
                )
            ),
        ),
        (
            "16 48 00 04 ff",
            Decoded(
                (Chunk.of(HEART_RATE, 0, [T], [72]), Chunk.of(RR_INTERVAL, 0, [T], [1000])),
                faults=("'2a37': half an RR interval at its end",),
            ),
        ),
        ("", Decoded(faults=("'2a37': 0 bytes where its flags need 2",))),
        ("06", Decoded(faults=("'2a37': 1 bytes where its flags need 2",))),
        ("01 48", Decoded(faults=("'2a37': 2 bytes where its flags need 3",))),
        ("08 48 01", Decoded(faults=("'2a37': 3 bytes where its flags need 4",))),
        ("19 48 00 01", Decoded(faults=("'2a37': 4 bytes where its flags need 5",))),
    ],
)
def test_edges_of_a_measurement(hexadecimal: str, expected: Decoded) -> None:
    assert decode(hexadecimal) == expected


@pytest.mark.parametrize(
    ("channel", "hexadecimal", "expected"),
    [
        ("2a19", "57", Decoded((Chunk.of(BATTERY, 0, [T], [87]),))),
        ("2a19", "00", Decoded((Chunk.of(BATTERY, 0, [T], [0]),))),
        ("2a19", "65", Decoded(faults=("'2a19': a battery level of 101 %, more than 100",))),
        ("2a19", "", Decoded(faults=("'2a19': no battery level in it",))),
        ("2a38", "00", Decoded(events=(Event("sensor_location", T, detail={"location": "other"}),))),
        ("2a38", "06", Decoded(events=(Event("sensor_location", T, detail={"location": "foot"}),))),
        ("2a38", "07", Decoded(faults=("'2a38': body sensor location 7 is not known",))),
        ("2a38", "", Decoded(faults=("'2a38': no location in it",))),
    ],
)
def test_battery_and_location(channel: str, hexadecimal: str, expected: Decoded) -> None:
    assert decode(hexadecimal, channel) == expected


def test_a_truncated_packet_leaves_contact_and_numbers_as_they_were() -> None:
    decoder = HeartRateDecoder()
    assert decoder.feed(Packet("2a37", b"\x05\x48", T)).events == ()
    assert decoder.feed(Packet("2a37", b"\x06\x48", T)).chunks[0].seq == 0


def test_contact_events_come_once_a_change() -> None:
    decoder = HeartRateDecoder()
    flags = [0x06, 0x06, 0x04, 0x04, 0x00, 0x04, 0x06, 0x00, 0x06, 0x04]
    told = [decoder.feed(Packet("2a37", bytes((f, 72)), T)).events for f in flags]
    kinds = [[event.kind for event in events] for events in told]
    lost, restored = ["contact_lost"], ["contact_restored"]
    assert kinds == [[], [], lost, [], [], [], restored, [], [], lost]


def test_location_is_told_when_it_changes() -> None:
    decoder = HeartRateDecoder()
    told = [decoder.feed(Packet("2a38", bytes((n,)), T)).events for n in (1, 1, 2)]
    assert [len(events) for events in told] == [1, 0, 1]


def test_an_unknown_channel_is_a_fault_once_and_never_a_flood() -> None:
    decoder = HeartRateDecoder()
    told = [decoder.feed(Packet("2a3a", b"A", T)).faults for _ in range(3)]
    assert [len(faults) for faults in told] == [1, 0, 0]
    assert "2a3a" in told[0][0]
    more = sum(len(decoder.feed(Packet(f"x{n}", b"", T)).faults) for n in range(1000))
    assert more == REMEMBERED - 1


def test_beats_are_reckoned_backwards_and_never_before_one_already_told() -> None:
    decoder = HeartRateDecoder()
    two_beats = bytes.fromhex("16 48 00 04 00 02")  # 1000 ms, 500 ms
    times = []
    for mono_ns in (T, T + NS_PER_S, T + NS_PER_S, T + NS_PER_S // 2):
        times += decoder.feed(Packet("2a37", two_beats, mono_ns)).chunks[1].times_ns.tolist()
    end = T + NS_PER_S
    assert times == [T - 500_000_000, T, end - 500_000_000, end, end + 1, end + 2, end + 3, end + 4]


def test_numbers_and_times_go_on_over_connections() -> None:
    decoder = HeartRateDecoder()
    packet = Packet("2a37", bytes.fromhex("16 48 00 04"), T)
    decoder.feed(packet)
    assert decoder.start() == []
    assert [(chunk.seq, int(chunk.times_ns[0])) for chunk in decoder.feed(packet).chunks] == [(1, T + 1)] * 2


def test_all_streams_are_known_from_the_start() -> None:
    assert HeartRateDecoder().streams() == (HEART_RATE, RR_INTERVAL, ENERGY_EXPENDED, BATTERY, RSSI)


def test_a_measurement_is_read_as_sent() -> None:
    measurement = HeartRateMeasurement.parse(bytes.fromhex("1d 48 00 01 00 10 03 05"))
    assert measurement == HeartRateMeasurement(
        72, sensor_contact_detected=False, energy_expended=1, rr_intervals=(0x0310,), odd_byte=True
    )


@pytest.mark.parametrize("profile", Profile)
def test_intervals_of_a_simulated_strap_are_its_beats(profile: Profile) -> None:
    heart, decoder = Heart(profile, 9, 0.05), HeartRateDecoder()
    intervals: list[float] = []
    for second in range(1, 120):
        for packet in Strap(heart).packets(second):
            for chunk in decoder.feed(packet).chunks:
                if chunk.info == RR_INTERVAL:
                    intervals += chunk.values[:, 0].tolist()
    beats = heart.beats(0, 119)
    assert intervals == pytest.approx([beat.interval_s * 1000 for beat in beats], abs=1000 / 1024, rel=0)
