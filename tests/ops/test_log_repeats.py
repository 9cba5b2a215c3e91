"""What repeats itself is counted and told once; what is new is told at once."""

import logging
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edged.clock import ManualClock
from edged.messages import ADAPTER_DOWN, SOURCE_FAULTS, SOURCE_LOST
from edged.model import NS_PER_S
from edged.ops.log_repeats import KEYS, REPEATS, TEXTS, WINDOW_S, Repeats
from tests.rigs.log import Kept, record_of


class Bench:
    def __init__(self) -> None:
        self.clock = ManualClock()
        self.kept = Kept()
        self.repeats = Repeats([self.kept], self.clock.mono_ns)

    def say(self, source: str = "a", reason: str = "gone", times: int = 1) -> None:
        for _ in range(times):
            self.repeats.handle(record_of(SOURCE_LOST, source=source, reason=reason))

    def pass_time(self, seconds: float) -> None:
        self.clock.move_to(self.clock.mono_ns() + round(seconds * NS_PER_S))


@pytest.fixture
def bench() -> Iterator[Bench]:
    bench = Bench()
    yield bench
    bench.repeats.close()


def test_the_first_is_told_at_once_and_the_rest_once_afterwards(bench: Bench) -> None:
    bench.say(times=38)
    assert bench.kept.texts == ["source a: gone"]
    bench.pass_time(WINDOW_S - 0.1)
    bench.repeats.tick()
    assert len(bench.kept.texts) == 1
    bench.pass_time(0.1)
    bench.repeats.tick()
    assert bench.kept.texts[1:] == ["source a: gone … 37 more in the last 60 s"]
    told = bench.kept.records[1]
    assert getattr(told, REPEATS) == 37
    assert told.levelno == logging.WARNING
    bench.pass_time(WINDOW_S)
    bench.repeats.tick()
    assert len(bench.kept.texts) == 2, "once"
    bench.say()
    assert bench.kept.texts[2:] == ["source a: gone"], "it is new again"


def test_what_was_said_once_is_not_told_of_again(bench: Bench) -> None:
    bench.say()
    bench.pass_time(WINDOW_S)
    bench.repeats.tick()
    assert bench.kept.texts == ["source a: gone"]


def test_any_other_message_has_what_is_over_told(bench: Bench) -> None:
    bench.say(times=2)
    bench.pass_time(61)
    bench.repeats.handle(record_of("something of a library"))
    assert bench.kept.texts == [
        "source a: gone",
        "source a: gone … 1 more in the last 61 s",
        "something of a library",
    ]


def test_one_source_never_hides_another(bench: Bench) -> None:
    bench.say("a", times=1000)
    bench.say("b")
    bench.repeats.handle(record_of(ADAPTER_DOWN, adapter="hci0", reason="gone"))
    bench.repeats.handle(record_of(ADAPTER_DOWN, adapter="hci1", reason="gone"))
    assert bench.kept.texts == [
        "source a: gone",
        "source b: gone",
        "adapter hci0: gone",
        "adapter hci1: gone",
    ]


def test_one_message_never_hides_another_of_the_same_source(bench: Bench) -> None:
    bench.say(times=100)
    bench.repeats.handle(record_of(SOURCE_FAULTS, source="a", reason="half", faults=1))
    assert bench.kept.texts == ["source a: gone", "source a: half (1 so far)"]


def test_another_reason_is_told_up_to_a_number(bench: Bench) -> None:
    for number in range(TEXTS + 3):
        bench.say(reason=f"reason {number}")
        bench.say(reason="reason 0")
    assert bench.kept.texts == [f"source a: reason {number}" for number in range(TEXTS)]
    bench.repeats.flush()
    assert bench.kept.texts[TEXTS:] == [f"source a: reason 0 … {TEXTS + 6} more in the last 1 s"]


def test_a_library_is_known_by_its_text_before_it_is_filled_in(bench: Bench) -> None:
    for number in range(10):
        record = logging.LogRecord("lib", logging.ERROR, "", 1, "number %d", (number,), None)
        bench.repeats.handle(record)
    assert bench.kept.texts == [f"number {number}" for number in range(TEXTS)]


def test_debug_is_not_counted(bench: Bench) -> None:
    for _ in range(3):
        bench.repeats.handle(record_of("same", logging.DEBUG))
    assert bench.kept.texts == ["same"] * 3


def test_a_traceback_is_told_once(bench: Bench) -> None:
    for _ in range(2):
        record = record_of("broken", logging.ERROR)
        record.exc_info = (ValueError, ValueError("x"), None)
        bench.repeats.handle(record)
    bench.repeats.flush()
    assert [record.exc_info is None for record in bench.kept.records] == [False, True]


def test_the_memory_is_bounded_and_what_goes_is_told(bench: Bench) -> None:
    for _ in range(2):
        bench.say("first")
    for number in range(3 * KEYS):
        bench.say(f"s{number}")
    assert len(bench.repeats._seen) == KEYS
    assert "source first: gone … 1 more in the last 1 s" in bench.kept.texts


def test_a_target_is_given_what_its_level_lets_through(bench: Bench) -> None:
    bench.kept.setLevel(logging.ERROR)
    bench.say()
    assert bench.kept.texts == []


def test_who_logs_wrongly_is_not_hurt(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.repeats.handle(logging.LogRecord("lib", logging.ERROR, "", 1, "number %d", ("one",), None))
    assert bench.kept.texts == []
    assert "--- Logging error ---" in capsys.readouterr().err


def test_threads_lose_nothing(bench: Bench) -> None:
    threads = [threading.Thread(target=bench.say, args=("a", "gone", 500)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    bench.repeats.flush()
    assert bench.kept.texts == ["source a: gone", "source a: gone … 3999 more in the last 1 s"]


@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 9), st.floats(0, 100)), max_size=200))
def test_everything_is_told_or_counted(said: list[tuple[str, int, float]]) -> None:
    bench = Bench()
    for source, reason, pause_s in said:
        bench.say(source, f"reason {reason}")
        bench.pass_time(pause_s)
    bench.repeats.flush()
    told = sum(getattr(record, REPEATS, 1) for record in bench.kept.records)
    assert told == len(said)
    bench.repeats.close()
