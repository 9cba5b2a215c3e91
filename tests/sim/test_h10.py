import struct
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edged.model import NS_PER_S, Packet
from edged.sim.h10 import H10
from edged.sim.physiology import Heart, Profile
from edged.sim.pmd import CONTROL_POINT, DATA
from edged.sim.spell import Spell
from edged.sim.strap import Strap

START_ECG = bytes.fromhex("02 00 00 01 82 00 01 01 0e 00")
STOP_ECG = bytes.fromhex("03 00")
UNSET_CLOCK_S = 599_616_000


def start_acc(rate_hz: int = 200) -> bytes:
    return bytes.fromhex("02 02 00 01") + rate_hz.to_bytes(2, "little") + bytes.fromhex("02 01 08 00")


def h10(*commands: bytes, heart: Heart | None = None, at_s: float = 0.0, lost: Spell | None = None) -> H10:
    worn = Strap(heart or Heart(Profile.RESTING, 1), contact_lost=lost or Spell())
    device = H10.on(worn)
    for command in commands:
        device = device.written(Packet(CONTROL_POINT, command), round(at_s * NS_PER_S))
    return device


def told(device: H10, start_s: float, end_s: float, channel: str = DATA) -> list[Packet]:
    packets = device.notifications(round(start_s * NS_PER_S), round(end_s * NS_PER_S))
    return [packet for packet in packets if packet.channel == channel]


def timestamp_s(packet: Packet) -> float:
    return (int.from_bytes(packet.data[1:9], "little") - UNSET_CLOCK_S * NS_PER_S) / NS_PER_S


def ecg_uv(packets: list[Packet]) -> list[int]:
    return [
        int.from_bytes(packet.data[at : at + 3], "little", signed=True)
        for packet in packets
        for at in range(10, len(packet.data), 3)
    ]


def test_before_it_is_told_to_it_is_a_strap_only() -> None:
    strap = Strap(Heart(Profile.RESTING, 1))
    assert h10().notifications(0, 100 * NS_PER_S) == strap.notifications(0, 100 * NS_PER_S)


def test_it_says_what_it_is() -> None:
    device = h10()
    assert {channel: device.read(channel, 0) for channel in device.readable} == {
        "2a38": b"\x01",
        "2a19": b"\x64",
        "2a29": b"edged",
        "2a24": b"Simulated H10",
        "2a25": b"02D66C3E",
        "2a26": b"1.0.0",
        CONTROL_POINT: b"\x0f\x05" + bytes(15),
    }
    assert device.read("2a37", 0) is None
    assert h10(heart=Heart(Profile.RESTING, 2)).read("2a25", 0) != device.read("2a25", 0)


def test_a_frame_of_the_electrocardiogram() -> None:
    """Bytes written down once; a change of them changes every recorded simulation."""
    packet = told(h10(START_ECG), 0, 1)[0]
    assert len(packet.data) == 10 + 73 * 3
    assert packet.data[:28].hex(" ") == (
        "00 21 01 15 5b 93 43 52 08 00 cd 29 00 d6 28 00 f0 27 00 0f 27 00 47 26 00 68 25 00"
    )


def test_the_capture_begins_far_off_and_settles() -> None:
    values = ecg_uv(told(h10(START_ECG, at_s=5.0), 0, 15))
    assert 10_000 < values[0] < 11_500
    assert max(map(abs, values[3 * 130 :])) < 2_500


def test_frames_come_only_while_started() -> None:
    device = h10(START_ECG, at_s=2.0)
    assert told(device, 0, 2.5) == []
    assert len(told(device, 2.5, 10)) == 14
    device = device.written(Packet(CONTROL_POINT, STOP_ECG), 10 * NS_PER_S)
    assert told(device, 10, 20) == []
    assert [answer.data.hex() for answer in told(device, 0, 20, CONTROL_POINT)] == [
        "f002000000",
        "f003000000",
    ]


def test_a_command_for_elsewhere_changes_nothing() -> None:
    device = h10()
    assert device.written(Packet("2a37", START_ECG), 0) == device


def test_a_frame_is_stamped_with_its_last_sample_by_a_clock_nobody_set() -> None:
    for packet in told(h10(START_ECG, start_acc(), at_s=100.0), 100, 160):
        late_s = packet.mono_ns / NS_PER_S - timestamp_s(packet)
        assert 0.003 < late_s < 0.036  # the radio's delay, and a clock some ppm wrong


@pytest.mark.parametrize("seed", range(6))
def test_the_rate_is_a_little_more_than_it_says_and_drifts(seed: int) -> None:
    device = h10(START_ECG, heart=Heart(Profile.RESTING, seed))
    rates = []
    for start_s in range(0, 2400, 300):
        stamps = [timestamp_s(packet) for packet in told(device, start_s, start_s + 60)]
        rates.append(73 * (len(stamps) - 1) / (stamps[-1] - stamps[0]))
        assert np.ptp(np.diff(stamps)) < 5e-6
    assert 130.0 < min(rates) < max(rates) < 130.17
    assert 0.001 < max(rates) - min(rates) < 0.01


