"""The numbers of the protocol, which C and Python each have: the same, all of them."""

import re
from enum import Enum

import pytest

from drivers.decoders.board import frame, vocabulary
from drivers.decoders.board.samples import SampleFormat
from drivers.decoders.board.vocabulary import (
    Capability,
    ChannelFlags,
    ChannelKind,
    ChannelUnit,
    DataStatus,
    EventKind,
    MessageType,
    ResetCause,
    Result,
    TestPattern,
)
from tests.firmware.shared_object import FIRMWARE

SHORT = {
    "V": "VOLT",
    "MV": "MILLIVOLT",
    "UV": "MICROVOLT",
    "US": "MICROSIEMENS",
    "DEG_PER_S": "DEGREE_PER_SECOND",
    "NA": "NANOAMPERE",
}
"""Units, which C writes shorter."""


def c_constants() -> dict[str, int]:
    """Return every constant of the header's enums that needs no other."""
    text = re.sub(r"/\*.*?\*/", "", (FIRMWARE / "lib" / "protocol.h").read_text(), flags=re.DOTALL)
    constants = {}
    for body in re.findall(r"enum\s*\w*\s*\{(.*?)\}", text, re.DOTALL):
        following = 0
        for item in filter(None, (part.strip() for part in body.split(","))):
            name, _, value = (part.strip() for part in item.partition("="))
            if re.fullmatch(r"(0x[\dA-F]+|\d+)( << \d+)?", value):
                number, _, shift = value.partition(" << ")
                following = int(number, 0) << int(shift or 0)
            constants[name] = following
            following += 1
    return constants


@pytest.mark.parametrize(
    ("prefix", "numbers"),
    [
        ("TYPE_", MessageType),
        ("RESULT_", Result),
        ("STATUS_", DataStatus),
        ("RESET_", ResetCause),
        ("CAPABILITY_", Capability),
        ("FORMAT_", SampleFormat),
        ("KIND_", ChannelKind),
        ("UNIT_", ChannelUnit),
        ("CHANNEL_", ChannelFlags),
        ("EVENT_", EventKind),
        ("TEST_", TestPattern),
    ],
)
def test_the_same_numbers(prefix: str, numbers: type[Enum]) -> None:
    by_c = {
        name.removeprefix(prefix): value for name, value in c_constants().items() if name.startswith(prefix)
    }
    by_c = {SHORT.get(name, name) if prefix == "UNIT_" else name: value for name, value in by_c.items()}
    assert by_c == {name: member.value for name, member in numbers.__members__.items()}


def test_the_same_limits() -> None:
    by_c = c_constants()
    assert by_c["FRAME_MAX"] == frame.FRAME_MAX
    assert by_c["STREAM_BOARD"] == frame.BOARD_STREAM
    assert by_c["PROTOCOL_MAJOR"] == vocabulary.PROTOCOL_MAJOR
