"""A board of the C library, asked and understood by the Python codec."""

from itertools import count

import numpy as np
import pytest

from drivers.decoders.board import commands, messages
from drivers.decoders.board.commands import Command, SetRate, Start, Stop, Test, Time
from drivers.decoders.board.frame import BOARD_STREAM, Damage, Frame, Framer
from drivers.decoders.board.messages import Ack, BoardEvent, ChannelDescriptor, Data, Hello, Stats
from drivers.decoders.board.samples import SampleFormat, ramp, unpack
from drivers.decoders.board.vocabulary import DataStatus, EventKind, MessageType, Result
from tests.drivers.board.test_messages import MESSAGES
from tests.drivers.board.vectors import VECTORS
from tests.firmware.shared_object import FakeBoard, SharedObject

FORMATS = {
    0: [SampleFormat.I16, SampleFormat.U16],
    1: [SampleFormat.I24, SampleFormat.I24],
    2: [SampleFormat.F32],
}


class Host:
    """Speaks with the fake board, and keeps what it says in order."""

    def __init__(self, board: FakeBoard) -> None:
        self.board = board
        self.framer = Framer()
        self.frames: list[Frame] = []
        self.requests = count(1)
        self.run(0)

    def run(self, us: int) -> None:
        for item in self.framer.feed(self.board.run(us)):
            assert not isinstance(item, Damage)
            self.frames.append(item)

    def ask(self, command: Command) -> Ack:
        request = next(self.requests)
        self.board.receive(commands.frame(command, request).pack())
        self.run(1000)
        (ack,) = (m for m in map(messages.parse, self.frames) if isinstance(m, Ack) and m.request == request)
        return ack

    def data(self, stream: int) -> list[tuple[Frame, Data]]:
        read = [(frame, messages.parse(frame)) for frame in self.frames if frame.stream == stream]
        return [(frame, message) for frame, message in read if isinstance(message, Data)]


@pytest.fixture
def host(shared_object: SharedObject) -> Host:
    return Host(FakeBoard(shared_object))


def test_boots_with_a_delimiter_and_its_description(shared_object: SharedObject) -> None:
    sent = FakeBoard(shared_object).run(0)
    assert sent.startswith(b"\0" + VECTORS["hello"].wire + VECTORS["channel"].wire)
    hello, first, *others = (
        messages.parse(frame) for frame in Framer().feed(sent) if isinstance(frame, Frame)
    )
    assert hello == MESSAGES["hello"]
    assert first == MESSAGES["channel"]
    descriptors = [d for d in others if isinstance(d, ChannelDescriptor)]
    assert [(d.index, d.stream, d.format, d.label) for d in descriptors] == [
        (1, 0, SampleFormat.U16, "EDA"),
        (2, 1, SampleFormat.I24, "red"),
        (3, 1, SampleFormat.I24, "infrared"),
        (4, 2, SampleFormat.F32, "skin"),
    ]


def test_the_test_pattern_arrives_without_a_gap(host: Host) -> None:
    assert host.ask(Test()).result == Result.OK
    assert host.ask(Start(0b111)).result == Result.OK
    host.run(3_000_000)
    for stream, formats in FORMATS.items():
        values = []
        for sequence, (frame, data) in enumerate(host.data(stream)):
            assert frame.sequence == sequence
            assert data.status == DataStatus.TEST_PATTERN
            values.append(unpack(data.samples, data.count, formats))
        samples = np.vstack(values)
        assert (samples == ramp(0, len(samples), formats)).all()
        assert len(samples) >= 3


def test_samples_and_their_status(host: Host) -> None:
    host.board.set_raw(0, -1234, DataStatus.LEAD_OFF_POSITIVE)
    host.board.set_raw(1, 1023)
    assert host.ask(Start(1)).result == Result.OK
    host.run(200_000)
    (frame, data), *_ = host.data(0)
    assert frame.kind == MessageType.DATA
    assert data.status == DataStatus.LEAD_OFF_POSITIVE | DataStatus.SATURATED
    assert unpack(data.samples, data.count, FORMATS[0]).tolist() == [[-1234, 1023]] * 20


def test_rates(host: Host) -> None:
    assert host.ask(SetRate(0, 333_333)).rate_mhz() == 333_333
    assert host.ask(SetRate(0, 0)).result == Result.BAD_ARGUMENT
    assert host.ask(SetRate(9, 1000)).result == Result.BAD_ARGUMENT


def test_clock(host: Host) -> None:
    host.run(5_000_000)
    clock = host.ask(Time(1)).clock()
    assert clock.rollovers == 0
    assert 5_000_000 <= clock.received_us <= clock.sent_us <= 5_002_000


def test_stats_and_events(host: Host) -> None:
    host.board.receive(b"junk\0")
    host.board.event(EventKind.BUTTON, 1, 1)
    host.run(1_000_000)
    said = [messages.parse(frame) for frame in host.frames if frame.stream == BOARD_STREAM]
    assert BoardEvent(0, EventKind.BUTTON, 1, 1) in said
    (stats,) = (message for message in said if isinstance(message, Stats))
    assert stats == Stats(1_000_000, 1234, 500, 1, 0, 0, 0)


def test_sequences_of_the_board_and_of_each_stream(host: Host) -> None:
    host.ask(Start(0b11))
    host.run(1_000_000)
    host.ask(Stop(0b11))
    for stream in (0, 1, BOARD_STREAM):
        sequences = [frame.sequence for frame in host.frames if frame.stream == stream]
        assert sequences == list(range(len(sequences)))
    hellos = [message for message in map(messages.parse, host.frames) if isinstance(message, Hello)]
    assert len(hellos) == 1


@pytest.mark.parametrize("kind", range(0x40, 0x80))
def test_every_command_is_acknowledged(host: Host, kind: int) -> None:
    host.board.receive(Frame(kind, BOARD_STREAM, 7).pack())
    host.run(1000)
    (ack,) = (message for message in map(messages.parse, host.frames) if isinstance(message, Ack))
    takes_none = {MessageType.IDENTIFY, MessageType.SEND_STATS, MessageType.REBOOT}
    known = kind in set(MessageType)
    expected = Result.UNKNOWN if not known else Result.OK if kind in takes_none else Result.BAD_ARGUMENT
    assert ack == Ack(7, kind, expected)
