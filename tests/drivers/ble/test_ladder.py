from collections.abc import Sequence
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.ble.errors import Cause
from drivers.ble.ladder import (
    LATE_GAP_NS,
    POWER_ON_GAP_NS,
    RESET_GAP_NS,
    RESETS_MAX,
    RESETS_WITHIN_NS,
    AdapterLadder,
    AdapterRung,
    Reach,
    Rung,
    StrapLadder,
)
from edged.model import NS_PER_S

RETRY, FORGET, BLAME = Rung.RETRY, Rung.FORGET, Rung.BLAME
POWER_CYCLE, USB_RESET, REBOOT = AdapterRung.POWER_CYCLE, AdapterRung.USB_RESET, AdapterRung.REBOOT
REACHES: Sequence[Reach] = get_args(Reach)
WEIGHED = [Cause.IN_PROGRESS, Cause.FAILED, Cause.SILENT, Cause.DEAF]
INNOCENT = [cause for cause in Cause if cause not in {*WEIGHED, Cause.TIMEOUT, Cause.STALE}]
"""What no adapter can help for, or what is no adapter at all."""
ADAPTERS = [*WEIGHED, Cause.TIMEOUT]


def failed(causes: Sequence[Cause], every_s: float = 1) -> list[Rung]:
    ladder = StrapLadder()
    return [ladder.failed(cause, round(n * every_s * NS_PER_S)) for n, cause in enumerate(causes)]


@pytest.mark.parametrize("cause", WEIGHED)
def test_a_device_is_tried_again_then_forgotten_then_its_adapter_is_blamed(cause: Cause) -> None:
    assert failed([cause] * 7) == [RETRY, RETRY, FORGET, RETRY, BLAME, BLAME, BLAME]


def test_what_takes_long_to_fail_climbs_faster() -> None:
    assert failed([Cause.TIMEOUT] * 3, every_s=20) == [FORGET, BLAME, BLAME]


@pytest.mark.parametrize("innocent", INNOCENT)
def test_innocent_failures_do_not_count(innocent: Cause) -> None:
    course = [*[innocent] * 9, Cause.FAILED, innocent, Cause.FAILED, Cause.FAILED, Cause.FAILED, Cause.FAILED]
    assert failed(course) == [*[RETRY] * 12, FORGET, RETRY, BLAME]


@pytest.mark.parametrize("cause", INNOCENT)
def test_what_no_adapter_can_help_for_is_only_tried_again(cause: Cause) -> None:
    assert failed([cause] * 50) == [RETRY] * 50


def test_a_stale_memory_is_cleared_at_once_and_once_a_minute() -> None:
    assert failed([Cause.STALE] * 13, every_s=10) == [FORGET, *[RETRY] * 5] * 2 + [FORGET]


def test_what_was_just_forgotten_is_not_forgotten_again() -> None:
    assert failed([Cause.STALE, *[Cause.FAILED] * 6]) == [FORGET, *[RETRY] * 4, BLAME, BLAME]


@pytest.mark.parametrize(("streamed_s", "rungs"), [(9.9, [BLAME]), (10, [RETRY, RETRY, FORGET])])
def test_ten_seconds_of_it_speaking_forgive_all(streamed_s: float, rungs: list[Rung]) -> None:
    ladder = StrapLadder()
    for n in range(4):
        ladder.failed(Cause.FAILED, n)
    began_ns = 100 * NS_PER_S
    ladder.streaming(began_ns)
    ladder.streaming(began_ns + 5 * NS_PER_S)  # counts from the first
    now_ns = began_ns + round(streamed_s * NS_PER_S)
    assert [ladder.failed(Cause.FAILED, now_ns + n) for n in range(len(rungs))] == rungs


def test_each_connection_has_to_speak_for_ten_seconds_by_itself() -> None:
    ladder = StrapLadder()
    rungs = []
    for n in range(5):
        began_ns = n * 9 * NS_PER_S
        ladder.streaming(began_ns)
        rungs.append(ladder.failed(Cause.SILENT, began_ns + 9 * NS_PER_S))
    assert rungs == [RETRY, RETRY, FORGET, RETRY, BLAME]


causes = st.lists(st.tuples(st.sampled_from(Cause), st.integers(0, 100), st.booleans()), max_size=60)


