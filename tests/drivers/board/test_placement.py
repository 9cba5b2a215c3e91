"""Where data frames belong: gaps where they are, as long as they are."""

import numpy as np
import pytest

from drivers.decoders.board.clock import DisciplinedClock
from drivers.decoders.board.placement import FramePlacer
from edged.model import NS_PER_MS, NS_PER_S
from edged.signals.timebase import Placement

T = 1000 * NS_PER_S
COUNT, PERIOD_US = 20, 2000


class Sender:
    """Sends frames of 20 samples at 500 Hz, received 1 ms after their last."""

    def __init__(self, rate_hz: float = 500.0) -> None:
        self.placer = FramePlacer(DisciplinedClock(), rate_hz)
        self.sequence = 0
        self.t_us = 5000

    def send(self, count: int = COUNT, *, overrun: bool = False, late_us: int = 0) -> Placement:
        end_us = self.t_us + (count - 1) * PERIOD_US
        placed = self.placer.place(
            self.sequence % 65_536,
            (self.t_us + late_us) % (1 << 32),
            count,
            overrun=overrun,
            receipt_ns=T + end_us * 1000 + NS_PER_MS,
        )
        self.skip(1, count)
        return placed

    def skip(self, frames: int, count: int = COUNT) -> None:
        self.sequence += frames
        self.t_us += frames * count * PERIOD_US


def test_frames_follow_each_other() -> None:
    sender = Sender()
    placed = [sender.send() for _ in range(50)]
    assert all((each.verdict, each.missing, each.is_gap) == ("kept", 0, False) for each in placed)
    times_ns = np.concatenate([each.times_ns for each in placed])
    assert np.abs(np.diff(times_ns) - PERIOD_US * 1000).max() <= 1
    assert times_ns[0] == T + 6_000_000


@pytest.mark.parametrize("begun", [1, 2, 30])
@pytest.mark.parametrize("lost", [1, 2, 7, 100])
def test_lost_frames_are_counted_in_samples(lost: int, begun: int) -> None:
    sender = Sender()
    before = [sender.send() for _ in range(begun)][-1]
    sender.skip(lost)
    placed = sender.send()
    assert (placed.missing, placed.is_gap) == (COUNT * lost, True)
    gap_ns = int(placed.times_ns[0] - before.times_ns[-1])
    assert abs(gap_ns - (COUNT * lost + 1) * PERIOD_US * 1000) < 1000


def test_a_short_frame_that_was_lost_is_counted_by_time() -> None:
    sender = Sender()
    for _ in range(30):
        sender.send()
    sender.skip(1)
    sender.skip(1, count=3)
    assert sender.send().missing == COUNT + 3


def test_a_short_frame_is_followed_by_the_next() -> None:
    sender = Sender()
    for _ in range(5):
        sender.send()
    sender.send(count=3)
    assert (sender.send().missing, sender.send().is_gap) == (0, False)


def test_samples_lost_on_the_board_itself_are_counted_by_time() -> None:
    sender = Sender()
    for _ in range(30):
        sender.send()
    sender.t_us += 7 * PERIOD_US
    placed = sender.send(overrun=True)
    assert (placed.missing, placed.is_gap) == (7, True)


def test_an_overrun_is_a_gap_even_where_time_does_not_show_it() -> None:
    sender = Sender()
    sender.send()
    placed = sender.send(overrun=True)
    assert (placed.missing, placed.is_gap) == (0, True)


def test_a_stream_that_was_stopped_leaves_a_gap() -> None:
    sender = Sender()
    for _ in range(30):
        sender.send()
    sender.t_us += 1_234_567
    placed = sender.send()
    assert (placed.missing, placed.is_gap) == (617, True)
    assert sender.send().missing == 0


def test_a_stamp_that_is_a_little_late_is_no_gap() -> None:
    sender = Sender()
    for _ in range(30):
        sender.send()
    assert [sender.send(late_us=late_us).is_gap for late_us in (1500, 0, -1500, 0)] == [False] * 4


@pytest.mark.parametrize("start", [65_535, 65_530])
def test_the_sequence_rolls_over(start: int) -> None:
    sender = Sender()
    sender.sequence = start
    placed = [sender.send() for _ in range(3)]
    sender.skip(10)
    placed.append(sender.send())
    assert [each.missing for each in placed] == [0, 0, 0, 200]


def test_the_counter_rolls_over() -> None:
    sender = Sender()
    sender.t_us = (1 << 32) - 100_000
    placed = [sender.send() for _ in range(10)]
    assert [each.is_gap for each in placed] == [False] * 10
    times_ns = np.concatenate([each.times_ns for each in placed])
    assert np.abs(np.diff(times_ns) - PERIOD_US * 1000).max() <= 1


def test_a_connection_that_was_away_for_hours_is_a_gap_by_time() -> None:
    sender = Sender()
    for _ in range(30):
        sender.send()
    sender.skip(3 * 3600 * 25)
    placed = sender.send()
    assert placed.is_gap
    assert abs(placed.missing - 3 * 3600 * 500) < 300, "the period is known to some ppm"
    assert sender.send().missing == 0


def test_what_comes_twice_or_late_is_not_kept() -> None:
    sender = Sender()
    for _ in range(5):
        sender.send()
    sender.skip(-1)
    assert sender.send().verdict == "repeated"
    sender.skip(-3)
    assert sender.send().verdict == "older"
    sender.skip(2)
    assert (sender.send().verdict, sender.send().missing) == ("kept", 0)


def test_three_frames_of_the_past_are_a_new_beginning() -> None:
    sender = Sender()
    for _ in range(5):
        sender.send()
    sender.sequence = 0
    placed = [sender.send() for _ in range(4)]
    assert [each.verdict for each in placed] == ["older", "older", "kept", "kept"]
    assert [each.is_gap for each in placed[2:]] == [True, False]


@pytest.mark.parametrize("true_hz", [490.0, 512.0])
def test_a_rate_that_is_not_quite_as_told_is_no_gap(true_hz: float) -> None:
    sender = Sender()
    placed = []
    for frame in range(200):
        sender.t_us = 5000 + round(frame * COUNT * 1e6 / true_hz)
        placed.append(sender.send())
    assert not any(each.is_gap for each in placed)
    spacing_ns = np.diff(np.concatenate([each.times_ns for each in placed[50:]]))
    assert np.abs(spacing_ns - 1e9 / true_hz).max() < 2e-3 * 1e9 / true_hz


def test_a_stream_without_a_rate_counts_by_its_sequence() -> None:
    sender = Sender(rate_hz=0.0)
    first = sender.send(count=1)
    sender.skip(3, count=1)
    second = sender.send(count=1)
    assert (first.missing, second.missing, second.is_gap) == (0, 3, True)
    assert second.times_ns[0] > first.times_ns[0]
