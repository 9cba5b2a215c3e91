"""The clock of a board: within a millisecond after a minute, monotone, never stepping."""

from collections.abc import Callable
from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray

from drivers.decoders.board.clock import DisciplinedClock, Exchange
from edged.model import NS_PER_MS, NS_PER_S

T = 1000 * NS_PER_S
ROLLOVER = 1 << 32
BASE_NS = 300_000

Jitter = Callable[[Random], float]


def exponential(random: Random) -> float:
    return min(random.expovariate(1 / 2), 50)


def ftdi(random: Random) -> float:
    return random.uniform(0, 16)


def little(random: Random) -> float:
    return random.uniform(0, 0.2)


class Line:
    """A board and what lies between it and the node; delays in ms on top of ``BASE_NS``."""

    def __init__(self, ppm: float, inwards: Jitter, outwards: Jitter, seed: int, counter_us: int = 0) -> None:
        self.clock = DisciplinedClock()
        self.random = Random(seed)
        self.rate = 1 + ppm * 1e-6
        self.counter_us = counter_us
        self.inwards, self.outwards = inwards, outwards
        self.last_ns = 0

    def us(self, node_ns: int) -> int:
        """Return the board's time, not rolled over."""
        return int(self.counter_us + node_ns * self.rate / 1000)

    def receipt_ns(self, sent_ns: int) -> int:
        delay_ns = BASE_NS + round(self.inwards(self.random) * NS_PER_MS)
        self.last_ns = max(sent_ns + delay_ns, self.last_ns)
        return self.last_ns

    def frame_ns(self, at_ns: int) -> int:
        """Send a frame; return what time of the node its stamp is taken for."""
        stamp_ns = self.clock.stamp_ns(self.us(at_ns) % ROLLOVER, T + self.receipt_ns(at_ns))
        return self.clock.to_node_ns(stamp_ns) - T

    def exchange(self, at_ns: int) -> bool:
        received_ns = at_ns + BASE_NS + round(self.outwards(self.random) * NS_PER_MS)
        answered_ns = received_ns + 100_000
        told = Exchange(
            T + at_ns,
            self.us(received_ns) % ROLLOVER,
            self.us(answered_ns) % ROLLOVER,
            T + self.receipt_ns(answered_ns),
            self.us(received_ns) // ROLLOVER,
        )
        return self.clock.exchange(told)

    def run(self, seconds: int, exchanges: Callable[[int], bool]) -> NDArray[np.int64]:
        """Return true times and estimates of 25 frames a second, shape (n, 2)."""
        told = []
        for frame in range(25 * seconds):
            at_ns = frame * 40 * NS_PER_MS
            told.append((at_ns, self.frame_ns(at_ns)))
            if frame % 25 == 5 and exchanges(frame // 25):
                assert self.exchange(at_ns + NS_PER_MS)
        return np.array(told)


def as_a_session_does(second: int) -> bool:
    return second < 60 or second % 10 == 0


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("ppm", [500.0, -500.0, 0.0, 5000.0])
@pytest.mark.parametrize(
    ("inwards", "outwards", "within_ms"),
    [(exponential, exponential, 0.3), (ftdi, little, 1.0), (little, little, 0.05)],
)
def test_a_fast_or_slow_board_is_mapped_within_a_millisecond_after_a_minute(
    ppm: float, inwards: Jitter, outwards: Jitter, within_ms: float, seed: int
) -> None:
    told = Line(ppm, inwards, outwards, seed).run(120, as_a_session_does)
    errors_ms = np.abs(told[:, 1] - told[:, 0]) / NS_PER_MS
    assert errors_ms[25 * 60 :].max() < within_ms


def test_a_wrong_time_is_left_out_but_a_new_pace_is_followed() -> None:
    line = Line(500, exponential, exponential, 3)
    line.run(60, lambda _second: True)
    before_ns = line.clock.to_node_ns(line.us(60 * NS_PER_S) * 1000)
    assert line.clock.exchange(
        Exchange(
            T + 60 * NS_PER_S,
            line.us(60 * NS_PER_S - 40 * NS_PER_MS),  # before it was sent
            line.us(60 * NS_PER_S - 39 * NS_PER_MS),
            T + 60 * NS_PER_S + 2 * NS_PER_MS,
            0,
        )
    )
    assert line.clock.to_node_ns(line.us(60 * NS_PER_S) * 1000) == before_ns
    line.rate += 100e-6
    line.counter_us -= int(60e6 * 100e-6)
    errors_ms = []
    for second in range(60, 300):
        at_ns = second * NS_PER_S
        errors_ms.append((line.frame_ns(at_ns) - at_ns) / NS_PER_MS)
        assert line.exchange(at_ns + NS_PER_MS)
    assert max(map(abs, errors_ms)) < 4
    assert max(map(abs, errors_ms[-60:])) < 1


@pytest.mark.parametrize("ppm", [500.0, -5000.0])
def test_it_is_monotone_and_never_steps(ppm: float) -> None:
    told = Line(ppm, ftdi, exponential, 7).run(90, as_a_session_does)
    steps_ms = np.diff(told[:, 1]) / NS_PER_MS
    assert steps_ms.min() > 40 * 0.97
    assert steps_ms.max() < 40 * 1.03


def test_before_the_first_exchange_it_follows_receipts() -> None:
    told = Line(50, little, little, 1).run(20, lambda _second: False)
    errors_ms = (told[:, 1] - told[:, 0]) / NS_PER_MS
    assert np.abs(errors_ms).max() < 1


def test_when_exchanges_cease_receipts_are_followed_again() -> None:
    line = Line(500, little, little, 3)
    line.run(60, lambda _second: True)
    line.rate += 100e-6  # its temperature has changed
    line.counter_us -= int(60e6 * 100e-6)
    late_ms = []
    for frame in range(25 * 60, 25 * 600):
        at_ns = frame * 40 * NS_PER_MS
        late_ms.append((line.frame_ns(at_ns) - at_ns) / NS_PER_MS)
    assert max(map(abs, late_ms)) < 20
    assert abs(late_ms[-1]) < 6


def test_the_counter_rolls_over() -> None:
    line = Line(300, little, little, 5, counter_us=ROLLOVER - 10_000_000)
    told = line.run(20, as_a_session_does)
    assert line.clock.epoch == 1
    assert np.abs(np.diff(told[:, 1]) / NS_PER_MS - 40).max() < 0.5


def test_hours_of_silence_are_counted_in_roll_overs() -> None:
    line = Line(100, little, little, 5)
    line.run(60, as_a_session_does)
    for hours in (1, 3, 7):
        at_ns = hours * 3600 * NS_PER_S
        assert abs(line.frame_ns(at_ns) - at_ns) < 2 * NS_PER_S
    assert line.clock.epoch == 1


def test_another_count_of_roll_overs_begins_anew() -> None:
    clock = DisciplinedClock()
    clock.stamp_ns(1000, T)
    assert clock.exchange(Exchange(T, 2000, 2000, T + NS_PER_MS, 0))
    assert clock.epoch == 1
    assert clock.exchange(Exchange(T + NS_PER_S, 1_002_000, 1_002_000, T + NS_PER_S + NS_PER_MS, 1))
    assert clock.epoch == 2


@pytest.mark.parametrize(
    ("t_us", "later_s"),
    [(1_000_000, 1), (100_000_000, 1), (6_000_000, 60)],
    ids=["it went back", "it jumped ahead", "it stood still"],
)
def test_a_counter_that_is_nowhere_near_begins_anew(t_us: int, later_s: int) -> None:
    clock = DisciplinedClock()
    clock.stamp_ns(5_000_000, T)
    stamp_ns = clock.stamp_ns(t_us, T + later_s * NS_PER_S)
    assert clock.epoch == 2
    assert clock.to_node_ns(stamp_ns) == T + later_s * NS_PER_S


def test_a_frame_that_lasts_is_sent_after_its_last_sample() -> None:
    clock = DisciplinedClock()
    stamp_ns = clock.stamp_ns(5000, T, lasts_ns=38 * NS_PER_MS)
    assert clock.to_node_ns(stamp_ns) == T - 38 * NS_PER_MS


@pytest.mark.parametrize(
    "told",
    [
        Exchange(T, 5000, 5000, T - 1, 0),
        Exchange(T, 5000, 5000, T + 251 * NS_PER_MS, 0),
        Exchange(T, 5000, 4000, T + NS_PER_MS, 0),
        Exchange(T, 5000, 6000, T + NS_PER_MS // 2, 0),
    ],
)
def test_what_cannot_be_an_exchange_is_none(told: Exchange) -> None:
    clock = DisciplinedClock()
    clock.stamp_ns(5000, T)
    assert not clock.exchange(told)