@given(causes)
def test_in_any_course_a_device_is_forgotten_and_blamed_for_a_reason_only(
    course: list[tuple[Cause, int, bool]],
) -> None:
    ladder, now_ns = StrapLadder(), 0
    forgotten_ns: list[int] = []
    for cause, seconds, streams in course:
        if streams:
            ladder.streaming(now_ns)
        now_ns += seconds * NS_PER_S
        rung = ladder.failed(cause, now_ns)
        if cause in INNOCENT:
            assert rung is RETRY
        if rung is FORGET:
            assert not forgotten_ns or now_ns - forgotten_ns[-1] >= 60 * NS_PER_S
            forgotten_ns.append(now_ns)
        if rung is BLAME:
            assert cause in ADAPTERS
        if streams and seconds >= 10 and cause is not Cause.TIMEOUT:
            assert rung is not BLAME


def climbed(reach: Reach, bus: str, times_s: Sequence[float], serving: int = 0) -> list[AdapterRung | None]:
    ladder = AdapterLadder(reach)
    return [ladder.climb(round(s * NS_PER_S), serving=serving, bus=bus) for s in times_s]


@pytest.mark.parametrize(
    ("reach", "bus", "rungs"),
    [
        ("usb", "usb", [POWER_CYCLE, USB_RESET, REBOOT]),
        ("usb", "uart", [POWER_CYCLE, REBOOT]),  # a Pi's own radio has no plug
        ("usb", "", [POWER_CYCLE, REBOOT]),
        ("power", "usb", [POWER_CYCLE, REBOOT]),
        ("power", "uart", [POWER_CYCLE, REBOOT]),
        ("never", "usb", [REBOOT]),
        ("never", "uart", [REBOOT]),
    ],
)
def test_how_far_an_adapter_climbs(reach: Reach, bus: str, rungs: list[AdapterRung]) -> None:
    ladder = AdapterLadder(reach)
    took = []
    for n, _ in enumerate(rungs):
        assert not ladder.exhausted
        took.append(ladder.climb(n * RESET_GAP_NS, serving=0, bus=bus))
    assert took == rungs
    assert ladder.exhausted


def test_after_a_reset_it_is_left_alone_to_show_whether_that_helped() -> None:
    assert climbed("usb", "usb", [0, 1, 14.9, 15, 29.9, 30]) == [
        POWER_CYCLE,
        None,
        None,
        USB_RESET,
        None,
        REBOOT,
    ]


def test_once_all_was_tried_it_is_tried_again_every_five_minutes() -> None:
    times_s = [0, 15, 30, 60, 314.9, 315, 614.9, 615, 900, 915]
    rungs = [POWER_CYCLE, USB_RESET, REBOOT, None, None, POWER_CYCLE, None, USB_RESET, None, REBOOT]
    assert climbed("usb", "usb", times_s) == rungs


def test_nothing_is_reset_under_one_that_streams() -> None:
    ladder = AdapterLadder("usb")
    assert [ladder.climb(n * NS_PER_S, serving=1, bus="usb") for n in range(100)] == [None] * 100
    assert ladder.climb(100 * NS_PER_S, serving=0, bus="usb") is POWER_CYCLE
    assert ladder.climb(200 * NS_PER_S, serving=5, bus="usb") is None
    assert ladder.climb(201 * NS_PER_S, serving=0, bus="usb") is USB_RESET, "no rung is lost by waiting"


def test_one_that_streams_begins_the_ladder_at_its_foot() -> None:
    ladder = AdapterLadder("usb")
    rungs = []
    for n in range(3):
        rungs.append(ladder.climb(n * 60 * NS_PER_S, serving=0, bus="usb"))
        ladder.well()
    assert rungs == [POWER_CYCLE] * 3


def test_a_hopeless_one_that_streams_after_all_is_hopeless_no_more() -> None:
    ladder = AdapterLadder("power")
    ladder.climb(0, serving=0, bus="uart")
    ladder.climb(RESET_GAP_NS, serving=0, bus="uart")
    assert ladder.exhausted
    ladder.well()
    assert not ladder.exhausted
    assert ladder.climb(2 * RESET_GAP_NS, serving=0, bus="uart") is POWER_CYCLE


def test_too_many_resets_are_none_though_each_seemed_to_help() -> None:
    ladder = AdapterLadder("usb")
    rungs = []
    for n in range(42):
        rungs.append(ladder.climb(n * 15 * NS_PER_S, serving=0, bus="usb"))
        ladder.well()
    assert rungs[:4] == [POWER_CYCLE] * RESETS_MAX
    assert rungs[4:40] == [REBOOT] * 36
    assert rungs[40:] == [POWER_CYCLE] * 2, "the first two are ten minutes ago"