@pytest.mark.parametrize("rate_hz", [25, 50, 100, 200])
def test_acceleration_is_gravity_and_breath_at_rest(rate_hz: int) -> None:
    packets = told(h10(start_acc(rate_hz)), 0, 120)
    assert all(packet.data[0] == 2 and packet.data[9] == 1 and len(packet.data) == 226 for packet in packets)
    table = np.concatenate([np.frombuffer(packet.data[10:], "<i2").reshape(-1, 3) for packet in packets])
    assert len(table) / 120 == pytest.approx(rate_hz, rel=0.03)
    lengths = np.linalg.norm(table.astype(float), axis=1)
    assert abs(lengths.mean() - 1000) < 10
    assert lengths.std() < 15
    # The chest's tilt follows the breath, 0.22 to 0.28 Hz at rest.
    spectrum = np.abs(np.fft.rfft(table[:, 0] - table[:, 0].mean()))
    hz = np.fft.rfftfreq(len(table), 1 / rate_hz)
    assert 0.2 < hz[spectrum.argmax()] < 0.3


def test_exercise_shakes_the_sensor_within_its_range() -> None:
    device = h10(bytes.fromhex("02 02 00 01 32 00 02 01 02 00"), heart=Heart(Profile.EXERCISE, 3))
    table = np.concatenate([np.frombuffer(p.data[10:], "<i2") for p in told(device, 0, 30)]).reshape(-1, 3)
    assert table[:, 1].std() > 100
    assert np.abs(table).max() <= 2000


@pytest.mark.parametrize(("profile", "ectopic"), [(profile, 0.0) for profile in Profile] + [("resting", 0.1)])
def test_r_peaks_are_as_far_apart_as_the_intervals_say(profile: str, ectopic: float) -> None:
    """Peaks found in the bytes, intervals read from the bytes: within one sample."""
    device = h10(START_ECG, heart=Heart(Profile(profile), 5, ectopic))
    packets = told(device, 0, 90)
    values = np.array(ecg_uv(packets), dtype=float)
    stamps = np.concatenate([timestamp_s(packet) - np.arange(72, -1, -1) / 130.085 for packet in packets])
    settled = stamps > 5.0
    peaks = peak_times(values[settled], stamps[settled])
    rr_s = [
        ticks / 1024
        for packet in told(device, 0, 90, "2a37")
        for ticks in struct.unpack(f"<{len(packet.data) // 2 - 1}H", packet.data[2:])
    ]
    found = [after - before for before, after in pairwise(peaks)]
    begin = min(range(20), key=lambda n: sum(abs(a - b) for a, b in zip(found, rr_s[n:], strict=False)))
    pairs = list(zip(found, rr_s[begin:], strict=False))
    assert len(pairs) > 70
    assert max(abs(a - b) for a, b in pairs) <= 1 / 130 + 1 / 1024


def peak_times(values: np.ndarray[tuple[int], np.dtype[np.float64]], stamps: object) -> list[float]:
    """Return when the highest samples are of each stretch above half of the highest ones."""
    times = np.asarray(stamps)
    level = 0.5 * float(np.quantile(values, 0.995))
    peaks = list[int]()
    for at in np.flatnonzero(values > level):
        if not peaks or times[at] - times[peaks[-1]] > 0.2:
            peaks.append(int(at))
        elif values[at] > values[peaks[-1]]:
            peaks[-1] = int(at)
    return [float(times[at]) for at in peaks]


def test_without_contact_there_is_only_the_mains() -> None:
    device = h10(START_ECG, lost=Spell(20, 10))
    values = np.array(ecg_uv(told(device, 22, 29)), dtype=float)
    spectrum = np.abs(np.fft.rfft(values))
    assert np.fft.rfftfreq(len(values), 1 / 130.085)[spectrum.argmax()] == pytest.approx(50, abs=0.3)
    assert {packet.data for packet in told(device, 20, 30, "2a37")} == {b"\x04\x00"}


@given(
    st.integers(0, 2**53),
    st.floats(0, 50),
    st.lists(st.integers(1, 5 * NS_PER_S), min_size=1, max_size=6),
)
@settings(max_examples=30)
def test_notifications_are_the_same_however_the_time_is_cut(seed: int, at_s: float, cuts: list[int]) -> None:
    device = h10(START_ECG, start_acc(), heart=Heart(Profile.STRESS, seed), at_s=at_s)
    at_ns = start_ns = round(at_s * NS_PER_S)
    pieces: list[Packet] = []
    for cut in cuts:
        pieces += device.notifications(at_ns, at_ns + cut)
        at_ns += cut
    assert tuple(pieces) == device.notifications(start_ns, at_ns)
    assert [p.mono_ns for p in pieces] == sorted(p.mono_ns for p in pieces)
