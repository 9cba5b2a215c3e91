"""What a source went through: kept in order, bounded, with reasons; and its last packets."""

import asyncio

import pytest

from edged.errors import DriverError, SourceLost
from edged.model import NS_PER_S, Packet
from edged.sources.history import PACKETS, PHASES, History
from tests.sources import test_supervisor
from tests.sources.test_supervisor import BEAT, BLOCKED, FakeDecoder, Stage, gives, quiet, raises

fakes = test_supervisor.fakes


def phases(stage: Stage) -> list[tuple[str, str]]:
    return [
        (phase.state, phase.problem.what if phase.problem else "") for phase in stage.source.history.phases
    ]


def test_both_rings_are_bounded_and_hold_references() -> None:
    history = History()
    packets = [Packet("2a37", bytes((n,)), n) for n in range(2 * PACKETS)]
    for n, packet in enumerate(packets):
        history.packets.append(packet)
        history.note(n, "searching" if n % 2 else "connecting", None)
        history.note(n + 1, "backing_off", BLOCKED)
    assert list(history.packets) == packets[-PACKETS:]
    assert history.packets[-1] is packets[-1]
    assert len(history.phases) == PHASES
    assert (history.phases[-1].at_ns, history.phases[-1].problem) == (2 * PACKETS, BLOCKED)


def test_the_same_over_again_is_kept_once_and_another_reason_is_not_the_same() -> None:
    history = History()
    history.note(1, "searching", None)
    history.note(2, "searching", None)
    history.note(3, "searching", BLOCKED)
    history.note(4, "searching", SourceLost(BLOCKED.what))
    history.note(5, "searching", None)
    assert [phase.at_ns for phase in history.phases] == [1, 3, 5]


async def test_a_loss_and_the_way_back_with_reasons() -> None:
    stage = Stage([gives(BEAT, then=raises(SourceLost("gone", mend="Look for it."))), gives(BEAT)])
    async with stage.running():
        await stage.clock.advance(10)
    assert phases(stage)[:5] == [
        ("starting", ""),
        ("streaming", ""),
        ("backing_off", "gone"),
        ("starting", "gone"),
        ("streaming", ""),
    ]
    at_ns = [phase.at_ns for phase in stage.source.history.phases]
    assert at_ns == sorted(at_ns)
    assert [packet.data for packet in stage.source.history.packets] == [BEAT, BEAT]


async def test_what_the_link_reports_with_what_is_in_the_way() -> None:
    stage = Stage([quiet])
    async with stage.running():
        stage.link.report("searching", None)
        stage.link.report("adapter_down", BLOCKED)
        stage.link.report("adapter_down", BLOCKED)
        stage.link.report("connecting", None)
        stage.link.report("streaming", None)
        stage.hear(BEAT)
    assert phases(stage) == [
        ("starting", ""),
        ("searching", ""),
        ("adapter_down", BLOCKED.what),
        ("connecting", ""),
        ("subscribing", ""),
        ("streaming", ""),
    ]


async def test_silence_is_kept_since_when_it_began_and_its_end() -> None:
    stage = Stage([gives(BEAT)])
    async with stage.running():
        began_ns = stage.clock.mono_ns()
        await stage.clock.advance(7)
        assert [state for state, _ in phases(stage)] == ["starting", "streaming", "silent"]
        assert stage.source.history.phases[-1].at_ns == began_ns
        stage.hear(BEAT, "c")
        await stage.clock.advance(0.5)
    assert [state for state, _ in phases(stage)] == ["starting", "streaming", "silent", "streaming"]


async def test_it_fails_for_good_with_the_reason() -> None:
    stage = Stage([raises(DriverError("no such port"))])
    async with stage.running() as task:
        await asyncio.wait([task])
    assert phases(stage)[-1] == ("failed", "no such port")


async def test_the_heart_rate_tells_straps_apart_as_long_as_it_is_true() -> None:
    stage = Stage([gives(BEAT)])
    assert stage.source.heart_rate(4) is None
    async with stage.running():
        assert stage.source.heart_rate(4) == BEAT[0]
        await stage.clock.advance(4)
        assert stage.source.heart_rate(4) == BEAT[0]
        await stage.clock.advance(0.1)
        assert stage.source.heart_rate(4) is None


async def test_a_strap_cannot_show_itself_and_that_is_said_with_what_to_do() -> None:
    stage = Stage([gives(BEAT)])
    async with stage.running():
        with pytest.raises(DriverError, match=r"no light that could blink\. Tap a strap's electrodes"):
            stage.source.identify()


class ShowingDecoder(FakeDecoder):
    """Has a light; knows its device once it was fed."""

    shown_ns: int | None = None

    def show(self, mono_ns: int) -> bool:
        if self.seq:
            self.shown_ns = mono_ns
        return self.seq > 0


async def test_a_device_with_a_light_is_told_as_soon_as_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(test_supervisor, "FakeDecoder", ShowingDecoder)
    stage = Stage([quiet])
    decoder = stage.source._decoder
    assert isinstance(decoder, ShowingDecoder)
    async with stage.running():
        with pytest.raises(SourceLost, match=r"it is not connected now\. Look after its connection first"):
            stage.source.identify()
        stage.hear(BEAT, "c")
        stage.clock.move_to(stage.clock.mono_ns() + NS_PER_S)
        stage.source.identify()
        assert decoder.shown_ns == stage.clock.mono_ns()
