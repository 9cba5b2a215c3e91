"""Sources: each restarted when it fails, none touching another."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from edged.clock import ManualClock
from edged.config.model import SourceConfig
from edged.errors import ConfigError, DriverError, SourceLost, TraceError
from edged.log import fields_of, message_of
from edged.messages import SOURCE_BACK
from edged.model import NS_PER_S, Channel, Chunk, Event, Packet, StreamInfo
from edged.sources import decoder, link
from edged.sources.decoder import Decoded
from edged.sources.link import Deliver, Link, LinkContext, LinkPhase, LinkUrl
from edged.sources.supervisor import Source, as_it_is

RATE = StreamInfo("heart_rate", "/min")
ECG = StreamInfo("ecg", "uV", 130.0)
OTHERS = {
    b"ecg": Chunk.of(ECG, 0, [1], [1.0]),
    b"ecg2": Chunk.of(StreamInfo("ecg", "uV", 500.0), 0, [1], [1.0]),
    b"87 %": Chunk.of(StreamInfo("battery", "%"), 0, [1], [87.0]),
    b"86 %": Chunk.of(StreamInfo("battery", "%"), 1, [2, 3], [50.0, 86.0]),
    b"-61 dBm": Chunk.of(StreamInfo("rssi", "dBm"), 0, [1], [-61.0]),
}
"""What packets mean that are not a rate."""
BEAT = b"\x48"
HEART_RATE = Channel("2a37")
BATTERY = Channel("2a19", "both", optional=True)
BLOCKED = SourceLost("Bluetooth is blocked by software", mend="Unblock it: rfkill unblock bluetooth.")


@dataclass
class Sink:
    """Where everything ends up, in order."""

    chunks: list[tuple[str, Chunk]] = field(default_factory=list)
    events: list[tuple[str, str]] = field(default_factory=list)
    details: list[object] = field(default_factory=list)

    def take(self, source: str, chunks: Sequence[Chunk], events: Sequence[Event], arrived_ns: int) -> None:
        assert arrived_ns >= 0
        self.chunks += [(source, chunk) for chunk in chunks]
        self.events += [(source, event.kind) for event in events]
        self.details += [dict(event.detail) for event in events]
        assert all(event.source == source for event in events)

    def kinds(self, source: str = "s") -> list[str]:
        return [kind for name, kind in self.events if name == source]


Act = Callable[[Deliver], Awaitable[None]]


class FakeLink:
    """A link that acts a script: one act a run, the last again and again."""

    def __init__(self, url: LinkUrl, context: LinkContext) -> None:
        self.clock = context.clock
        self.context = context
        self.report = context.report
        self.deliver: Deliver | None = None
        self.acts: list[Act] = []
        self.runs: list[int] = []
        self.sent: list[Packet] = []
        self.sends: Callable[[Packet], Awaitable[None]] | None = None
        self.ended = 0
        LINKS[url.target] = self

    async def run(self, deliver: Deliver) -> None:
        self.runs.append(self.clock.mono_ns())
        self.deliver = deliver
        act = self.acts[min(len(self.runs), len(self.acts)) - 1]
        try:
            await act(deliver)
        finally:
            self.ended += 1

    async def send(self, command: Packet) -> None:
        if self.sends is not None:
            await self.sends(command)
        self.sent.append(command)


class FakeDecoder:
    """A decoder of one byte a packet: a rate, or trouble."""

    def __init__(self) -> None:
        self.seq = 0
        self.starts = 0
        self.commands: list[Packet] = []
        self.wanted = tuple(CHANNELS)

    def start(self) -> list[Packet]:
        self.starts += 1
        return self.commands

    def feed(self, packet: Packet) -> Decoded:
        match packet.data:
            case b"raise":
                raise ZeroDivisionError("no such luck")
            case b"fault":
                return Decoded(faults=("half of it", "the other half"))
            case b"event":
                return Decoded(events=(Event("contact_lost", 1),))
            case b"ask":
                return Decoded(commands=(Packet("c", b"answer"),))
            case data if data in OTHERS:
                return Decoded(chunks=(OTHERS[data],))
            case _:
                self.seq += 1
                return Decoded(chunks=(Chunk.of(RATE, self.seq - 1, [self.seq], [packet.data[0]]),))

    def streams(self) -> tuple[StreamInfo, ...]:
        return (RATE,)

    def channels(self) -> tuple[Channel, ...]:
        return self.wanted


LINKS: dict[str, FakeLink] = {}
CHANNELS: list[Channel] = []
"""Those that the next decoder wants."""


@pytest.fixture(autouse=True)
def fakes(monkeypatch: pytest.MonkeyPatch) -> None:
    here = __name__
    monkeypatch.setattr(link, "LINKS", {"fake": f"{here}:FakeLink"})
    monkeypatch.setattr(decoder, "DECODERS", {"fake": f"{here}:FakeDecoder"})
    LINKS.clear()
    CHANNELS.clear()


async def quiet(_deliver: Deliver) -> None:
    await asyncio.Event().wait()


def gives(*packets: bytes, then: Act = quiet) -> Act:
    async def act(deliver: Deliver) -> None:
        for packet in packets:
            deliver(Packet("c", packet))
        await then(deliver)

    return act


def raises(error: BaseException) -> Act:
    async def act(_deliver: Deliver) -> None:
        raise error

    return act


async def returns(_deliver: Deliver) -> None:
    return


def beats(clock: ManualClock, every_s: float) -> Act:
    async def act(deliver: Deliver) -> None:
        while True:
            deliver(Packet("c", BEAT))
            await clock.sleep(every_s)

    return act


@dataclass
class Stage:
    """One source, with time in a test's hands."""

    acts: Sequence[Act] = ()
    config: dict[str, Any] = field(default_factory=dict)
    name: str = "s"
    channels: Sequence[Channel] = ()
    clock: ManualClock = field(default_factory=ManualClock)
    sink: Sink = field(default_factory=Sink)

    def __post_init__(self) -> None:
        CHANNELS[:] = self.channels
        config = SourceConfig.model_validate(
            {"name": self.name, "link": f"fake:{self.name}", "decoder": "fake", **self.config}
        )

        async def room() -> None:
            return

        context = LinkContext(self.clock, room)
        self.source = Source(config, context, self.sink, as_it_is, Random(1))
        self.link = LINKS[self.name]
        self.link.acts = list(self.acts)

    @property
    def decoder(self) -> FakeDecoder:
        decoder = self.source._decoder
        assert isinstance(decoder, FakeDecoder)
        return decoder

    def hear(self, data: bytes, channel: str = "2a37") -> None:
        """Let the link deliver a packet."""
        if self.link.deliver is None:
            pytest.fail("the link does not run")
        self.link.deliver(Packet(channel, data))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[asyncio.Task[None]]:
        before = asyncio.all_tasks()
        task = asyncio.create_task(self.source.run())
        await self.clock.advance(0)
        try:
            yield task
        finally:
            task.cancel()
            await asyncio.wait([task])
            assert asyncio.all_tasks() <= before, "no task is left"
            assert self.link.ended == len(self.link.runs)


