from hypothesis import given
from hypothesis import strategies as st

from edged.model import Chunk, Event
from edged.store.entry_queue import Entry, EntryQueue
from tests.store.rig import ecg, heart_rate

ROOMY = 10**9


def an_entry(kind: str, n: int) -> Entry:
    items: dict[str, Chunk | Event] = {"ecg": ecg(n, 2), "hr": heart_rate(n), "event": Event("x", n)}
    return Entry("s", items[kind])


def test_entries_leave_in_the_order_in_which_they_came() -> None:
    queue = EntryQueue(10)
    entries = [an_entry(kind, n) for n, kind in enumerate(("hr", "ecg", "ecg", "event", "hr"))]
    for entry in entries:
        queue.append(entry)
    assert queue.take(3, ROOMY) == entries[:3]
    assert (len(queue), queue.settled) == (5, 0)
    queue.done()
    assert (len(queue), queue.settled) == (2, 3)
    assert queue.take(3, ROOMY) == entries[3:]
    queue.done()
    assert (len(queue), queue.settled, queue.appended) == (0, 5, 5)
    assert queue.take(3, ROOMY) == []


def test_waveforms_are_shed_first_then_the_oldest() -> None:
    queue = EntryQueue(2)
    first, second = an_entry("hr", 0), an_entry("event", 1)
    for entry in (first, an_entry("ecg", 0), second):
        queue.append(entry)
    assert queue.take_losses() == {("s", "ecg"): 2}
    third = an_entry("hr", 1)
    queue.append(third)
    queue.append(an_entry("hr", 2))
    assert queue.take_losses() == {("s", "heart_rate"): 1, ("s", ""): 1}
    assert not queue.has_lost
    assert queue.dropped == 4
    assert queue.dropped_by == {"s": 4}
    assert queue.take(2, ROOMY) == [third, an_entry("hr", 2)]


def test_what_is_under_way_is_not_shed() -> None:
    queue = EntryQueue(3)
    wave = an_entry("ecg", 0)
    queue.append(wave)
    assert queue.take(1, ROOMY) == [wave]
    for n in range(5):
        queue.append(an_entry("hr", n))
    assert len(queue) == 3
    assert queue.take_losses() == {("s", "heart_rate"): 3}
    assert queue.take(1, ROOMY) == [wave]


def test_a_group_is_bounded_in_bytes_but_never_empty() -> None:
    queue = EntryQueue(10)
    for n in range(4):
        queue.append(Entry("s", ecg(n, 100)))
    assert len(queue.take(10, 1)) == 1
    queue.done()
    assert len(queue.take(10, 2 * (100 + 100 * 18))) == 2


@given(
    st.lists(st.tuples(st.sampled_from(["ecg", "hr", "event"]), st.sampled_from(["", "take", "done"]))),
    st.integers(3, 8),
)
def test_every_entry_is_taken_once_in_order_or_counted_as_lost(
    steps: list[tuple[str, str]], limit: int
) -> None:
    queue, taken = EntryQueue(limit), list[Entry]()
    under_way: list[Entry] = []
    appended: list[Entry] = []
    lost: dict[tuple[str, str], int] = {}
    for n, (kind, then) in enumerate(steps):
        appended.append(an_entry(kind, n))
        queue.append(appended[-1])
        assert len(queue) <= limit
        if then == "take":
            more = queue.take(limit // 2, ROOMY)
            assert more[: len(under_way)] == under_way
            under_way = more
        elif then == "done":
            queue.done()
            taken += under_way
            under_way = []
        for key, count in queue.take_losses().items():
            lost[key] = lost.get(key, 0) + count
    while len(queue):
        taken += queue.take(limit, ROOMY)
        queue.done()
    assert sum(lost.values()) == queue.dropped
    numbers = [appended.index(entry) for entry in taken]
    assert numbers == sorted(set(numbers))
    missing = [entry for entry in appended if entry not in taken]
    samples = sum(len(e.item) if isinstance(e.item, Chunk) else 1 for e in missing)
    assert samples == queue.dropped
