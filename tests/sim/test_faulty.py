from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edged.model import NS_PER_S, Packet
from edged.sim.fault_script import parse_faults
from edged.sim.faults import FaultKind, Faults
from edged.sim.faulty import FaultyDevice
from edged.sim.h10 import H10
from edged.sim.physiology import Heart, Profile
from edged.sim.pmd import CONTROL_POINT, DATA
from edged.sim.strap import Strap

HEART = Heart(Profile.RESTING, 1)
START_ECG = Packet(CONTROL_POINT, bytes.fromhex("02 00 00 01 82 00 01 01 0e 00"))
START_ACC = Packet(CONTROL_POINT, bytes.fromhex("02 02 00 01 32 00 02 01 08 00"))
PLAIN = H10.on(Strap(HEART)).written(START_ECG, 0).written(START_ACC, 0)


def faulty(script: str, device: H10 = PLAIN) -> FaultyDevice:
    return FaultyDevice(device, Faults(parse_faults(script)))


def told(device: FaultyDevice | H10, start_s: float, end_s: float, *channels: str) -> list[Packet]:
    packets = device.notifications(round(start_s * NS_PER_S), round(end_s * NS_PER_S))
    return [packet for packet in packets if not channels or packet.channel in channels]


def measured(packets: list[Packet], measurement: int) -> list[Packet]:
    return [packet for packet in packets if packet.channel == DATA and packet.data[0] == measurement]


def timestamp_ns(packet: Packet) -> int:
    return int.from_bytes(packet.data[1:9], "little")


def test_without_faults_it_is_the_device() -> None:
    assert told(faulty(""), 0, 30) == told(PLAIN, 0, 30)
    assert faulty("").readable == PLAIN.readable
    assert faulty("").writable == PLAIN.writable


def test_what_is_dropped_is_missing_and_answers_still_come_after_it() -> None:
    assert told(faulty("drop@5+2"), 0, 20) == told(PLAIN, 0, 5) + told(PLAIN, 7, 20)
    assert faulty("drop@5+2").read("2a19", 6 * NS_PER_S) == b"\x64"


def test_a_share_is_dropped() -> None:
    left = told(faulty("drop@0+1000=0.3"), 0, 200)
    assert len(left) / len(told(PLAIN, 0, 200)) == pytest.approx(0.7, abs=0.05)


def test_the_next_of_each_kind_comes_twice() -> None:
    twice = told(faulty("dup@5"), 0, 20)
    plain = told(PLAIN, 0, 20)
    again = [
        packet
        for n, packet in enumerate(twice)
        if packet.data in {p.data for p in twice[:n] if p.channel == DATA}
    ]
    assert {packet.data[0] for packet in again} == {0, 2}
    assert len(twice) == len(plain) + 3
    nexts = [next(p for p in measured(plain, kind) if p.mono_ns >= 5 * NS_PER_S) for kind in (0, 2)]
    assert {packet.data for packet in again} == {packet.data for packet in nexts}


def test_all_of_a_length_come_twice() -> None:
    within = told(PLAIN, 5, 8)
    assert len(told(faulty("dup@5+3"), 0, 20)) == len(told(PLAIN, 0, 20)) + len(within)


def test_two_frames_are_swapped() -> None:
    plain, swapped = (measured(told(device, 0, 20), 0) for device in (PLAIN, faulty("swap@5")))
    at = next(n for n, packet in enumerate(plain) if packet.mono_ns >= 5 * NS_PER_S)
    assert [p.data for p in swapped[:at]] == [p.data for p in plain[:at]]
    assert [p.data for p in swapped[at : at + 2]] == [plain[at + 1].data, plain[at].data]
    assert [p.data for p in swapped[at + 2 :]] == [p.data for p in plain[at + 2 :]]
    assert [p.mono_ns for p in swapped] == sorted(p.mono_ns for p in swapped)