async def test_packets_go_all_the_way() -> None:
    stage = Stage([gives(BEAT, b"event", BEAT)])
    assert (stage.source.state, stage.source.last_packet_ns) == ("starting", None)
    async with stage.running():
        assert stage.source.state == "streaming"
        assert [(name, chunk.values[0, 0]) for name, chunk in stage.sink.chunks] == [("s", 72), ("s", 72)]
        assert stage.sink.kinds() == ["contact_lost"]
        assert (stage.source.stats.packets, stage.source.stats.samples) == (3, 2)
        assert stage.source.last_packet_ns == 0


async def test_a_source_that_is_lost_comes_back() -> None:
    lost = raises(SourceLost("port closed", mend="Plug it in."))
    stage = Stage([gives(BEAT, then=lost), lost, gives(BEAT)])
    async with stage.running():
        assert stage.source.state == "backing_off"
        assert str(stage.source.problem) == "port closed. Plug it in."
        await stage.clock.advance(10)
        assert (stage.source.state, stage.source.problem) == ("silent", None)
        assert stage.source.stats.restarts == 2
    assert stage.sink.kinds() == ["source_lost", "source_back"]
    assert stage.sink.details == [{"reason": "port closed"}, {}]
    assert stage.decoder.starts == 3, "each connection begins anew"
    assert [chunk.seq for _, chunk in stage.sink.chunks] == [0, 1], "but sample numbers go on"


