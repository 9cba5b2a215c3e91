import struct

import numpy as np
from numpy.typing import NDArray

from edged.model import NS_PER_S, Packet
from edged.sim.battery import Battery
from edged.sim.physiology import Heart, Profile
from edged.sim.pmd import CONTROL_POINT, DATA
from edged.sim.spell import NEVER, Spell, Stretch
from edged.sim.verity import Verity
from tests.sim.test_pmd import Unpacked

HEART = Heart(Profile.RESTING, 1)


def verity(*commands: str, heart: Heart = HEART, lost: Stretch = NEVER) -> Verity:
    device = Verity.on(heart, Battery(90), lost)
    for command in commands:
        device = device.written(Packet(CONTROL_POINT, bytes.fromhex(command)), 0)
    return device


def told(device: Verity, start_s: int, end_s: int, channel: str = DATA) -> list[Packet]:
    packets = device.notifications(start_s * NS_PER_S, end_s * NS_PER_S)
    return [packet for packet in packets if packet.channel == channel]


def light(packets: list[Packet]) -> NDArray[np.float64]:
    return np.array([row for p in packets for row in Unpacked(p.data[10:], 4, 3).samples()], dtype=float)


def test_its_heart_rate_tells_neither_contact_nor_intervals() -> None:
    packets = told(verity(lost=Spell(0)), 0, 30, "2a37")
    assert len(packets) == 30
    assert all(packet.data == bytes((0, round(HEART.rate_at(n)))) for n, packet in enumerate(packets))


def test_its_heart_rate_is_slow_while_it_measures_intervals() -> None:
    rates = [
        packet.data[1] for packet in told(verity("02 03", heart=Heart(Profile.EXERCISE, 1)), 0, 60, "2a37")
    ]
    assert rates == [rate for rate in rates[::5] for _ in range(5)]


def test_it_says_what_it_is() -> None:
    device = verity()
    held = {channel: device.read(channel, 0) for channel in device.readable}
    assert held["2a24"] == b"Simulated Verity Sense"
    assert held["2a19"] == b"\x5a"
    assert held["2a38"] == b"\x00"
    assert held[CONTROL_POINT] == b"\x0f\x0e" + bytes(15)
    assert [packet.data for packet in told(device, 0, 61, "2a19")] == [b"\x5a"]


def test_light_is_sent_as_differences_at_55_hz() -> None:
    packets = told(verity("02 01"), 0, 60)
    assert {(packet.data[0], packet.data[9]) for packet in packets} == {(1, 0x80)}
    assert {len(Unpacked(packet.data[10:], 4, 3).samples()) for packet in packets} == {28}
    assert 28 * len(packets) / 60 > 54


def test_the_pulse_follows_the_heart() -> None:
    """Each beat is followed by one systolic peak, as late as the transit time and the rise take."""
    packets = told(verity("02 01"), 0, 60)
    wave = light(packets)[:, 0]
    times = (np.arange(len(wave)) + 1) / (55 * 130.1 / 130)
    for beat in HEART.beats(2, 55):
        after = (times > beat.time_s + 0.1) & (times < beat.time_s + 0.75)
        late_s = float(times[after][wave[after].argmax()]) - beat.time_s
        assert 0.25 < late_s < 0.45


def test_off_the_skin_there_is_ambient_light_only() -> None:
    values = light(told(verity("02 01", lost=Spell(10)), 12, 20))
    assert np.abs(values - 12_000).max() < 200


def test_acceleration_is_packed() -> None:
    packets = told(verity("02 02"), 0, 20)
    assert {(packet.data[0], packet.data[9]) for packet in packets} == {(2, 0x81)}
    table = np.array([row for p in packets for row in Unpacked(p.data[10:], 3, 2).samples()], dtype=float)
    assert abs(np.linalg.norm(table, axis=1).mean() - 1000) < 10


def test_intervals_come_after_25_s_and_then_every_5_s() -> None:
    packets = told(verity("02 03", lost=Spell(40, 5)), 0, 61)
    assert [round(packet.mono_ns / NS_PER_S) for packet in packets] == [25, 30, 35, 40, 45, 50, 55, 60]
    assert {packet.data[:10] for packet in packets} == {b"\x03" + bytes(9)}  # without a timestamp
    told_ms, errors_ms, flags = [], [], []
    for packet in packets:
        for _, interval_ms, error_ms, flag in struct.iter_unpack("<BHHB", packet.data[10:]):
            told_ms.append(interval_ms)
            errors_ms.append(error_ms)
            flags.append(flag)
    beats = HEART.beats(20, 60)
    assert len(told_ms) == len(beats)
    assert all(
        abs(ms - 1000 * beat.interval_s) <= error_ms
        for ms, error_ms, beat in zip(told_ms, errors_ms, beats, strict=True)
    )
    assert [flag for flag, beat in zip(flags, beats, strict=True) if 40 <= beat.time_s < 45] == [5] * sum(
        40 <= beat.time_s < 45 for beat in beats
    )
    assert set(flags) == {5, 6}