@pytest.mark.parametrize(("script", "step_s"), [("jump@5-3600", -3600), ("jump@5+2.5", 2.5)])
def test_the_clock_jumps_for_good_and_nothing_else_changes(script: str, step_s: float) -> None:
    plain, jumped = told(PLAIN, 0, 100, DATA), told(faulty(script), 0, 100, DATA)
    for before, after in zip(plain, jumped, strict=True):
        step_ns = round(step_s * NS_PER_S) if before.mono_ns >= 5 * NS_PER_S else 0
        assert timestamp_ns(after) == timestamp_ns(before) + step_ns
        assert replace(after, data=after.data[9:]) == replace(before, data=before.data[9:])


def test_garbage_is_cut_off_or_random() -> None:
    plain, spoilt = told(PLAIN, 0, 30), told(faulty("garbage@10+5"), 0, 30)
    assert [p.mono_ns for p in plain] == [p.mono_ns for p in spoilt]
    pairs = [(before, after) for before, after in zip(plain, spoilt, strict=True) if before != after]
    assert all(10 <= before.mono_ns / NS_PER_S < 15 for before, _ in pairs)
    assert len(pairs) >= len(told(PLAIN, 10, 15)) - 3
    assert any(after.data == before.data[: len(after.data)] for before, after in pairs)
    assert any(len(after.data) == len(before.data) for before, after in pairs)
    assert any(len(after.data) != len(before.data) for before, after in pairs)
    assert told(faulty("garbage@10+5"), 0, 30) == spoilt


def test_one_packet_of_each_kind_is_garbage() -> None:
    plain, spoilt = told(PLAIN, 0, 30), told(faulty("garbage@10"), 0, 30)
    assert sum(before != after for before, after in zip(plain, spoilt, strict=True)) == 3


def test_while_it_is_silent_it_neither_speaks_nor_answers() -> None:
    device = faulty("silence@5+10")
    assert told(device, 5, 15) == []
    assert told(device, 15, 20) == told(PLAIN, 15, 20)
    assert [device.read("2a24", s * NS_PER_S) for s in (4, 5, 15)] == [
        b"Simulated H10",
        None,
        b"Simulated H10",
    ]
    stop = Packet(CONTROL_POINT, b"\x03\x00")
    assert device.written(stop, 6 * NS_PER_S) == device
    assert device.written(stop, 4 * NS_PER_S) != device


def test_contact_and_battery_are_the_device_s_own() -> None:
    faults = Faults(parse_faults("contact@3+2,battery@60=8"))
    strap = Strap(HEART, contact_lost=faults.stretch(FaultKind.CONTACT), battery_falls=faults.battery_falls)
    device = FaultyDevice(H10.on(strap), faults)
    flags = [packet.data[0] & 6 for packet in told(device, 0, 7, "2a37")]
    assert flags == [6, 6, 6, 4, 4, 6, 6]
    assert [packet.data[0] for packet in told(device, 0, 121, "2a19")] == [8, 8]
    assert device.read("2a19", 59 * NS_PER_S) == b"\x64"


@given(
    st.sampled_from(
        [
            "drop@4+3=0.5,swap@5,dup@5.5,garbage@9",
            "swap@3,swap@3.2,swap@4.1,dup@4",
            "swap@2/1.1,dup@1/1.7",
            "garbage@2+4,dup@3+4,jump@5+10,silence@8+1",
            "jump@1-5/3,drop@6+1/4",
            "",
        ]
    ),
    st.integers(0, 3),
    st.floats(0, 10),
    st.lists(st.floats(0.001, 3), min_size=1, max_size=8),
)
@settings(max_examples=80)
def test_the_same_arrives_however_the_time_is_cut(
    script: str, seed: int, start_s: float, cuts: list[float]
) -> None:
    faults = Faults(parse_faults(script), seed, 0.2 if seed else 0.0)
    device = FaultyDevice(PLAIN, faults, seed)
    at_ns = start_ns = round(start_s * NS_PER_S)
    pieces: list[Packet] = []
    for cut in cuts:
        pieces += device.notifications(at_ns, at_ns + round(cut * NS_PER_S))
        at_ns += round(cut * NS_PER_S)
    assert tuple(pieces) == device.notifications(start_ns, at_ns)