async def test_pauses_grow_with_jitter_up_to_a_bound_and_a_packet_resets_them() -> None:
    lost = raises(SourceLost("gone"))
    stage = Stage([*[lost] * 12, gives(BEAT, then=lost), lost])
    async with stage.running():
        await stage.clock.advance(120)
    runs = stage.link.runs
    pauses = [(b - a) / NS_PER_S for a, b in pairwise(runs)]
    for pause, ceiling in zip(pauses[:5], (0.5, 1, 2, 4, 5), strict=True):
        assert ceiling / 2 <= pause <= ceiling
    assert all(2.5 <= pause <= 5 for pause in pauses[5:12])
    assert len(set(pauses)) == len(pauses), "jittered"
    assert 0.25 <= pauses[12] <= 0.5, "a packet came"


async def test_a_loss_is_told_once_and_logged_once_a_reason(caplog: pytest.LogCaptureFixture) -> None:
    reasons = ["no route", "refused", "refused", "no route"]
    stage = Stage([*(raises(SourceLost(reason)) for reason in reasons), gives(BEAT)])
    async with stage.running():
        await stage.clock.advance(60)
    assert stage.sink.kinds()[:2] == ["source_lost", "source_back"]
    logged = [record.message for record in caplog.records if "s: " in record.message]
    assert logged[:2] == ["source s: no route", "source s: refused"]
    assert logged.count("source s: no route") == 1, "said before, and not again for a while"


async def test_silence_is_met_by_a_new_connection() -> None:
    stage = Stage([gives(BEAT)], {"silence_s": 6})
    states = []
    async with stage.running():
        for _ in range(7):
            states.append(stage.source.state)
            await stage.clock.advance(1)
        await stage.clock.advance(0.5)
    assert states == ["streaming"] * 5 + ["silent", "backing_off"]
    assert stage.link.runs[0] == 0
    assert 6 * NS_PER_S <= stage.link.runs[1] <= 7 * NS_PER_S
    assert stage.sink.kinds()[0] == "source_lost"
    assert stage.sink.details[0] == {"reason": "nothing came for 6 s"}


async def test_who_sends_often_enough_is_not_disturbed() -> None:
    stage = Stage((), {"silence_s": 3})
    stage.link.acts = [beats(stage.clock, 2.9)]
    async with stage.running():
        await stage.clock.advance(60)
        assert stage.source.state == "streaming"
    assert len(stage.link.runs) == 1


async def test_what_never_sends_is_connected_again_and_again() -> None:
    stage = Stage([quiet], {"silence_s": 2})
    async with stage.running():
        await stage.clock.advance(1)
        assert stage.source.state == "starting"
        await stage.clock.advance(20)
    assert len(stage.link.runs) > 3
    assert stage.sink.kinds() == ["source_lost"]


async def test_silent_counts_from_the_last_packet() -> None:
    stage = Stage([gives(BEAT)])
    async with stage.running():
        await stage.clock.advance(5)
        assert (stage.source.state, stage.source.since_ns) == ("silent", 0)


async def test_a_trace_that_ends_has_ended() -> None:
    stage = Stage([gives(BEAT, then=returns)])
    async with stage.running() as task:
        await task
        assert stage.source.state == "ended"
    assert stage.sink.kinds() == ["source_ended"]


@pytest.mark.parametrize("error", [DriverError("no such port"), ConfigError("wrong"), TraceError("no trace")])
async def test_what_can_never_work_is_not_tried_again(
    error: DriverError | ConfigError | TraceError, caplog: pytest.LogCaptureFixture
) -> None:
    stage = Stage([raises(error)])
    async with stage.running() as task:
        await task
        assert (stage.source.state, stage.source.problem) == ("failed", error)
    assert (stage.sink.kinds(), stage.sink.details) == (["source_failed"], [{"reason": error.what}])
    assert error.what in caplog.text


async def test_a_chain_that_does_not_fit_its_stream_is_never_tried_again() -> None:
    chain = [{"stream": "ecg", "steps": [{"step": "lowpass", "cutoff_hz": 100}]}]
    stage = Stage([gives(b"ecg")], {"chain": chain})
    async with stage.running() as task:
        await task
        assert stage.source.state == "failed"
        assert "100" in str(stage.source.problem)


