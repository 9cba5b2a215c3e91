from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edged.model import NS_PER_S, Packet
from edged.sim.h10 import H10
from edged.sim.physiology import Heart, Profile
from edged.sim.pmd import (
    CONTROL_POINT,
    PAYLOAD_BYTES,
    UNSET_CLOCK_NS,
    MeasurementService,
    MeasurementType,
    encode_deltas,
    frame,
    stepped,
)
from edged.sim.strap import Strap
from edged.sim.verity import Verity

HEART = Heart(Profile.RESTING, 1)
H10_SERVICE = H10.on(Strap(HEART)).service
VERITY_SERVICE = Verity.on(HEART).service

START_ECG = "02 00 00 01 82 00 01 01 0e 00"
START_ACC = "02 02 00 01 c8 00 01 01 10 00 02 01 08 00"


def answers(service: MeasurementService, *commands: str) -> list[str]:
    """Return what it answers to commands, written half a second apart."""
    for n, command in enumerate(commands):
        service = service.written(bytes.fromhex(command), n * NS_PER_S // 2)
    return [answer.data.hex(" ") for answer in service.answers]


@pytest.mark.parametrize(
    ("service", "command", "answer"),
    [
        (H10_SERVICE, "01 00", "f0 01 00 00 00 00 01 82 00 01 01 0e 00"),
        (
            H10_SERVICE,
            "01 02",
            "f0 01 02 00 00 00 04 19 00 32 00 64 00 c8 00 01 01 10 00 02 03 02 00 04 00 08 00",
        ),
        (VERITY_SERVICE, "01 01", "f0 01 01 00 00 00 01 37 00 01 01 16 00 04 01 04"),
        (VERITY_SERVICE, "01 03", "f0 01 03 00 00"),
        (H10_SERVICE, START_ECG, "f0 02 00 00 00"),
        (H10_SERVICE, "02 00", "f0 02 00 00 00"),  # there is nothing to choose
        (H10_SERVICE, START_ACC, "f0 02 02 00 00"),
        (H10_SERVICE, "02 02 02 01 08 00 00 01 c8 00 01 01 10 00", "f0 02 02 00 00"),  # in any order
        (VERITY_SERVICE, "02 01 00 01 37 00 01 01 16 00 04 01 04", "f0 02 01 00 00 05 01 00 00 80 3f"),
        (VERITY_SERVICE, "02 03", "f0 02 03 00 00"),
        (H10_SERVICE, "", "f0 00 00 01 00"),
        (H10_SERVICE, "09 00", "f0 09 00 01 00"),
        (H10_SERVICE, "01 3e", "f0 01 3e 02 00"),
        (H10_SERVICE, "01 01", "f0 01 01 03 00"),  # no light in a strap
        (H10_SERVICE, "02 80", "f0 02 80 03 00"),  # a recording to be kept in the device
        (H10_SERVICE, "01", "f0 01 00 04 00"),
        (H10_SERVICE, "01 00 00", "f0 01 00 04 00"),
        (H10_SERVICE, "02 00 00", "f0 02 00 04 00"),
        (H10_SERVICE, "02 00 00 01 82", "f0 02 00 04 00"),
        (H10_SERVICE, "02 00 02 01 08 00", "f0 02 00 05 00"),  # it has no range
        (H10_SERVICE, "02 00 00 02 82 00 82 00", "f0 02 00 05 00"),
        (H10_SERVICE, "02 02 00 01 c8 00", "f0 02 02 05 00"),  # a range has to be chosen
        (H10_SERVICE, "03 00", "f0 03 00 06 00"),
        (H10_SERVICE, "02 00 01 01 10 00", "f0 02 00 07 00"),
        (H10_SERVICE, "02 02 00 01 c9 00 02 01 08 00", "f0 02 02 08 00"),
        (H10_SERVICE, "02 02 00 01 c8 00 02 01 10 00", "f0 02 02 09 00"),
        (VERITY_SERVICE, "02 01 04 01 03", "f0 02 01 0b 00"),
    ],
)
def test_a_command_is_answered_as_the_devices_do(
    service: MeasurementService, command: str, answer: str
) -> None:
    assert answers(service, command) == [answer]


def test_what_runs_is_not_started_twice_and_can_be_stopped_once() -> None:
    told = answers(H10_SERVICE, START_ECG, START_ECG, "03 00", "03 00", START_ECG)
    assert [bytes.fromhex(answer)[3] for answer in told] == [0, 6, 0, 6, 0]


def test_what_can_be_measured_is_read_from_the_control_point() -> None:
    assert H10_SERVICE.features == bytes.fromhex("0f 05") + bytes(15)
    assert VERITY_SERVICE.features == bytes.fromhex("0f 0e") + bytes(15)


def test_an_answer_takes_some_milliseconds_and_answers_keep_their_order() -> None:
    service = H10_SERVICE
    for _ in range(40):
        service = service.written(b"\x01\x00", NS_PER_S)
    stamps = [answer.mono_ns for answer in service.answers]
    assert NS_PER_S < stamps[0] < stamps[-1] < NS_PER_S + 50_000_000
    assert stamps == sorted(set(stamps))
    assert len(stamps) == 16  # no more are kept than may be under way


@given(st.binary(max_size=40))
@settings(max_examples=300)
def test_every_command_is_answered(data: bytes) -> None:
    for service in (H10_SERVICE, VERITY_SERVICE):
        answer = service.written(data, 0).answers[0]
        assert answer.channel == CONTROL_POINT
        assert answer.data[:3] == b"\xf0" + (data + b"\0\0")[:2]


def test_a_frame_has_type_timestamp_and_frame_type() -> None:
    data = frame(MeasurementType.ECG, UNSET_CLOCK_NS, 0, b"\x01\x02\x03")
    assert data == bytes.fromhex("00 00 00 a4 39 93 43 52 08 00 01 02 03")


def test_a_stepped_clock_changes_the_timestamp_alone() -> None:
    data = frame(MeasurementType.ACC, 10 * NS_PER_S, 1, b"\x05")
    assert stepped(data, -3 * NS_PER_S) == frame(MeasurementType.ACC, 7 * NS_PER_S, 1, b"\x05")
    assert stepped(data, -11 * NS_PER_S) == frame(MeasurementType.ACC, 1, 1, b"\x05")
    without = frame(MeasurementType.PPI, 0, 0, b"")
    assert stepped(without, NS_PER_S) == without
    assert stepped(b"\x00", NS_PER_S) == b"\x00"


@pytest.mark.parametrize(
    ("samples", "hexadecimal"),
    [
        ([[1, -1, 0]], "01 00 00 ff ff ff 00 00 00"),
        # differences 1, -1, 0 and -4, 3, 2: three bits each, the first in the lowest ones
        ([[0, 0, 0], [1, -1, 0], [-3, 2, 2]], "00" * 9 + "03 02 39 38 01"),
        ([[5], [5]], "05 00 00 01 01 00"),
        ([[0], [-128], [-127]], "00 00 00 08 02 80 01"),
    ],
)
def test_samples_are_packed_as_differences(samples: list[list[int]], hexadecimal: str) -> None:
    assert encode_deltas(samples, 3) == bytes.fromhex(hexadecimal)


@dataclass
class Unpacked:
    """Undoes the packing bit by bit, as plainly as it can be done."""

    data: bytes
    channels: int
    value_bytes: int

    def samples(self) -> list[list[int]]:
        at = self.channels * self.value_bytes
        rows = [
            [
                int.from_bytes(self.data[c * self.value_bytes :][: self.value_bytes], "little", signed=True)
                for c in range(self.channels)
            ]
        ]
        while at < len(self.data):
            width, count = self.data[at : at + 2]
            size = -(-width * count * self.channels // 8)
            text = "".join(f"{byte:08b}"[::-1] for byte in self.data[at + 2 : at + 2 + size])
            at += 2 + size
            for n in range(count):
                row = []
                for c in range(self.channels):
                    begin = (n * self.channels + c) * width
                    bits = text[begin : begin + width][::-1]
                    delta = int(bits, 2) - (1 << width if bits[0] == "1" else 0)
                    row.append(rows[-1][c] + delta)
                rows.append(row)
        return rows


@given(
    st.integers(1, 5).flatmap(
        lambda channels: st.lists(
            st.lists(st.integers(-(2**22), 2**22 - 1), min_size=channels, max_size=channels),
            min_size=1,
            max_size=40,
        )
    ),
    st.integers(1, 20),
)
def test_packed_samples_come_out_as_they_were(samples: list[list[int]], block: int) -> None:
    packed = encode_deltas(samples, 3, block)
    assert Unpacked(packed, len(samples[0]), 3).samples() == samples


def test_every_frame_fits_into_a_notification() -> None:
    for profile in Profile:
        heart = Heart(profile, 2, 0.1)
        h10, verity = H10.on(Strap(heart)), Verity.on(heart)
        for command in (START_ECG, START_ACC):
            h10 = h10.written(Packet(CONTROL_POINT, bytes.fromhex(command)), 0)
        for command in ("02 01", "02 02", "02 03"):
            verity = verity.written(Packet(CONTROL_POINT, bytes.fromhex(command)), 0)
        for device in (h10, verity):
            told = device.notifications(0, 120 * NS_PER_S)
            assert max(len(packet.data) for packet in told) <= PAYLOAD_BYTES
