from pathlib import Path

import pytest

from edged.clock import ManualClock
from edged.errors import SourceLost
from edged.model import Packet
from edged.sources.link import Deliver
from edged.sources.recording import RecordingLink
from edged.trace import TraceEntry, TraceReader, TraceWriter

PACKETS = [Packet("2a37", b"\x00\x48", 3), Packet("2a19", b"\x57", 4)]


class Device:
    """Delivers two packets, then is gone; takes one command."""

    def __init__(self) -> None:
        self.taken: list[Packet] = []

    async def run(self, deliver: Deliver) -> None:
        for packet in PACKETS:
            deliver(packet)
        raise SourceLost("gone")

    async def send(self, command: Packet) -> None:
        if self.taken:
            raise SourceLost("gone")
        self.taken.append(command)


class FullDisk(TraceWriter):
    """Refuses everything behind the header."""

    tries = 0

    def received(self, packet: Packet) -> None:
        self.tries += 1
        raise OSError(28, f"no room for {packet.channel}")


def writer(tmp_path: Path, kind: type[TraceWriter] = TraceWriter) -> TraceWriter:
    return kind(tmp_path / "t.jsonl", clock=ManualClock(), decoder="heart_rate", link="")


async def test_what_passes_is_recorded_and_delivered(tmp_path: Path) -> None:
    delivered: list[Packet] = []
    device = Device()
    with writer(tmp_path) as trace:
        link = RecordingLink(device, trace)
        await link.send(Packet("2a39", b"\x01"))
        with pytest.raises(SourceLost):
            await link.send(Packet("2a39", b"\x02"))
        with pytest.raises(SourceLost):
            await link.run(delivered.append)
    assert delivered == PACKETS
    assert device.taken == [Packet("2a39", b"\x01")]
    with TraceReader(tmp_path / "t.jsonl") as reader:
        assert list(reader) == [
            TraceEntry(Packet("2a39", b"\x01"), sent=True),
            *[TraceEntry(packet) for packet in PACKETS],
        ]
    assert link.error is None


async def test_a_packet_that_does_harm_is_in_the_trace(tmp_path: Path) -> None:
    def harm(_: Packet) -> None:
        raise ZeroDivisionError

    with writer(tmp_path) as trace, pytest.raises(ZeroDivisionError):
        await RecordingLink(Device(), trace).run(harm)
    with TraceReader(tmp_path / "t.jsonl") as reader:
        assert list(reader) == [TraceEntry(PACKETS[0])]


@pytest.mark.parametrize("tell", [True, False])
async def test_a_full_disk_stops_the_recording_and_not_the_packets(tmp_path: Path, *, tell: bool) -> None:
    delivered: list[Packet] = []
    told: list[OSError] = []
    with writer(tmp_path, FullDisk) as trace:
        assert isinstance(trace, FullDisk)
        link = RecordingLink(Device(), trace, told.append if tell else None)
        with pytest.raises(SourceLost):
            await link.run(delivered.append)
        await link.send(Packet("2a39", b"\x01"))
        assert trace.tries == 1
    assert delivered == PACKETS
    assert link.error is not None
    assert told == ([link.error] if tell else [])
    with TraceReader(tmp_path / "t.jsonl") as reader:
        assert list(reader) == []