async def test_a_stream_that_changes_gets_a_new_chain() -> None:
    chain = [{"stream": "ecg", "steps": [{"step": "lowpass", "cutoff_hz": 40}]}]
    stage = Stage([gives(b"ecg", b"ecg", b"ecg2")], {"chain": chain})
    async with stage.running():
        assert stage.source.stats.samples == 3
        assert stage.source._chains["ecg"].info.rate_hz == 500


@pytest.mark.parametrize("act", [raises(KeyError("x")), gives(b"raise"), raises(asyncio.CancelledError())])
async def test_a_defect_in_a_driver_stops_at_the_wall(act: Act, caplog: pytest.LogCaptureFixture) -> None:
    stage = Stage([act, act, gives(BEAT)])
    async with stage.running():
        states = [stage.source.state]
        assert "its driver" in str(stage.source.problem)
        await stage.clock.advance(3)
        assert [*states, stage.source.state] == ["backing_off", "streaming"]
    assert stage.sink.kinds() == ["source_lost", "source_back"]
    assert len([record for record in caplog.records if "its driver" in record.message]) == 1, "no flood"


async def test_a_defect_is_logged_with_where_it_was(caplog: pytest.LogCaptureFixture) -> None:
    """But not with what it says, which may quote what was measured."""
    caplog.set_level(logging.DEBUG)
    async with Stage([gives(b"raise")]).running():
        pass
    told, debug = (record for record in caplog.records if record.exc_info)
    assert (told.levelno, debug.levelno) == (logging.ERROR, logging.DEBUG)
    assert told.getMessage() == "source s: its driver failed: ZeroDivisionError. Report this with the log."
    assert "in feed" in str(told.exc_text)
    assert str(told.exc_text).endswith("SourceLost: ZeroDivisionError")
    assert str(debug.exc_text).endswith("ZeroDivisionError: no such luck")


async def test_a_decoder_that_always_raises_is_restarted_ever_more_slowly() -> None:
    stage = Stage([gives(b"raise", BEAT, BEAT)])
    async with stage.running():
        await stage.clock.advance(100)
    assert len(stage.link.runs) < 40, "its packets do not count as success"
    assert stage.sink.kinds() == ["source_lost"]
    assert stage.sink.chunks == [], "nothing goes on after the defect"


async def test_a_link_that_hides_errors_does_not_hide_those_above_it() -> None:
    async def hides(deliver: Deliver) -> None:
        while True:
            try:
                deliver(Packet("c", b"raise"))
            except ZeroDivisionError:
                pytest.fail("a link never sees it")
            await asyncio.sleep(0)

    stage = Stage([hides])
    async with stage.running():
        assert stage.source.state == "backing_off"
        assert stage.source.stats.packets == 1


async def test_a_packet_after_the_end_of_its_connection_is_not_taken() -> None:
    kept: list[Deliver] = []

    async def keeps(deliver: Deliver) -> None:
        kept.append(deliver)
        raise SourceLost("gone")

    stage = Stage([keeps])
    async with stage.running():
        kept[0](Packet("c", BEAT))
        assert (stage.source.stats.packets, stage.source.state) == (0, "backing_off")


async def test_faults_are_counted_and_logged_at_most_once_a_minute(caplog: pytest.LogCaptureFixture) -> None:
    stage = Stage((), {"silence_s": 3600})

    async def faulty(deliver: Deliver) -> None:
        while True:
            deliver(Packet("c", b"fault"))
            await stage.clock.sleep(1)

    stage.link.acts = [faulty]
    async with stage.running():
        await stage.clock.advance(150)
    assert stage.source.stats.faults == 302
    assert stage.source.last_fault == "the other half"
    logged = [record.message for record in caplog.records if record.levelno == logging.WARNING]
    assert logged == [f"source s: the other half ({n} so far)" for n in (2, 122, 242)]


async def test_commands_are_sent_in_order() -> None:
    stage = Stage([gives(b"ask", b"ask")])
    stage.decoder.commands = [Packet("c", b"hello"), Packet("c", b"there")]
    async with stage.running():
        assert [packet.data for packet in stage.link.sent] == [b"hello", b"there", b"answer", b"answer"]


