"""The PMD control point: its bytes, and the dialogue as a table of what is told and what is answered."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.decoders.fault import MalformedPacket
from drivers.decoders.polar.control_point import (
    Response,
    ResponseCode,
    Settings,
    choose,
    factor,
    get_settings,
    in_words,
    parse_features,
    parse_settings,
    start,
    stop,
)
from drivers.decoders.polar.dialogue import ANSWER_NS, TRIES, Dialogue, Outcome, Refused, Started
from drivers.decoders.polar.measurement import MeasurementType, SettingType
from edged.model import NS_PER_S
from tests.drivers import pmd_encoder as pmd

ECG, PPG, ACC, PPI, GYRO, MAG = MeasurementType
RATE, RESOLUTION, RANGE, RANGE_MILLI_UNIT, CHANNELS, FACTOR = SettingType

H10_ECG = bytes.fromhex("00 01 8200 01 01 0e00")
H10_ACC = bytes.fromhex("00 04 1900 3200 6400 c800 01 01 1000 02 03 0200 0400 0800")
VERITY_ACC = bytes.fromhex("00 01 3400 01 01 1000 02 01 0800 04 01 03")

WANTED: Mapping[MeasurementType, Mapping[SettingType, int]] = {ECG: {RATE: 130}, ACC: {RATE: 60, RANGE: 8}}
BOTH = (ECG, ACC)


@pytest.mark.parametrize(
    ("hexadecimal", "features"),
    [
        ("0f 05 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", {ECG, ACC}),
        ("0f 6e 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00", {PPG, ACC, PPI, GYRO, MAG}),
        ("0f 00", set()),
        ("0f 90", set()),  # reserved, and skin temperature
    ],
)
def test_features(hexadecimal: str, features: set[MeasurementType]) -> None:
    assert parse_features(bytes.fromhex(hexadecimal)) == features


@pytest.mark.parametrize(
    ("hexadecimal", "response"),
    [
        ("f0 02 00 00 00", Response(2, 0, 0)),
        ("f0 02 02 09", Response(2, 2, 9)),
        ("f0 02 82 00 00 01", Response(2, 2, 0, parameters=b"\1")),
        ("f0 01 00 00 01 00 01", Response(1, 0, 0, has_more=True, parameters=b"\0\1")),
    ],
)
def test_answers(hexadecimal: str, response: Response) -> None:
    assert Response.parse(bytes.fromhex(hexadecimal)) == response


@pytest.mark.parametrize(
    ("parameters", "told"),
    [
        (b"", {}),
        (b"\1", {}),  # an H10 adds one
        (H10_ECG, {RATE: (130,), RESOLUTION: (14,)}),
        (H10_ACC, {RATE: (25, 50, 100, 200), RESOLUTION: (16,), RANGE: (2, 4, 8)}),
        (VERITY_ACC, {RATE: (52,), RESOLUTION: (16,), RANGE: (8,), CHANNELS: (3,)}),
        (
            bytes.fromhex("03 02 01000000 00000100 05 01 40da7f39"),
            {RANGE_MILLI_UNIT: (1, 65_536), FACTOR: (964_680_256,)},
        ),
        (bytes.fromhex("04 01 03 06 01 ff ff ff 00 01 8200"), {CHANNELS: (3,)}),  # 6 is not known
    ],
)
def test_settings(parameters: bytes, told: Settings) -> None:
    assert parse_settings(parameters) == told


@pytest.mark.parametrize("data", [b"", b"\x0f"])
def test_features_that_are_cut_off_are_refused(data: bytes) -> None:
    with pytest.raises(MalformedPacket, match="no features"):
        parse_features(data)


@pytest.mark.parametrize("end", range(4))
def test_answers_that_are_cut_off_are_refused(end: int) -> None:
    with pytest.raises(MalformedPacket, match=f"{end} bytes where an answer has at least 4"):
        Response.parse(bytes.fromhex("f0020000")[:end])


def test_settings_that_are_cut_off_are_refused() -> None:
    with pytest.raises(MalformedPacket, match="5 bytes where 4 values of setting 0"):
        parse_settings(H10_ACC[:7])


@given(st.binary(max_size=40))
def test_garbage_is_settings_or_refused(parameters: bytes) -> None:
    try:
        told = parse_settings(parameters)
    except MalformedPacket:
        return
    assert 0 < factor(told) < 4e38
    start(ACC, choose(told, WANTED[ACC]))


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, 1),
        ({FACTOR: ()}, 1),
        ({FACTOR: (0x397FDA40,)}, 0.000243999995291),
        ({FACTOR: (0,)}, 1),
        ({FACTOR: (0x7FC00000,)}, 1),  # not a number
        ({FACTOR: (0x7F800000,)}, 1),  # infinite
        ({FACTOR: (0xBF800000,)}, 1),  # negative
    ],
)
def test_factor(told: Settings, expected: float) -> None:
    assert factor(told) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("parameters", "wanted", "chosen"),
    [
        (H10_ECG, {RATE: 130}, "02 00 00 01 8200 01 01 0e00"),
        (H10_ACC, {RATE: 200, RANGE: 8}, "02 00 00 01 c800 01 01 1000 02 01 0800"),
        (H10_ACC, {RATE: 52, RANGE: 16}, "02 00 00 01 3200 01 01 1000 02 01 0800"),
        (H10_ACC, {RATE: 75, RANGE: 3}, "02 00 00 01 3200 01 01 1000 02 01 0200"),  # the lower of two as near
        (VERITY_ACC, {RATE: 50, RANGE: 8}, "02 00 00 01 3400 01 01 1000 02 01 0800 04 01 03"),
        (b"", {}, "02 00"),
    ],
)
def test_the_nearest_that_is_offered_is_chosen(
    parameters: bytes, wanted: Mapping[SettingType, int], chosen: str
) -> None:
    assert start(ECG, choose(parse_settings(parameters), wanted)) == bytes.fromhex(chosen)


def test_commands() -> None:
    assert (get_settings(ACC), start(PPI, {}), stop(MAG)) == (b"\1\2", b"\2\3", b"\3\6")


@pytest.mark.parametrize("code", [*ResponseCode, 99])
def test_every_answer_has_its_words(code: int) -> None:
    assert in_words(code).startswith(("the ", "it "))
    assert len({in_words(code) for code in range(20)}) == 20


class Device:
    """The other side of the dialogue, as a table: what it answers to which command."""

    def __init__(self, dialogue: Dialogue, answers: Mapping[str, list[bytes]]) -> None:
        self.dialogue = dialogue
        self.answers = {bytes.fromhex(command): told for command, told in answers.items()}
        self.now_ns = 0
        self.sent: list[str] = []
        self.outcomes: list[Outcome] = []

    def run(self, seconds: int, allowed: tuple[MeasurementType, ...] = BOTH) -> None:
        """Let a packet come each second, and answer what is asked."""
        for _ in range(seconds):
            self.now_ns += NS_PER_S
            for _ in range(20):
                command, outcomes = self.dialogue.next_command(allowed, self.now_ns)
                self.outcomes += outcomes
                if not command:
                    break
                self.sent.append(f"{self.now_ns // NS_PER_S} {command[:2].hex(' ')}")
                told = self.answers.get(command) or self.answers.get(command[:2], [])
                for answer in told:
                    self.outcomes += self.dialogue.answer(Response.parse(answer), self.now_ns)
            else:
                raise AssertionError("it goes round in circles")


def a_device(
    answers: Mapping[str, list[bytes]],
    wanted: Mapping[MeasurementType, Mapping[SettingType, int]] = WANTED,
    features: frozenset[MeasurementType] = frozenset(MeasurementType),
) -> Device:
    dialogue = Dialogue(wanted)
    dialogue.begin()
    device = Device(dialogue, answers)
    device.outcomes += dialogue.tell_features(features)
    return device


OBEDIENT = {
    "01 00": [pmd.answer(1, 0, 0, H10_ECG)],
    "02 00": [pmd.answer(2, 0)],
    "03 00": [pmd.answer(3, 0)],
    "01 02": [pmd.answer(1, 2, 0, H10_ACC)],
    "02 02": [pmd.answer(2, 2, 0, b"\1")],
    "03 02": [pmd.answer(3, 2)],
}
ECG_STARTED = Started(ECG, {RATE: 130, RESOLUTION: 14}, 1.0)
ACC_STARTED = Started(ACC, {RATE: 50, RESOLUTION: 16, RANGE: 8}, 1.0)


def test_settings_are_asked_for_and_then_it_is_started_one_after_the_other() -> None:
    device = a_device(OBEDIENT)
    device.run(3)
    assert device.sent == ["1 01 00", "1 02 00", "1 01 02", "1 02 02"]
    assert device.outcomes == [ECG_STARTED, ACC_STARTED]


def test_nothing_is_asked_before_the_features_are_there() -> None:
    dialogue = Dialogue(WANTED)
    dialogue.begin()
    assert dialogue.next_command(BOTH, NS_PER_S) == (b"", [])
    assert not dialogue.is_open


def test_only_one_command_is_out_at_a_time() -> None:
    device = a_device({})
    device.run(9)
    assert device.sent == ["1 01 00"]


def test_an_answer_in_pieces() -> None:
    pieces = [pmd.answer(1, 2, 0, H10_ACC[:5], more=True), pmd.answer(1, 2, 0, H10_ACC[5:])]
    device = a_device({**OBEDIENT, "01 02": pieces})
    device.run(1)
    assert device.outcomes == [ECG_STARTED, ACC_STARTED]


def test_a_piece_of_an_answer_is_forgotten_when_it_is_asked_for_again() -> None:
    device = a_device({"01 02": [pmd.answer(1, 2, 0, H10_ACC[:5], more=True)]}, wanted={ACC: {RATE: 50}})
    device.run(5, (ACC,))
    device.answers = {bytes.fromhex(command): told for command, told in OBEDIENT.items()}
    device.run(10, (ACC,))
    assert device.sent == ["1 01 02", "11 01 02", "11 02 02"]
    assert device.outcomes == [Started(ACC, {RATE: 50, RESOLUTION: 16, RANGE: 8}, 1.0)]


def test_what_was_started_is_asked_for_soon_when_it_is_refused_again() -> None:
    device = a_device({**OBEDIENT, "02 00": [pmd.answer(2, 0, 12)]}, wanted={ECG: {}})
    device.run(100, (ECG,))
    device.answers = {bytes.fromhex(command): told for command, told in OBEDIENT.items()}
    device.run(200, (ECG,))
    (again,) = device.dialogue.tell_stopped(frozenset({ECG}), device.now_ns)
    assert again == Refused(ECG, "the device ended it", 30)


def test_an_answer_without_end_is_refused() -> None:
    dialogue = Dialogue(WANTED)
    dialogue.tell_features(frozenset(WANTED))
    dialogue.next_command(BOTH, NS_PER_S)
    piece = Response(1, 0, 0, has_more=True, parameters=bytes(16))
    for _ in range(64):
        assert dialogue.answer(piece, NS_PER_S) == []
    with pytest.raises(MalformedPacket, match="without end"):
        dialogue.answer(piece, NS_PER_S)


def test_what_runs_already_runs() -> None:
    device = a_device({**OBEDIENT, "02 00": [pmd.answer(2, 0, 6)]})
    device.run(100)
    assert device.outcomes == [Started(ECG, {RATE: 130, RESOLUTION: 14}, None), ACC_STARTED]
    assert device.sent == ["1 01 00", "1 02 00", "1 01 02", "1 02 02"]


@pytest.mark.parametrize("code", [4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 200])
def test_what_is_refused_is_asked_for_again_ever_more_rarely(code: int) -> None:
    device = a_device({**OBEDIENT, "02 00": [pmd.answer(2, 0, code)]}, wanted={ECG: {RATE: 130}})
    device.run(1000, (ECG,))
    starts = [int(sent.split()[0]) for sent in device.sent if sent.endswith("02 00")]
    assert starts == [1, 31, 91, 211, 451, 751]
    assert device.outcomes == [
        Refused(ECG, in_words(code), retry_s) for retry_s in (30, 60, 120, 240, 300, 300)
    ]
    device.answers = {bytes.fromhex(command): told for command, told in OBEDIENT.items()}
    device.outcomes.clear()
    device.run(100, (ECG,))
    assert device.outcomes == [ECG_STARTED]


@pytest.mark.parametrize("code", [1, 2, 3])
@pytest.mark.parametrize("command", ["01 00", "02 00"])
def test_what_is_not_supported_is_not_asked_for_again_and_the_next_goes_on(code: int, command: str) -> None:
    answer = pmd.answer(int(command[:2]), 0, code)
    device = a_device({**OBEDIENT, command: [answer]})
    device.run(1000)
    assert device.outcomes == [Refused(ECG, in_words(code), None), ACC_STARTED]
    device.dialogue.begin()
    assert device.dialogue.tell_features(frozenset(MeasurementType)) == []
    device.sent.clear()
    device.run(10)
    assert [sent.split(" ", 1)[1] for sent in device.sent] == ["01 02", "02 02"]


def test_what_a_device_does_not_have_is_not_asked_for() -> None:
    device = a_device(OBEDIENT, features=frozenset({ACC}))
    device.run(100)
    assert device.outcomes == [Refused(ECG, "the device does not have it", None), ACC_STARTED]
    assert device.sent == ["1 01 02", "1 02 02"]


def test_a_command_without_an_answer_is_sent_three_times_more_and_then_refused() -> None:
    device = a_device({}, wanted={ECG: {}})
    device.run(80, (ECG,))
    assert TRIES == 4
    assert ANSWER_NS == 10 * NS_PER_S
    assert device.sent == ["1 01 00", "11 01 00", "21 01 00", "31 01 00", "71 01 00"]
    assert device.outcomes == [Refused(ECG, "the device does not answer", 30)]


def test_an_answer_to_nothing_that_was_asked_is_left_out() -> None:
    device = a_device(
        {"01 00": [pmd.answer(2, 0), pmd.answer(1, 2, 0, H10_ACC), pmd.answer(1, 0, 0, H10_ECG)]}
    )
    device.run(1)
    assert device.outcomes == []
    assert device.sent == ["1 01 00", "1 02 00"]


@pytest.mark.parametrize("code", [0, 6, 12])
def test_what_is_not_allowed_is_stopped_before_anything_is_started(code: int) -> None:
    device = a_device({**OBEDIENT, "03 02": [pmd.answer(3, 2, code)]})
    device.run(1)
    device.sent.clear()
    device.run(1, (ECG,))
    assert device.sent == ["2 03 02"]
    device.run(1, BOTH)
    assert device.sent == ["2 03 02", "3 02 02"]


def test_what_the_device_ends_is_asked_for_again() -> None:
    device = a_device(OBEDIENT)
    device.run(1)
    outcomes = device.dialogue.tell_stopped(frozenset({ACC, PPG}), NS_PER_S)
    assert outcomes == [Refused(ACC, "the device ended it", 30)]
    device.sent.clear()
    device.run(40)
    assert device.sent == ["31 01 02", "31 02 02"]


def test_what_is_to_be_started_anew_is_stopped_first() -> None:
    device = a_device(OBEDIENT)
    device.run(1)
    device.dialogue.start_anew(ACC)
    device.sent.clear()
    device.run(5)
    assert device.sent == ["2 03 02", "2 02 02"]


def test_a_new_connection_begins_from_the_start() -> None:
    device = a_device({})
    device.run(5)
    device.dialogue.begin()
    assert device.dialogue.next_command(BOTH, 6 * NS_PER_S) == (b"", [])
    device.dialogue.tell_features(frozenset(MeasurementType))
    device.answers = {bytes.fromhex(command): told for command, told in OBEDIENT.items()}
    device.run(1)
    assert device.sent == ["1 01 00", "6 01 00", "6 02 00", "6 01 02", "6 02 02"]
