import numpy as np
import pytest

from drivers.decoders.wire.counted_cursor import CountedCursor, Row
from drivers.decoders.wire.receipt_clock import ReceiptClock
from edged.model import NS_PER_MS, NS_PER_S, Chunk, Quality, StreamInfo

MS = NS_PER_MS


@pytest.mark.parametrize("true_hz", [250, 251.25, 245, 249.99])
def test_times_are_even_though_receipt_is_not(true_hz: float) -> None:
    rng = np.random.default_rng(1)
    clock = ReceiptClock(250, 256)
    errors, spacings = [], []
    for block in range(1, 60 * 25):
        end_ns = block * 10 * NS_PER_S / true_hz
        held_ns = np.ceil(end_ns / (16 * MS)) * 16 * MS + rng.exponential(2 * MS)
        placed = clock.place(10, 0, int(held_ns))
        assert (placed.missing, placed.is_gap) == (0, False)
        errors.append(placed.times_ns[-1] - end_ns)
        spacings += np.diff(placed.times_ns).tolist()
    settled = errors[30 * 25 :]
    assert 2 * MS < np.mean(settled) < 18 * MS  # the delay: up to 16 ms, and 2 ms
    assert np.std(settled) < MS
    assert np.ptp(spacings[30 * 250 :]) < 0.05 * NS_PER_S / 250


def test_what_was_held_up_is_not_missing() -> None:
    clock = ReceiptClock(250, 256)
    receipts = [block * 40 * MS for block in range(1, 150)]
    receipts[100:140] = [receipts[140]] * 40  # 1.6 s
    placed = [clock.place(10, 0, receipt_ns) for receipt_ns in receipts]
    assert {(block.missing, block.is_gap) for block in placed} == {(0, False)}
    ends = [int(block.times_ns[-1]) for block in placed]
    assert np.ptp(np.diff(ends)) < 5 * MS


def test_what_stays_late_was_lost_in_whole_turns_of_the_counter() -> None:
    clock = ReceiptClock(250, 256)
    for block in range(50):
        clock.place(10, 0, block * 40 * MS)
    late_ns = round(512 * NS_PER_S / 250)
    placed = [clock.place(10, 0, block * 40 * MS + late_ns) for block in range(50, 100)]
    assert [block.missing for block in placed if block.is_gap] == [512]
    assert placed[-1].times_ns[-1] == pytest.approx(99 * 40 * MS + late_ns, abs=2 * MS)


def test_times_go_on_over_a_beginning_that_came_late_and_over_connections() -> None:
    clock = ReceiptClock(250, 256)
    placed = [clock.place(10, 0, NS_PER_S)]
    placed += [clock.place(10, 0, (block + 1) * 40 * MS) for block in range(20)]  # the first was held up
    clock.begin()
    placed.append(clock.place(10, 0, 500 * MS))
    times = np.concatenate([block.times_ns for block in placed])
    assert (np.diff(times) > 0).all()
    assert [block.is_gap for block in placed] == [False] * 21 + [True]


FAST = StreamInfo("fast", "1", 100)
SLOW = StreamInfo("slow", "1", 0)


def test_chunks_have_so_many_samples_and_end_before_a_gap() -> None:
    cursor = CountedCursor((FAST, SLOW), 100, 16, 3)
    told: list[Chunk] = []
    lost = 0
    for index, counter in enumerate((14, 15, 0, 1, 4, 5, 6)):
        rows = {"fast": Row([index]), **({"slow": Row([index], Quality.SATURATED)} if index % 4 == 0 else {})}
        chunks, missing = cursor.add(counter, rows, (index + 1) * 10 * MS)
        told += chunks
        lost += missing
    assert lost == 2
    assert [(c.info, c.seq, c.values[:, 0].tolist(), c.quality.tolist()) for c in told] == [
        (FAST, 0, [0, 1, 2], [0, 0, 0]),
        (SLOW, 0, [0], [Quality.SATURATED]),
        (FAST, 3, [3], [0]),
        (FAST, 6, [4, 5, 6], [Quality.GAP_BEFORE, 0, 0]),
        (SLOW, 1, [4], [Quality.SATURATED | Quality.GAP_BEFORE]),
    ]
    assert told[0].times_ns.tolist() == [10 * MS, 20 * MS, 30 * MS]
    assert told[1].times_ns.tolist() == [10 * MS]


def test_a_new_count_is_a_gap_and_what_was_whole_is_kept() -> None:
    cursor = CountedCursor((FAST,), 100, 16, 3)
    cursor.add(0, {"fast": Row([0])}, 10 * MS)
    assert [chunk.values.tolist() for chunk in cursor.end()] == [[[0]]]
    assert cursor.end() == []
    told = [chunk for n in range(3) for chunk in cursor.add(n, {"fast": Row([n])}, (5 + n) * 10 * MS)[0]]
    assert [(chunk.seq, chunk.quality.tolist()) for chunk in told] == [(1, [Quality.GAP_BEFORE, 0, 0])]