async def test_commands_that_the_device_does_not_take_are_bounded() -> None:
    stage = Stage([gives(*[b"ask"] * 200)])
    taken = asyncio.Event()

    async def slow(_command: Packet) -> None:
        await taken.wait()

    stage.link.sends = slow
    async with stage.running():
        taken.set()
        await stage.clock.advance(0)
        assert len(stage.link.sent) == 64
        assert stage.source.stats.faults == 136
        assert "not taken" in stage.source.last_fault


async def test_commands_of_one_connection_are_not_sent_over_the_next() -> None:
    stage = Stage([gives(b"ask", b"ask", then=raises(SourceLost("gone"))), quiet])

    async def never(_command: Packet) -> None:
        await asyncio.Event().wait()

    stage.link.sends = never
    async with stage.running():
        stage.link.sends = None
        await stage.clock.advance(2)
    assert stage.link.sent == []


async def test_a_command_that_cannot_be_sent_loses_the_source() -> None:
    async def fails(_command: Packet) -> None:
        raise SourceLost("not taken")

    stage = Stage([gives(b"ask")])
    stage.link.sends = fails
    async with stage.running():
        assert stage.source.state == "backing_off"
        assert stage.source.problem is not None
        assert stage.source.problem.what == "not taken"


async def test_what_is_put_around_a_link_is_used() -> None:
    stage = Stage([quiet])
    wrapped: list[Link] = []

    def wrap(inner: Link, config: SourceConfig) -> Link:
        wrapped.append(inner)
        assert config is stage.source.config
        return stage.link

    source = Source(stage.source.config, LinkContext(stage.clock), stage.sink, wrap, Random(1))
    assert source._link is stage.link
    assert len(wrapped) == 1


@pytest.mark.parametrize("seconds", [0, 0.3, 1, 7])
async def test_cancelled_at_any_moment_nothing_is_left(seconds: float) -> None:
    for acts in ([quiet], [raises(SourceLost("gone"))], [gives(BEAT, b"raise")]):
        stage = Stage(acts, {"silence_s": 2})
        async with stage.running() as task:  # which looks
            await stage.clock.advance(seconds)
            assert not task.done()


async def test_a_link_is_told_whose_it_is_and_what_is_wanted() -> None:
    stage = Stage([quiet], channels=(HEART_RATE, BATTERY))
    assert stage.link.context.source == "s"
    assert stage.link.context.channels == (HEART_RATE, BATTERY)


