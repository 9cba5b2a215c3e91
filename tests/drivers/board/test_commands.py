"""Commands to a board: literal frames of each."""

import pytest

from drivers.decoders.board.commands import (
    TYPES,
    Command,
    Identify,
    Reboot,
    SendStats,
    SetBaud,
    SetRate,
    Start,
    Stop,
    Test,
    Time,
    frame,
    parse,
)
from drivers.decoders.board.frame import Frame
from drivers.decoders.board.vocabulary import TestPattern
from drivers.decoders.fault import MalformedPacket
from tests.drivers.board.vectors import VECTORS
from tests.drivers.board.vectors import frame as vector_frame

COMMANDS: dict[str, tuple[Command, int]] = {
    "identify": (Identify(), 0x0100),
    "set rate": (SetRate(stream=0, rate_mhz=250_000), 0x0101),
    "start": (Start(mask=0b111), 0x0102),
    "stop": (Stop(mask=0b010), 0x0103),
    "time": (Time(host_us=123_456), 0x0104),
    "set baud": (SetBaud(baud=1_000_000), 0x0105),
    "test": (Test(TestPattern.RAMP), 0x0106),
    "send stats": (SendStats(), 0x0107),
    "reboot": (Reboot(), 0xFFFF),
}

every_command = pytest.mark.parametrize(
    ("name", "command", "request_id"), [(name, *value) for name, value in COMMANDS.items()], ids=COMMANDS
)


@every_command
def test_writes(name: str, command: Command, request_id: int) -> None:
    assert frame(command, request_id).pack() == VECTORS[name].wire


@every_command
def test_reads(name: str, command: Command, request_id: int) -> None:
    read = vector_frame(name)
    assert read.sequence == request_id
    assert parse(read) == command
    assert parse(Frame(read.kind, read.stream, read.sequence, read.payload + b"\x01")) == command


@pytest.mark.parametrize("name", COMMANDS)
def test_arguments_that_end_early(name: str) -> None:
    command, request_id = COMMANDS[name]
    payload = command.pack()
    for length in range(len(payload)):
        with pytest.raises(MalformedPacket, match=f"{length} bytes of arguments"):
            parse(Frame(TYPES[type(command)], 0xFF, request_id, payload[:length]))


def test_every_command_has_a_vector() -> None:
    assert {type(command) for command, _ in COMMANDS.values()} == set(TYPES)


def test_a_type_not_known_is_nothing() -> None:
    assert parse(vector_frame("a type not known")) is None
