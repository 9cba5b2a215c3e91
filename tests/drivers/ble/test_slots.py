from hypothesis import given
from hypothesis import strategies as st

from drivers.ble.slots import KEEP_NS, STREAMS_NS, Slots
from edged.clock import ManualClock

PLAYERS = tuple("abcdefg")


def full(count: int, clock: ManualClock) -> Slots:
    slots = Slots(count, clock)
    for source in PLAYERS[:count]:
        slots.take(source)
        slots.hear(source)
    return slots


def test_places_are_taken_and_given_back() -> None:
    slots = Slots(2, ManualClock())
    assert (slots.holders, slots.streaming, slots.free, slots.free_for("a")) == ((), 0, 2, 2)
    slots.take("b")
    slots.take("a")
    assert (slots.holders, slots.streaming, slots.free, slots.free_for("c")) == (("a", "b"), 0, 0, 0)
    slots.leave("b")
    assert (slots.holders, slots.free, slots.free_for("c")) == (("a",), 1, 1)


def test_who_streams_is_counted_until_it_leaves() -> None:
    slots = Slots(3, ManualClock())
    slots.take("a")
    slots.take("b")
    slots.hear("a")
    slots.hear("a")
    assert slots.streaming == 1
    slots.leave("a")
    assert slots.streaming == 0
    slots.take("a")
    assert slots.streaming == 0, "a new connection has to speak first"


def test_who_fell_silent_long_ago_shields_nobody() -> None:
    clock = ManualClock()
    slots = full(2, clock)
    clock.move_to(STREAMS_NS)
    assert slots.streaming == 2
    slots.hear("a")
    clock.move_to(STREAMS_NS + 1)
    assert slots.streaming == 1


def test_who_has_no_place_is_not_counted() -> None:
    slots = Slots(1, ManualClock())
    slots.hear("a")
    assert (slots.holders, slots.streaming, slots.free) == ((), 0, 1)


def test_a_kept_place_outlives_a_try_that_fails() -> None:
    slots = full(1, ManualClock())
    slots.leave("a")
    slots.take("a")
    slots.leave("a")
    assert (slots.free_for("a"), slots.free_for("f")) == (1, 0)


def test_who_has_streamed_finds_its_place_again() -> None:
    clock = ManualClock()
    slots = full(2, clock)
    slots.leave("a")
    assert (slots.free, slots.free_for("f"), slots.free_for("a")) == (1, 0, 1)
    clock.move_to(KEEP_NS - 1)
    assert (slots.free_for("f"), slots.free_for("a")) == (0, 1)
    clock.move_to(KEEP_NS)
    assert (slots.free_for("f"), slots.free_for("a")) == (1, 1), "not for ever"


def test_who_never_streamed_keeps_nobody_out() -> None:
    slots = full(1, ManualClock())
    slots.leave("a")
    slots = Slots(1, ManualClock())
    slots.take("a")
    slots.leave("a")
    assert slots.free_for("f") == 1


def test_a_place_is_kept_once_however_often_it_is_left() -> None:
    slots = full(3, ManualClock())
    for _ in range(3):
        slots.leave("a")
    slots.leave("nobody")
    assert (slots.free, slots.free_for("f"), slots.free_for("a")) == (1, 0, 1)


deeds = st.lists(
    st.tuples(
        st.sampled_from(["take", "hear", "leave", "wait"]),
        st.sampled_from(PLAYERS),
        st.sampled_from([1, KEEP_NS // 3, KEEP_NS - 1, KEEP_NS]),
    ),
    max_size=60,
)


@given(count=st.integers(1, 5), deeds=deeds)
def test_no_place_is_given_twice_and_none_is_lost(count: int, deeds: list[tuple[str, str, int]]) -> None:
    """Sources do as links do: take a place where there is one for them, stream, leave."""
    clock = ManualClock()
    slots = Slots(count, clock)
    kept_until_ns: dict[str, int] = {}
    heard_ns: dict[str, int] = {}
    for deed, source, ns in deeds:
        if deed == "wait":
            clock.move_to(clock.mono_ns() + ns)
        elif deed == "take" and source not in slots.holders and slots.free_for(source) > 0:
            slots.take(source)
        elif deed == "hear" and source in slots.holders:
            slots.hear(source)
            heard_ns[source] = clock.mono_ns()
        elif deed == "leave":
            slots.leave(source)
            if heard_ns.pop(source, None) is not None:
                kept_until_ns[source] = clock.mono_ns() + KEEP_NS
        assert len(slots.holders) <= count
        assert slots.free == count - len(slots.holders)
        assert slots.streaming == sum(clock.mono_ns() - ns <= STREAMS_NS for ns in heard_ns.values())
        for player in PLAYERS:
            kept = kept_until_ns.get(player, 0) > clock.mono_ns()
            assert 0 <= slots.free_for(player) <= slots.free
            has_it = player in slots.holders
            assert not kept or has_it or slots.free_for(player) > 0, "it is kept for it"
    clock.move_to(clock.mono_ns() + KEEP_NS)
    for source in PLAYERS:
        slots.leave(source)
    clock.move_to(clock.mono_ns() + KEEP_NS)
    assert slots.free_for("a") == count
