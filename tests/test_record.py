"""Recording a link into a trace, with a decoder that talks to the device."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from edged.clock import ManualClock
from edged.errors import DriverError, SourceLost, TraceError
from edged.model import Channel, Chunk, Packet, StreamInfo
from edged.record import record_trace
from edged.sources import decoder, link
from edged.sources.decoder import Decoded
from edged.sources.link import Deliver, LinkContext, LinkUrl
from edged.trace import TraceEntry, TraceReader

CONTROL, DATA = "2a55", "2a37"
HELLO, START = Packet(CONTROL, b"hello"), Packet(CONTROL, b"start 130 Hz")
OFFER, ECG = Packet(CONTROL, b"offers 130 Hz"), Packet(DATA, b"\x01\x02")


class Shy:
    """A device that says what it offers when it is greeted, and speaks when it is told to; or refuses all."""

    made: "Shy"

    def __init__(self, url: LinkUrl, context: LinkContext) -> None:
        self.clock = context.clock
        self.channels = context.channels
        self.is_lost = "lost" in url.options
        self._heard: asyncio.Queue[Packet] = asyncio.Queue()
        Shy.made = self

    async def run(self, deliver: Deliver) -> None:
        while True:
            heard = await self._heard.get()
            if heard == HELLO:
                deliver(replace(OFFER, mono_ns=self.clock.mono_ns()))
            if heard == START:
                for _ in range(3):
                    await self.clock.sleep(1)
                    deliver(replace(ECG, mono_ns=self.clock.mono_ns()))
                if self.is_lost:
                    raise SourceLost("the connection broke")

    async def send(self, command: Packet) -> None:
        self._heard.put_nowait(command)


class Polite:
    """Greets, and starts what is offered."""

    def start(self) -> list[Packet]:
        return [HELLO]

    def feed(self, packet: Packet) -> Decoded:
        if packet.channel == CONTROL:
            return Decoded(commands=(START,))
        return Decoded(chunks=(Chunk.of(StreamInfo("ecg", "uV", 130.0), 0, [1], [1.0]),))

    def streams(self) -> tuple[StreamInfo, ...]:
        return ()

    def channels(self) -> tuple[Channel, ...]:
        return (Channel(CONTROL), Channel(DATA))


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link, "LINKS", {"shy": f"{__name__}:Shy"})
    monkeypatch.setattr(decoder, "DECODERS", {"polite": f"{__name__}:Polite"})


def recorded(path: Path) -> list[TraceEntry]:
    with TraceReader(path) as reader:
        return list(reader)


async def test_a_device_that_wants_to_be_answered_is(tmp_path: Path) -> None:
    clock, stop, path = ManualClock(), asyncio.Event(), tmp_path / "t.jsonl"
    progress: list[int] = []
    recording = asyncio.create_task(
        record_trace("shy:", path, "polite", clock, stop, progress.append), name="recording"
    )
    await clock.advance(3)
    stop.set()
    assert await recording == 4
    assert progress == [1, 2, 3, 4]
    assert Shy.made.channels == (Channel(CONTROL), Channel(DATA))
    assert recorded(path) == [
        TraceEntry(HELLO, sent=True),
        TraceEntry(OFFER),
        TraceEntry(START, sent=True),
        *[TraceEntry(replace(ECG, mono_ns=second * 1_000_000_000)) for second in (1, 2, 3)],
    ]
    with TraceReader(path) as reader:
        assert (reader.header.decoder, reader.header.link) == ("polite", "shy:")


async def test_what_came_before_the_device_was_lost_is_in_the_trace(tmp_path: Path) -> None:
    clock, path = ManualClock(), tmp_path / "t.jsonl"
    before = asyncio.all_tasks()
    recording = asyncio.create_task(
        record_trace("shy:?lost=1", path, "polite", clock, asyncio.Event(), lambda _packets: None)
    )
    await clock.advance(3)
    with pytest.raises(SourceLost, match="the connection broke"):
        await recording
    assert [entry.packet.data for entry in recorded(path)] == [
        HELLO.data,
        OFFER.data,
        START.data,
        *[ECG.data] * 3,
    ]
    assert asyncio.all_tasks() == before, "nobody is left who sends"


@pytest.mark.parametrize(
    ("name", "of", "error"),
    [("shy:", "rude", DriverError), ("bold:", "polite", DriverError), ("shy:", "polite", TraceError)],
)
async def test_what_cannot_be_recorded_is_said_before_anything_is_sent(
    tmp_path: Path, name: str, of: str, error: type[Exception]
) -> None:
    path = tmp_path / "no" / "t.jsonl" if error is TraceError else tmp_path / "t.jsonl"
    with pytest.raises(error):
        await record_trace(name, path, of, ManualClock(), asyncio.Event(), lambda _packets: None)
