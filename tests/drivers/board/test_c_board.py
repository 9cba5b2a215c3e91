"""The decoder and the C library of the boards: what one sends, the other understands."""

from pathlib import Path

import numpy as np
import pytest

from drivers.decoders.board.decoder import BoardDecoder
from drivers.decoders.board.vocabulary import DataStatus, EventKind
from edged.model import NS_PER_S, Chunk, Event, Packet, Quality
from edged.sources.decoder import Decoded
from tests.firmware.shared_object import FakeBoard, SharedObject, make, need

STEP_US = 2000


class Host:
    """A decoder on a line without delay to the fake board of the C library."""

    def __init__(self, board: FakeBoard, **options: str) -> None:
        self.board = board
        self.decoder = BoardDecoder(**options)
        self.now_ns = NS_PER_S
        self.chunks: list[Chunk] = []
        self.events: list[Event] = []
        self.faults: list[str] = []
        assert self.decoder.start() == []

    def run(self, seconds: float) -> None:
        for _ in range(round(seconds * 1e6 / STEP_US)):
            data = self.board.run(STEP_US)
            self.now_ns += STEP_US * 1000
            if data:
                self._take(self.decoder.feed(Packet("serial", data, self.now_ns)))
            due_ns = self.decoder.due_ns()
            if due_ns is not None and due_ns <= self.now_ns:
                self._take(self.decoder.wake(self.now_ns))

    def of(self, quantity: str) -> list[Chunk]:
        return [chunk for chunk in self.chunks if chunk.info.quantity == quantity]

    def _take(self, told: Decoded) -> None:
        self.chunks += told.chunks
        self.events += told.events
        self.faults += told.faults
        for command in told.commands:
            self.board.receive(command.data)


@pytest.fixture(scope="module")
def shared_object(tmp_path_factory: pytest.TempPathFactory) -> SharedObject:
    need("gcc", "make")
    build: Path = tmp_path_factory.mktemp("firmware")
    make("host", build)
    return SharedObject(build / "libboard.so")


def test_it_boots_is_set_up_and_streams(shared_object: SharedObject) -> None:
    host = Host(FakeBoard(shared_object), rate="0:250", test="1")
    host.run(5)
    assert host.faults == []
    assert [event.detail["command"] for event in host.events if event.kind == "command_done"] == [
        "test",
        "set_rate",
        "identify",
        "start",
    ]
    assert {info.rate_hz for info in host.decoder.streams()} >= {250.0, 100.0, 1.0}
    for info in host.decoder.streams():
        chunks = [chunk for chunk in host.of(info.quantity) if chunk.info == info]
        if not chunks:
            continue
        assert [chunk.seq for chunk in chunks] == list(np.cumsum([0, *map(len, chunks)])[:-1])
        times_ns = np.concatenate([chunk.times_ns for chunk in chunks])
        assert np.abs(np.diff(times_ns) * info.rate_hz / NS_PER_S - 1).max(initial=0.0) < 0.06
        assert all((chunk.quality == Quality.HELD).all() for chunk in chunks)
    last = max(int(chunk.times_ns[-1]) for chunk in host.chunks)
    assert 0 < host.now_ns - last < 60_000_000


def test_what_happens_on_the_board_is_told(shared_object: SharedObject) -> None:
    host = Host(FakeBoard(shared_object))
    host.run(2)
    host.board.event(EventKind.BUTTON, 0, 1)
    host.board.set_raw(0, 5, DataStatus.LEAD_OFF_POSITIVE)
    host.run(0.5)
    host.board.set_raw(0, 5)
    host.run(0.5)
    assert [event.kind for event in host.events][-3:] == [
        "button_pressed",
        "contact_lost",
        "contact_restored",
    ]
    assert host.faults == []


def test_noise_on_the_line_costs_the_frame_it_hits(shared_object: SharedObject) -> None:
    host = Host(FakeBoard(shared_object))
    host.run(1)
    host.decoder.feed(Packet("serial", b"\x55\xaa\x13", host.now_ns))
    host.run(1)
    (fault,) = host.faults
    assert "damaged on the line" in fault
    gaps = [chunk for chunk in host.chunks if chunk.quality.any()]
    assert len(gaps) <= 2