climbs = st.lists(
    st.tuples(
        st.integers(0, 60) | st.sampled_from([14, 15, 299, 300, 599, 600]),
        st.integers(-1, 2),  # -1: it streamed, and is well
        st.sampled_from(["usb", "uart", ""]),
    ),
    max_size=80,
)


@given(reach=st.sampled_from(REACHES), climbs=climbs)
def test_in_any_course_an_adapter_is_reset_seldom_and_never_under_anybody(
    reach: Reach, climbs: list[tuple[int, int, str]]
) -> None:
    ladder, now_ns = AdapterLadder(reach), 0
    resets: list[tuple[int, AdapterRung]] = []
    was_well = True
    for seconds, serving, bus in climbs:
        now_ns += seconds * NS_PER_S
        if serving < 0:
            ladder.well()
            was_well = True
            continue
        gap_ns = LATE_GAP_NS if ladder.exhausted else RESET_GAP_NS
        rung = ladder.climb(now_ns, serving=serving, bus=bus)
        if serving:
            assert rung is None
        elif rung is None:
            assert resets, "it waits for a reason"
            assert now_ns - resets[-1][0] < gap_ns
        elif rung is REBOOT:
            assert ladder.exhausted
        else:
            assert reach != "never"
            assert not resets or now_ns - resets[-1][0] >= gap_ns
            if rung is USB_RESET:
                assert (reach, bus) == ("usb", "usb")
                assert resets[-1][1] is POWER_CYCLE
                assert not was_well, "the gentler one comes first"
            resets.append((now_ns, rung))
            was_well = False
            recent = [ns for ns, _ in resets if now_ns - ns < RESETS_WITHIN_NS]
            assert len(recent) <= RESETS_MAX


@given(st.lists(st.integers(0, 12), max_size=60))
def test_what_is_switched_off_is_switched_on_every_five_seconds_at_most(pauses_s: list[int]) -> None:
    ladder, now_ns = AdapterLadder("never"), 0
    last_ns: int | None = None
    for pause_s in pauses_s:
        now_ns += pause_s * NS_PER_S
        may = last_ns is None or now_ns - last_ns >= POWER_ON_GAP_NS
        assert ladder.may_power_on(now_ns) is may
        if may:
            last_ns = now_ns


RETRIES_S = (0.5, 1, 2, 4, 5)
"""The supervisor's pauses at their longest; the last again and again."""


def tried(cause: Cause, attempt_s: float, reach: Reach, bus: str, until_s: float) -> dict[AdapterRung, float]:
    """Return when each rung is reached, s, where one device fails all the time, each try taking so long."""
    strap, adapter = StrapLadder(), AdapterLadder(reach)
    reached: dict[AdapterRung, float] = {}
    now_s, tries = 0.0, 0
    while now_s < until_s:
        now_s += attempt_s
        blames = strap.failed(cause, round(now_s * NS_PER_S)) is BLAME
        next_s = now_s + RETRIES_S[min(tries, 4)]
        tries += 1
        while blames and now_s < next_s:
            rung = adapter.climb(round(now_s * NS_PER_S), serving=0, bus=bus)
            blames = rung is None  # it is asked again at each look after it
            if rung is not None:
                reached.setdefault(rung, now_s)
            now_s += 0.5
        now_s = next_s
    return reached


@pytest.mark.parametrize(
    ("cause", "attempt_s"),
    [
        (Cause.IN_PROGRESS, 0.1),  # BlueZ answers so at once
        (Cause.FAILED, 1),
        (Cause.SILENT, 10),  # silence_s
    ],
)
@pytest.mark.parametrize(("bus", "last"), [("usb", USB_RESET), ("uart", POWER_CYCLE)])
def test_all_that_may_help_is_tried_in_time_to_stream_again_within_90_s(
    cause: Cause, attempt_s: float, bus: str, last: AdapterRung
) -> None:
    reached = tried(cause, attempt_s, "usb", bus, 300)
    assert reached[POWER_CYCLE] <= 60
    assert reached[last] <= 80, "replugged and connected, it streams by 90 s"
    assert reached[last] < reached[REBOOT], "nobody is called before it was tried"
