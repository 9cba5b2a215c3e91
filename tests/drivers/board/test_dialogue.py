"""One command at a time, three tries, the same id; and TIME, whose id says when it was sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.decoders.board import commands as wire
from drivers.decoders.board.clock import Exchange
from drivers.decoders.board.commands import Identify, Start, Stop, Time
from drivers.decoders.board.dialogue import TICK_NS, Dialogue, Outcome
from drivers.decoders.board.frame import Frame, Framer
from drivers.decoders.board.messages import Ack
from drivers.decoders.board.vocabulary import MessageType
from edged.model import NS_PER_MS, NS_PER_S, Packet

T = 100 * NS_PER_S
STEP = 250 * NS_PER_MS


def frames(packets: list[Packet]) -> list[Frame]:
    found = [each for packet in packets for each in Framer().feed(packet.data)]
    return [each for each in found if isinstance(each, Frame)]


def test_a_command_waits_for_the_one_before() -> None:
    dialogue = Dialogue()
    dialogue.ask(Stop(2), Start(1))
    sent, _ = dialogue.proceed(T)
    (stop,) = frames(sent)
    assert wire.parse(stop) == Stop(2)
    assert dialogue.proceed(T + STEP - 1) == ([], [])
    assert dialogue.answer(Ack(stop.sequence, MessageType.STOP, 0)) == Outcome(
        Stop(2), Ack(stop.sequence, MessageType.STOP, 0)
    )
    (start,) = frames(dialogue.proceed(T)[0])
    assert wire.parse(start) == Start(1)
    assert start.sequence != stop.sequence
    assert not dialogue.is_idle
    dialogue.answer(Ack(start.sequence, MessageType.START, 0))
    assert dialogue.is_idle


def test_what_is_not_answered_is_sent_three_times_under_one_id() -> None:
    dialogue = Dialogue()
    dialogue.ask(Start(1), Identify())
    sent = []
    for again in range(3):
        assert dialogue.due_ns() == (T + again * STEP if again else None)
        sent += frames(dialogue.proceed(T + again * STEP)[0])
    assert sent == [sent[0]] * 3
    assert dialogue.proceed(T + 3 * STEP) == ([], [Outcome(Start(1), None)])
    (after,) = frames(dialogue.proceed(T + 3 * STEP)[0])
    assert wire.parse(after) == Identify()


def test_an_answer_to_something_else_answers_nothing() -> None:
    dialogue = Dialogue()
    dialogue.ask(Start(1))
    (start,) = frames(dialogue.proceed(T)[0])
    assert dialogue.answer(Ack((start.sequence + 2) % 65_536, MessageType.START, 0)) is None
    assert dialogue.answer(Ack(start.sequence, MessageType.STOP, 0)) is None, "somebody else's id"
    (again,) = frames(dialogue.proceed(T + STEP)[0])
    assert wire.parse(again) == Start(1)
    assert again.sequence != start.sequence


def test_a_recording_may_answer_before_it_is_asked() -> None:
    dialogue = Dialogue()
    dialogue.ask(Stop(2), Start(1))
    (stop,) = frames(dialogue.proceed(T)[0])
    ended = dialogue.answer(Ack(stop.sequence + 2, MessageType.START, 0))
    assert ended is not None
    assert ended.command == Start(1)
    dialogue.answer(Ack(stop.sequence, MessageType.STOP, 0))
    assert dialogue.is_idle


def test_ids_of_two_connections_differ() -> None:
    dialogue = Dialogue()
    seen = set()
    for t_us in (5_000, 4_000_000, 4_005_000, 1 << 31):
        dialogue.begin()
        dialogue.set_request(t_us)
        seen |= {dialogue.next_request() for _ in range(2)}
    assert len(seen) == 8
    assert all(request % 2 == 0 for request in seen)


def test_a_new_connection_forgets_what_was_asked() -> None:
    dialogue = Dialogue()
    dialogue.ask(Start(1), Stop(1))
    dialogue.proceed(T)
    dialogue.begin()
    assert dialogue.is_idle
    assert dialogue.due_ns() is None


def clock_ack(request: int) -> Ack:
    return Ack(request, MessageType.TIME, 0, bytes.fromhex("10270000 74270000 0300"))


@given(st.integers(0, 2**62), st.integers(0, 2 * NS_PER_S))
def test_an_answer_alone_says_when_it_was_asked(mono_ns: int, later_ns: int) -> None:
    (asked,) = frames([Dialogue().ask_time(mono_ns)])
    assert wire.parse(asked) == Time(mono_ns // 1000)
    told = Dialogue().answer_time(clock_ack(asked.sequence), mono_ns + later_ns)
    assert told is not None
    assert 0 <= mono_ns - told.sent_ns < TICK_NS
    assert told == Exchange(told.sent_ns, 10_000, 10_100, mono_ns + later_ns, 3)


def test_time_is_asked_anew_and_never_again() -> None:
    dialogue = Dialogue()
    dialogue.ask(Start(1))
    requests = [frames([dialogue.ask_time(T)])[0].sequence for _ in range(4)]
    assert len(set(requests)) == 4
    assert dialogue.due_ns() == T + STEP
    assert dialogue.proceed(T + STEP - 1) == ([], []), "one at a time"
    assert len(dialogue.proceed(T + STEP)[0]) == 1


@pytest.mark.parametrize("ack", [clock_ack(8), Ack(9, MessageType.START, 0)])
def test_other_answers_are_no_exchange(ack: Ack) -> None:
    assert Dialogue().answer_time(ack, T) is None
