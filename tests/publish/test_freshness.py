"""How long a reading is true."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edged.model import NS_PER_S, Chunk, Quality, StreamInfo
from edged.publish.freshness import Limits, State, Vitals
from tests.publish.vitals import battery, heart_rate, intervals, rmssd

LIMITS = Limits(stale_after_s=4.0, lost_after_s=30.0)


def s(seconds: float) -> int:
    return round(seconds * NS_PER_S)


def shown(vitals: Vitals) -> tuple[object, ...]:
    return vitals.heart_rate, vitals.rmssd_ms, list(vitals.rr_ms), vitals.quality


@pytest.fixture
def vitals() -> Vitals:
    return Vitals(LIMITS, 0)


def test_before_the_first_reading_nothing_is_known(vitals: Vitals) -> None:
    assert (vitals.state, vitals.heart_rate, vitals.quality, vitals.contact) == ("stale", None, None, None)


def test_a_reading_is_fresh_and_new_each_time_though_it_does_not_change(vitals: Vitals) -> None:
    for second in range(120):
        assert vitals.take([heart_rate(72, at_s=second)], s(second))
        assert not vitals.tick(s(second + 0.9))
        assert (vitals.state, vitals.heart_rate, vitals.since_ns) == ("fresh", 72, 0)
    assert vitals.measured_ns == s(119)


def test_it_is_withdrawn_when_none_came_for_the_limit(vitals: Vitals) -> None:
    vitals.take([heart_rate(72), intervals(830.0), rmssd(40)], s(10))
    assert not vitals.tick(s(14) - 1)
    assert vitals.heart_rate == 72
    assert vitals.tick(s(14))
    assert (vitals.state, vitals.since_ns) == ("stale", s(14))
    assert shown(vitals) == (None, None, [], None)
    assert not vitals.tick(s(15)), "said once"


def test_after_long_silence_it_is_lost_and_a_reading_brings_it_back(vitals: Vitals) -> None:
    vitals.take([heart_rate(72)], s(1))
    vitals.tick(s(5))
    assert not vitals.tick(s(31) - 1)
    assert vitals.tick(s(31))
    assert (vitals.state, vitals.since_ns) == ("lost", s(31))
    assert vitals.take([heart_rate(73)], s(40))
    assert (vitals.state, vitals.since_ns, vitals.heart_rate) == ("fresh", s(40), 73)


def test_who_never_had_a_reading_is_lost_too(vitals: Vitals) -> None:
    assert not vitals.tick(s(29))
    assert vitals.tick(s(30))
    assert vitals.state == "lost"


def test_a_look_that_comes_late_finds_it_lost_at_once(vitals: Vitals) -> None:
    vitals.take([heart_rate(72)], 0)
    assert vitals.tick(s(100))
    assert (vitals.state, vitals.heart_rate) == ("lost", None)


@pytest.mark.parametrize("state", ["off_air", "unassigned"])
def test_who_is_not_on_air_does_not_grow_stale(state: State) -> None:
    vitals = Vitals(LIMITS, 0, state)
    assert not vitals.tick(s(1000))
    assert vitals.state == state


def test_contact_lost_withdraws_at_once(vitals: Vitals) -> None:
    vitals.take([heart_rate(72), intervals(830.0), rmssd(40)], 0)
    assert vitals.take([heart_rate(72, Quality.NO_CONTACT), intervals(831.0), rmssd(41)], s(1))
    assert (vitals.state, vitals.contact, vitals.heart_rate) == ("stale", False, None)
    assert (list(vitals.rr_ms), vitals.rmssd_ms) == ([], None), "nor does what came with it stand"
    assert not vitals.take([heart_rate(72, Quality.NO_CONTACT)], s(2)), "said once"


def test_a_strap_that_cannot_tell_contact_is_believed(vitals: Vitals) -> None:
    assert vitals.take([heart_rate(72, Quality.CONTACT_UNKNOWN)], 0)
    assert (vitals.contact, vitals.heart_rate) == (None, 72)
    vitals.take([heart_rate(72)], 0)
    assert vitals.contact is True


def test_a_heart_rate_of_0_is_no_reading_and_the_last_one_grows_stale(vitals: Vitals) -> None:
    vitals.take([heart_rate(72)], 0)
    for second in range(1, 4):
        assert not vitals.take([heart_rate(0, Quality.NO_READING)], s(second))
        assert not vitals.tick(s(second))
    assert vitals.tick(s(4))
    assert vitals.heart_rate is None


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_no_number_is_no_reading(vitals: Vitals, value: float) -> None:
    assert not vitals.take([heart_rate(value), rmssd(value), battery(value)], 0)
    assert (vitals.heart_rate, vitals.rmssd_ms, vitals.battery_pct) == (None, None, None)


def test_the_newest_sample_of_a_chunk_counts(vitals: Vitals) -> None:
    chunk = Chunk.of(StreamInfo("heart_rate", "/min"), 0, [1, 2], [70, 71])
    vitals.take([chunk], 5)
    assert (vitals.heart_rate, vitals.measured_ns, vitals.received_ns) == (71, 2, 5)


def test_intervals_are_told_once_and_only_good_ones(vitals: Vitals) -> None:
    vitals.take([heart_rate(72), intervals(800.12345, 810.0), intervals(1600.0, quality=Quality.ARTEFACT)], 0)
    vitals.take([intervals(math.nan)], 0)
    assert vitals.take_intervals() == [800.123, 810.0]
    assert vitals.take_intervals() == []


def test_intervals_wait_up_to_a_bound(vitals: Vitals) -> None:
    vitals.take([heart_rate(72)], 0)
    for i in range(100):
        vitals.take([intervals(800.0 + i)], 0)
    assert vitals.take_intervals() == [884.0 + i for i in range(16)]


def test_many_bad_intervals_make_it_poor_and_good_ones_good_again(vitals: Vitals) -> None:
    vitals.take([heart_rate(72), intervals(*[800.0] * 16)], 0)
    vitals.take([intervals(*[300.0] * 4, quality=Quality.ARTEFACT)], 0)
    assert shown(vitals)[-1] == "good", "a fifth is not too many"
    vitals.take([intervals(300.0, quality=Quality.ARTEFACT)], 0)
    assert shown(vitals)[-1] == "poor"
    vitals.take([intervals(*[800.0] * 20)], 0)
    assert shown(vitals)[-1] == "good"


def test_variability_does_not_outlive_the_intervals_though_the_rate_goes_on(vitals: Vitals) -> None:
    bad = intervals(*[300.0] * 20, quality=Quality.ARTEFACT)
    vitals.take([heart_rate(72), bad, rmssd(40)], 0)
    assert (vitals.rmssd_ms, vitals.quality) == (40, "poor")
    for second in range(1, 5):
        vitals.take([heart_rate(72)], s(second))
        vitals.tick(s(second))
    assert (vitals.state, vitals.heart_rate) == ("fresh", 72)
    assert (vitals.rmssd_ms, vitals.quality) == (None, "good")


def test_the_battery_is_known_whatever_the_heart_does(vitals: Vitals) -> None:
    assert not vitals.take([battery(87)], 0)
    assert vitals.battery_pct == 87
    vitals.tick(s(100))
    assert vitals.battery_pct == 87
    vitals.take([battery(255)], s(101))
    assert vitals.battery_pct is None, "out of range is unknown"


def test_streams_that_say_nothing_of_the_heart_pass_by(vitals: Vitals) -> None:
    others = [
        Chunk.of(StreamInfo("temperature", "Cel"), 0, [0], [36.6]),
        Chunk.of(StreamInfo("hrv", "%", 0.0, ("pnn50",)), 0, [0], [12.0]),
    ]
    assert not vitals.take(others, 0)
    assert vitals.rmssd_ms is None


def test_withdrawing_says_whether_it_changed_anything(vitals: Vitals) -> None:
    vitals.take([heart_rate(72)], 0)
    assert vitals.withdraw(1, "lost")
    assert not vitals.withdraw(2, "lost")
    assert (vitals.state, vitals.since_ns, vitals.heart_rate) == ("lost", 1, None)


@given(
    st.floats(1.5, 4.5),
    st.lists(
        st.tuples(
            st.floats(0, 3),
            st.sampled_from([Quality.GOOD, Quality.NO_CONTACT, Quality.NO_READING, Quality.CONTACT_UNKNOWN]),
            st.floats(30, 220),
        ),
        max_size=30,
    ),
)
def test_no_reading_is_shown_5_s_after_the_last_receipt(
    stale_after_s: float, packets: list[tuple[float, Quality, float]]
) -> None:
    """Whatever comes, with a look four times a second as the live lane takes it."""
    vitals = Vitals(Limits(stale_after_s, 30), 0)
    now_ns, received_ns = 0, None
    for pause_s, quality, value in packets:
        due_ns = now_ns + s(pause_s)
        while now_ns + s(0.25) <= due_ns:
            now_ns += s(0.25)
            vitals.tick(now_ns)
            if received_ns is None or now_ns - received_ns >= s(5):
                assert vitals.heart_rate is None
        vitals.take([heart_rate(value, quality)], now_ns)
        if quality in {Quality.GOOD, Quality.CONTACT_UNKNOWN}:
            received_ns = now_ns
        if quality is Quality.NO_CONTACT:
            assert vitals.heart_rate is None
        assert (vitals.heart_rate is not None) == (vitals.state == "fresh")


def waveform(quality: Quality = Quality.GOOD) -> Chunk:
    return Chunk.of(StreamInfo("ecg", "uV", 500.0), 0, [1, 2], [3.0, 4.0], quality)


def test_without_a_heart_rate_a_waveform_is_what_is_fresh() -> None:
    vitals = Vitals(LIMITS, 0, waveforms=frozenset({"ecg"}))
    assert vitals.take([waveform()], NS_PER_S) is False, "there is no reading to show"
    assert (vitals.state, vitals.heart_rate) == ("fresh", None)
    vitals.take([waveform(Quality.NO_CONTACT)], 2 * NS_PER_S)
    assert (vitals.state, vitals.contact) == ("stale", False)
    vitals.take([waveform(Quality.SATURATED)], 3 * NS_PER_S)
    assert (vitals.state, vitals.contact) == ("stale", None)
    vitals.take([waveform()], 4 * NS_PER_S)
    assert (vitals.state, vitals.contact) == ("fresh", None)
    assert vitals.tick(9 * NS_PER_S)
    assert vitals.take([waveform(Quality.HELD)], 10 * NS_PER_S) is False
    assert vitals.received_ns == 4 * NS_PER_S


def test_who_has_told_a_heart_rate_is_as_fresh_as_that() -> None:
    vitals = Vitals(LIMITS, 0, waveforms=frozenset({"ecg"}))
    vitals.take([Chunk.of(StreamInfo("heart_rate", "/min"), 0, [1], [72.0])], NS_PER_S)
    for second in range(2, 7):
        vitals.take([waveform()], second * NS_PER_S)
        vitals.tick(second * NS_PER_S)
    assert vitals.state == "stale"


def test_what_is_not_shown_freshens_nothing() -> None:
    vitals = Vitals(LIMITS, 0)
    vitals.take([waveform()], NS_PER_S)
    assert vitals.state == "stale"