async def test_how_far_a_link_has_got_is_the_state() -> None:
    stage = Stage([quiet], channels=(HEART_RATE, BATTERY))
    phases: list[LinkPhase] = ["searching", "connecting", "subscribing", "streaming"]
    states = []
    async with stage.running():
        for phase in phases:
            await stage.clock.advance(1)
            stage.link.report(phase, None)
            states.append((stage.source.state, stage.source.since_ns // NS_PER_S))
        await stage.clock.advance(1)
        stage.hear(BEAT)
        states.append((stage.source.state, stage.source.since_ns // NS_PER_S))
    assert states == [
        ("searching", 1),
        ("connecting", 2),
        ("subscribing", 3),
        ("subscribing", 3),  # until it has spoken
        ("streaming", 5),
    ]
    assert stage.sink.kinds() == []


@pytest.mark.parametrize(
    "phase", ["searching", "connecting", "subscribing", "no_room", "adapter_down", "reboot_needed"]
)
async def test_a_link_may_take_its_time_to_find_a_device(phase: LinkPhase) -> None:
    stage = Stage([quiet], {"silence_s": 2}, channels=(HEART_RATE,))
    async with stage.running():
        stage.link.report(phase, None)
        await stage.clock.advance(3600)
        assert (stage.source.state, stage.source.problem) == (phase, None)
    assert len(stage.link.runs) == 1


async def test_from_when_a_device_may_speak_its_silence_counts() -> None:
    stage = Stage([quiet], {"silence_s": 6}, channels=(HEART_RATE,))
    async with stage.running():
        stage.link.report("connecting", None)
        await stage.clock.advance(100)
        stage.link.report("streaming", None)
        await stage.clock.advance(5.9)
        assert (stage.source.state, len(stage.link.runs)) == ("subscribing", 1)
        await stage.clock.advance(0.1)
        assert stage.source.problem is not None
    assert stage.sink.details == [{"reason": "nothing came for 6 s"}]


async def test_a_link_that_looks_again_is_not_silent() -> None:
    stage = Stage([quiet], {"silence_s": 6}, channels=(HEART_RATE,))
    async with stage.running():
        stage.link.report("streaming", None)
        stage.hear(BEAT)
        await stage.clock.advance(5)
        states = [stage.source.state]
        stage.link.report("searching", None)
        await stage.clock.advance(100)
        states.append(stage.source.state)
    assert states == ["silent", "searching"]
    assert len(stage.link.runs) == 1


async def test_what_is_optional_does_not_keep_a_silent_source_alive() -> None:
    stage = Stage((), {"silence_s": 6}, channels=(HEART_RATE, BATTERY))

    async def act(_deliver: Deliver) -> None:
        stage.link.report("streaming", None)
        while True:
            stage.hear(b"87 %", "2a19")
            stage.hear(b"-61 dBm", "rssi")
            await stage.clock.sleep(1)

    stage.link.acts = [act]
    async with stage.running():
        await stage.clock.advance(5)
        assert stage.source.state == "subscribing", "it has not spoken yet"
        await stage.clock.advance(2)
        assert len(stage.link.runs) == 2
    assert stage.sink.kinds() == ["source_lost"]
    assert stage.source.readings == {"battery": 87, "rssi": -61}
    assert {chunk.info.quantity for _, chunk in stage.sink.chunks} == {"battery", "rssi"}, "all is recorded"


async def test_what_is_optional_does_not_prove_that_a_source_is_back() -> None:
    stage = Stage([raises(SourceLost("gone")), quiet], channels=(HEART_RATE, BATTERY))
    async with stage.running():
        await stage.clock.advance(1)
        stage.link.report("streaming", None)
        stage.hear(b"87 %", "2a19")
        told = [(stage.source.state, str(stage.source.problem))]
        stage.hear(BEAT)
        told.append((stage.source.state, str(stage.source.problem)))
    assert told == [("subscribing", "gone"), ("streaming", "None")]
    assert stage.sink.kinds() == ["source_lost", "source_back"]


async def test_what_is_optional_leaves_the_pauses_as_long_as_they_are() -> None:
    stage = Stage((), channels=(HEART_RATE, BATTERY))

    async def act(deliver: Deliver) -> None:
        deliver(Packet("2a19", b"87 %"))
        raise SourceLost("gone")

    stage.link.acts = [act]
    async with stage.running():
        await stage.clock.advance(60)
    pauses = [(b - a) / NS_PER_S for a, b in pairwise(stage.link.runs)]
    assert all(pause >= 2.5 for pause in pauses[4:])


async def test_where_all_is_optional_each_packet_counts() -> None:
    stage = Stage([quiet], {"silence_s": 6}, channels=(BATTERY,))
    async with stage.running():
        for _ in range(10):
            stage.hear(b"87 %", "2a19")
            assert stage.source.state == "streaming"
            await stage.clock.advance(4)
    assert len(stage.link.runs) == 1


@pytest.mark.parametrize(
    ("channels", "silence_s"),
    [
        ((Channel("2a1c", quiet_s=60),), 60),
        ((Channel("2a1c", quiet_s=2),), 10),  # silence_s is the least
        ((HEART_RATE, Channel("2a1c", quiet_s=60)), 60),
        ((HEART_RATE, Channel("2a1c", optional=True, quiet_s=60)), 10),
    ],
)
async def test_who_speaks_seldom_is_given_its_time(channels: Sequence[Channel], silence_s: int) -> None:
    stage = Stage([quiet], {"silence_s": 10}, channels=channels)
    async with stage.running():
        stage.link.report("streaming", None)
        await stage.clock.advance(silence_s - 0.5)
        assert stage.source.problem is None
        await stage.clock.advance(0.6)
        assert str(stage.source.problem).startswith(f"nothing came for {silence_s} s")


async def test_how_a_device_is_is_the_last_it_told() -> None:
    stage = Stage([quiet], channels=(HEART_RATE, BATTERY))
    async with stage.running():
        assert stage.source.readings == {}
        stage.hear(BEAT)
        assert stage.source.readings == {}, "a heart rate tells of the wearer"
        stage.hear(b"87 %", "2a19")
        stage.hear(b"-61 dBm", "rssi")
        assert stage.source.readings == {"battery": 87, "rssi": -61}
        stage.hear(b"86 %", "2a19")
        assert stage.source.readings == {"battery": 86, "rssi": -61}


async def test_a_link_tells_of_what_is_in_its_way_once(caplog: pytest.LogCaptureFixture) -> None:
    stage = Stage([quiet], channels=(HEART_RATE,))
    another = SourceLost("all places are taken")
    async with stage.running():
        for _ in range(10):
            stage.link.report("adapter_down", BLOCKED)
            await stage.clock.advance(1)
        assert (stage.source.state, stage.source.problem) == ("adapter_down", BLOCKED)
        stage.link.report("no_room", another)
        stage.link.report("no_room", SourceLost("all places are taken"))
        assert stage.source.state == "no_room"
        assert str(stage.source.problem) == "all places are taken"
        stage.link.report("connecting", None)
        stage.link.report("streaming", None)
        assert stage.sink.kinds() == ["source_lost"], "it is not back before it speaks"
        stage.hear(BEAT)
        assert stage.source.problem is None
    assert stage.sink.kinds() == ["source_lost", "source_back"]
    assert stage.sink.details == [{"reason": "Bluetooth is blocked by software"}, {}]
    assert [record.message for record in caplog.records if record.levelno == logging.WARNING] == [
        f"source s: {BLOCKED}",
        "source s: all places are taken",
    ]


async def test_a_link_that_ends_for_what_it_told_already_tells_nothing_new(
    caplog: pytest.LogCaptureFixture,
) -> None:
    stage = Stage(channels=(HEART_RATE,))

    async def act(_deliver: Deliver) -> None:
        stage.link.report("adapter_down", BLOCKED)
        await stage.clock.sleep(1)
        raise BLOCKED

    stage.link.acts = [act]
    async with stage.running():
        await stage.clock.advance(60)
        assert len(stage.link.runs) > 5
    assert stage.sink.kinds() == ["source_lost"]
    assert len(caplog.records) == 1


async def test_a_connection_anew_begins_with_its_silence_at_naught() -> None:
    """What the last connection still had in front of it, or behind it, is not the next one's."""
    stage = Stage([quiet], {"silence_s": 6}, channels=(HEART_RATE,))

    async def loses(_deliver: Deliver) -> None:
        stage.link.report("searching", None)
        await stage.clock.sleep(100)
        raise SourceLost("gone")

    stage.link.acts = [loses, quiet]
    async with stage.running():
        await stage.clock.advance(101)
        assert (stage.source.state, len(stage.link.runs)) == ("starting", 2)
        await stage.clock.advance(4)
        assert len(stage.link.runs) == 2
        await stage.clock.advance(4)
        assert len(stage.link.runs) == 3, "from a link that reports nothing, the device may speak at once"


def trouble(random: Random, clock: ManualClock) -> Act:
    """Return what goes wrong with one connection."""

    async def act(deliver: Deliver) -> None:
        for _ in range(random.randrange(20)):
            deliver(Packet("c", random.choice([BEAT, b"fault", b"event", b"ask", b"raise", bytes([9])])))
            await clock.sleep(random.random())
        what = random.randrange(5)
        if what == 0:
            raise SourceLost("gone")
        if what == 1:
            raise KeyError("a defect")
        if what == 2:
            raise asyncio.CancelledError
        if what == 3:
            await quiet(deliver)

    return act


@pytest.mark.parametrize("seed", range(3))
async def test_of_50_sources_no_fault_of_one_touches_another(seed: int) -> None:
    """25 that have every trouble, beside 25 that have none."""
    random, clock, sink = Random(seed), ManualClock(), Sink()
    stages = []
    for n in range(50):
        stage = Stage((), {"silence_s": 5}, f"s-{n}", clock=clock, sink=sink)
        stage.link.acts = [trouble(random, clock) for _ in range(40)] if n % 2 else [beats(clock, 1)]
        stages.append(stage)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(stage.source.run()) for stage in stages]
        await clock.advance(60)
        for task in tasks:
            task.cancel()
    for n, stage in enumerate(stages):
        stats = stage.source.stats
        if n % 2:
            assert stats.restarts > 0 or stage.source.state == "ended"
        else:
            assert (stats.packets, stats.restarts, stats.faults) == (61, 0, 0)
            assert [chunk.seq for name, chunk in sink.chunks if name == stage.name] == list(range(61))
            assert sink.kinds(stage.name) == []
    for stage in stages[1::2]:
        told = [kind for kind in sink.kinds(stage.name) if kind in {"source_lost", "source_back"}]
        assert told == ["source_lost", "source_back"] * (len(told) // 2) + ["source_lost"] * (len(told) % 2)


class TimedFake(FakeDecoder):
    """Asks again every second until something comes."""

    def __init__(self) -> None:
        super().__init__()
        self.due: int | None = NS_PER_S
        self.woken: list[int] = []

    def due_ns(self) -> int | None:
        return self.due

    def wake(self, mono_ns: int) -> Decoded:
        self.woken.append(mono_ns)
        self.due = mono_ns + NS_PER_S
        return Decoded(commands=(Packet("c", b"anybody?"),))

    def feed(self, packet: Packet) -> Decoded:
        self.due = None
        return super().feed(packet)


async def test_a_decoder_is_woken_when_it_is_due_and_nothing_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoder, "DECODERS", {"fake": f"{__name__}:TimedFake"})
    clock = ManualClock()

    async def speak_late(deliver: Deliver) -> None:
        await clock.sleep(3.5)
        deliver(Packet("c", BEAT))
        await asyncio.Event().wait()

    stage = Stage([speak_late], clock=clock)
    timed = stage.source._decoder
    assert isinstance(timed, TimedFake)
    async with stage.running():
        await clock.advance(3.2)
        assert len(timed.woken) == 3
        assert stage.link.sent == [Packet("c", b"anybody?")] * 3
        await clock.advance(5)
        assert len(timed.woken) == 3, "it has nothing to do any more"


async def test_a_decoder_is_not_woken_while_nobody_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoder, "DECODERS", {"fake": f"{__name__}:TimedFake"})
    stage = Stage([quiet])
    timed = stage.source._decoder
    assert isinstance(timed, TimedFake)
    async with stage.running():
        stage.link.report("searching", None)
        await stage.clock.advance(60)
        assert timed.woken == []
        stage.link.report("streaming", None)
        await stage.clock.advance(0.1)
        assert len(timed.woken) == 1


async def test_a_decoder_that_wants_to_be_woken_all_the_time_stops_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(decoder, "DECODERS", {"fake": f"{__name__}:TimedFake"})
    stage = Stage([beats(stage_clock := ManualClock(), 1)], clock=stage_clock)
    timed = stage.source._decoder
    assert isinstance(timed, TimedFake)
    monkeypatch.setattr(timed, "due_ns", lambda: 0)
    async with stage.running():
        await stage_clock.advance(2.5)
        assert len(stage.sink.chunks) == 3
        assert len(timed.woken) <= 2.6 / 0.01


async def test_what_becomes_of_it_is_logged_once_a_change(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    stage = Stage([gives(BEAT, BEAT), gives(BEAT)], {"silence_s": 6})
    async with stage.running():
        await stage.clock.advance(20)
    names = [message.name for record in caplog.records if (message := message_of(record))]
    assert names[:3] == ["source_live", "source_lost", "source_back"]
    assert names.count("source_live") == 1
    back = next(record for record in caplog.records if message_of(record) is SOURCE_BACK)
    assert 0 < float(fields_of(back)["away_s"]) < 1


async def test_the_bytes_of_a_fault_are_for_debugging(caplog: pytest.LogCaptureFixture) -> None:
    async with Stage([gives(b"fault")]).running():
        pass
    assert "66 61" not in caplog.text
    caplog.set_level(logging.DEBUG)
    async with Stage([gives(b"fault")]).running():
        pass
    (told,) = [record for record in caplog.records if "66 61" in record.getMessage()]
    assert (told.levelno, told.getMessage()) == (logging.DEBUG, "source s: 'c': 66 61 75 6c 74")
