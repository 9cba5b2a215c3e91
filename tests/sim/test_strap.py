import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edged.model import Packet
from edged.sim.battery import BATTERY_LIFE_S
from edged.sim.physiology import Heart, Profile
from edged.sim.spell import Spell
from edged.sim.strap import Strap, encode_heart_rate

RESTING = Heart(Profile.RESTING, 1)


@pytest.mark.parametrize(
    ("data", "hexadecimal"),
    [
        (encode_heart_rate(72, contact=None), "00 48"),
        (encode_heart_rate(72, contact=False), "04 48"),
        (encode_heart_rate(72, contact=True), "06 48"),
        (encode_heart_rate(255, contact=None), "00 ff"),
        (encode_heart_rate(256, contact=None), "01 00 01"),
        (encode_heart_rate(72, contact=None, energy_kj=0x1234), "08 48 34 12"),
        (encode_heart_rate(72, contact=True, rr_ticks=[1024, 70000]), "16 48 00 04 ff ff"),
        (encode_heart_rate(300, contact=True, energy_kj=1, rr_ticks=[2]), "1f 2c 01 01 00 02 00"),
    ],
)
def test_a_measurement_is_encoded_as_the_service_says(data: bytes, hexadecimal: str) -> None:
    assert data == bytes.fromhex(hexadecimal)


@pytest.mark.parametrize(
    ("heart_rate", "energy_kj", "fits"), [(60, None, 9), (60, 1, 8), (300, None, 8), (300, 1, 7)]
)
def test_the_latest_intervals_that_fit_are_sent(heart_rate: int, energy_kj: int | None, fits: int) -> None:
    data = encode_heart_rate(heart_rate, contact=True, energy_kj=energy_kj, rr_ticks=range(1, 13))
    assert len(data) <= 20
    assert struct.unpack(f"<{fits}H", data[-2 * fits :]) == tuple(range(13 - fits, 13))


def test_a_strap_begins_with_location_and_battery_and_tells_the_battery_each_minute() -> None:
    strap = Strap(RESTING, battery_pct=87)
    assert [packet.channel for packet in strap.packets(0)] == ["2a38", "2a19", "2a37"]
    assert strap.packets(0)[:2] == strap.greeting(0) == (Packet("2a38", b"\x01"), Packet("2a19", b"\x57"))
    told = [k for k in range(1, 200) if any(packet.channel == "2a19" for packet in strap.packets(k))]
    assert told == [60, 120, 180]


def test_the_battery_runs_down_and_stays_empty() -> None:
    strap = Strap(RESTING, battery_pct=2)
    assert [strap.greeting(s)[1].data[0] for s in (0, BATTERY_LIFE_S // 100, BATTERY_LIFE_S)] == [2, 1, 0]


def test_silence_says_nothing_and_time_goes_on() -> None:
    silent, other = Strap(RESTING, silent=Spell(3, 2)), Strap(RESTING)
    assert [bool(silent.packets(k)) for k in range(7)] == [True, True, True, False, False, True, True]
    assert silent.greeting(4) == ()
    assert silent.packets(6) == other.packets(6)
    assert not any(Strap(RESTING, silent=Spell(0)).packets(k) for k in range(100))


def test_without_contact_there_is_no_reading() -> None:
    strap = Strap(RESTING, contact_lost=Spell(1, 1))
    assert strap.packets(1) == (Packet("2a37", b"\x04\x00"),)
    assert strap.packets(2) == Strap(RESTING).packets(2)


def test_energy_is_told_every_tenth_second_and_grows() -> None:
    strap = Strap(Heart(Profile.EXERCISE, 1), energy=True)
    told = {k: data for k in range(1, 31) if (data := strap.packets(k)[0].data)[0] & 0x08}
    assert {k: int.from_bytes(data[2:4], "little") for k, data in told.items()} == {10: 7, 20: 14, 30: 21}
    contact_lost = Strap(RESTING, energy=True, contact_lost=Spell(0))
    assert contact_lost.packets(60)[0] == Packet("2a37", bytes.fromhex("0c 00 05 00"))


@given(st.sampled_from(Profile), st.integers(0, 1000), st.sampled_from([0.0, 0.1]), st.integers(1, 5000))
@settings(max_examples=40)
def test_the_bytes_give_back_the_beats(profile: Profile, seed: int, ectopic: float, start: int) -> None:
    """Decoded by hand: the intervals add up to the beats, within a tick of 1/1024 s, however long."""
    heart = Heart(profile, seed, ectopic)
    strap = Strap(heart)
    ticks: list[int] = []
    for second in range(start, start + 30):
        data = strap.packets(second)[0].data
        assert data[0] in {0x06, 0x16}
        assert abs(data[1] - heart.rate_at(second)) <= 0.5
        ticks += struct.unpack(f"<{len(data) // 2 - 1}H", data[2:])
    beats = heart.beats(start - 1, start + 29)
    assert len(ticks) == len(beats)
    at_ticks = beats[0].previous_s * 1024
    for interval, beat in zip(ticks, beats, strict=True):
        at_ticks += interval
        assert abs(at_ticks - beat.time_s * 1024) <= 1
