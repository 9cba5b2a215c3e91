"""Display waveforms: peaks kept, gaps kept, never late, and the first to give way."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edged.config.model import LiveConfig
from edged.model import NS_PER_S, Chunk, Quality, StreamInfo
from edged.publish.live import LiveLane
from edged.publish.wave import Decimator, Points
from tests.publish.test_live import ADA, BOB, TOPICS, Stage, Wire
from tests.publish.validating import validate
from tests.publish.vitals import heart_rate

ECG = StreamInfo("ecg", "uV", 130.0)
PPG = StreamInfo("ppg", "{count},{count},lx", 50.0, ("green", "red", "ambient"))
PERIOD_NS = NS_PER_S / 130


class WaveStage(Stage):
    """Ada's strap sends 130 Hz; the time of a sample is its number, from second 100 on."""

    def __init__(self, **changes: Any) -> None:
        super().__init__()
        self.lane = LiveLane(
            LiveConfig(**changes),
            [ADA, BOB],
            {"ada": "strap-1"},
            TOPICS,
            self.retained,
            self.clock,
            self.clock_map,
        )
        self.lane.tell_states()

    async def connect(self) -> asyncio.Task[None]:
        self.serving = await super().connect()  # else nobody holds it
        return self.serving

    def ecg(self, first: int, values: Sequence[float], quality: Any = Quality.GOOD) -> None:
        """Receive samples at the moment of the last one, or now where that is later."""
        chunk = ecg(first, values, quality)
        self.clock.move_to(max(int(chunk.times_ns[-1]), self.clock.mono_ns()))
        self.beat(chunk)

    def waves(self, quantity: str = "ecg") -> list[dict[str, Any]]:
        topic = TOPICS.wave("ada", quantity)
        told = [json.loads(m.payload) for m, _ in self.wire.sent if m.topic == topic]
        for each in told:
            validate(each, "wave")
        return told

    def values(self, quantity: str = "ecg") -> list[float | None]:
        return [value for told in self.waves(quantity) for value in told["values"]]


def ecg(first: int, values: Sequence[float], quality: Any = Quality.GOOD) -> Chunk:
    times = [100 * NS_PER_S + round((first + i) * PERIOD_NS) for i in range(len(values))]
    return Chunk.of(ECG, first, times, list(values), quality)


@pytest.fixture
async def stage() -> AsyncIterator[WaveStage]:
    stage = WaveStage(wave_rate_hz=130)
    task = await stage.connect()
    stage.beat(heart_rate(70))
    yield stage
    task.cancel()
    await asyncio.wait([task])


def test_a_decimator_keeps_the_extremes_of_each_window_in_order() -> None:
    values = [0, 1, 2, 1100, -300, 3, 4, 5, 7, 7, 7, 7]
    times = np.arange(12, dtype=np.int64) * 10
    told = Decimator(130, 65).process(Points(times, np.array(values, dtype=float)))
    assert told.values.tolist() == [0, 1100, -300, 5, 7, 7]
    assert told.times_ns.tolist() == [5, 25, 45, 65, 85, 105]


@pytest.mark.parametrize(
    ("rate_hz", "factor"), [(130, 2), (130.16, 3), (65, 1), (50, 1), (250, 4), (512, 8), (1000, 16)]
)
def test_no_more_values_a_second_than_were_asked_for(rate_hz: float, factor: int) -> None:
    decimator = Decimator(rate_hz, 65)
    assert decimator.factor == factor
    assert NS_PER_S / decimator.period_ns <= 65


def test_a_window_with_an_unknown_sample_gives_none() -> None:
    values = np.array([1, np.nan, 3, 4, 5, 6, 7, 8])
    told = Decimator(130, 65).process(Points(np.arange(8, dtype=np.int64), values))
    assert np.isnan(told.values[:2]).all()
    assert told.values[2:].tolist() == [5, 8]


@given(
    st.lists(st.floats(-1e6, 1e6) | st.just(float("nan")), min_size=1, max_size=200),
    st.lists(st.integers(1, 73), min_size=1, max_size=20),
    st.sampled_from([20.0, 65.0, 130.0]),
)
def test_block_sizes_do_not_matter_and_no_peak_is_lost(
    values: list[float], sizes: list[int], wanted_hz: float
) -> None:
    times = np.arange(len(values), dtype=np.int64) * round(PERIOD_NS)
    table = np.array(values)
    at_once = Decimator(130, wanted_hz)
    whole = at_once.process(Points(times, table))
    in_blocks = Decimator(130, wanted_hz)
    blocks: list[Points] = []
    at = 0
    while at < len(values):
        size = sizes[len(blocks) % len(sizes)]
        blocks.append(in_blocks.process(Points(times[at : at + size], table[at : at + size])))
        at += size
    assert np.array_equal(np.concatenate([b.values for b in blocks]), whole.values, equal_nan=True)
    assert np.array_equal(np.concatenate([b.times_ns for b in blocks]), whole.times_ns)
    assert (np.diff(whole.times_ns) > 0).all()
    told = table[: len(whole) * at_once.factor]
    if len(whole) and not np.isnan(told).any():
        assert (whole.values.max(), whole.values.min()) == (told.max(), told.min())
        highest = whole.times_ns[np.isclose(whole.values, told.max(), rtol=0, atol=0)]
        off = np.abs(highest[:, np.newaxis] - times[: len(told)][told == told.max()]).min()
        assert off <= 1.5 * at_once.period_ns


async def test_a_message_says_when_each_value_was_measured(stage: WaveStage) -> None:
    stage.ecg(0, [12.0, -35.5, 1104.123456, float("nan")])
    (told,) = stage.waves()
    assert told == {
        "v": 1,
        "boot": "boot-1",
        "n": 100_024,
        "seq": 1,
        "t0": "2026-01-01T00:00:00.000000Z",
        "t_ok": True,
        "period_ms": pytest.approx(PERIOD_NS / 1e6, abs=1e-4),
        "unit": "uV",
        "values": [12, -35.5, 1104.12, None],
    }
    message, expiry_s = stage.wire.sent[-1]
    assert (message.retain, expiry_s) == (False, 5)


async def test_at_most_five_messages_a_second_however_small_the_chunks(stage: WaveStage) -> None:
    for i in range(390):
        stage.ecg(i, [float(i)])
    await stage.pass_time(0.25)
    told = stage.waves()
    assert 12 <= len(told) <= 16
    assert stage.values() == list(range(390)), "each once, the last ones too"
    assert [each["n"] for each in told] == list(range(told[0]["n"], told[0]["n"] + len(told)))
    for before, after in pairwise(told):
        assert after["seq"] == before["seq"] + len(before["values"])


@pytest.mark.parametrize("step", [1, 73, 390])
async def test_what_is_told_does_not_depend_on_how_it_came(step: int) -> None:
    stage = WaveStage()
    await stage.connect()
    stage.beat(heart_rate(70))
    signal = np.round(1000 * np.sin(np.arange(390) / 7))
    for first in range(0, 390, step):
        stage.ecg(first, signal[first : first + step].tolist())
    await stage.pass_time(0.25)
    decimator = Decimator(130, 65)
    whole = ecg(0, signal.tolist())
    assert stage.values() == decimator.process(Points(whole.times_ns, whole.values[:, 0])).values.tolist()


async def test_a_message_never_spans_a_gap(stage: WaveStage) -> None:
    stage.ecg(0, [1.0] * 10)
    stage.wire.open = False
    stage.ecg(10, [2.0] * 10)
    stage.ecg(25, [3.0] * 10)  # five are missing
    stage.ecg(35, [4.0] * 10, [8] + [0] * 9)  # its maker says so
    stage.wire.drain()
    await stage.pass_time(0.5)
    told = stage.waves()[1:]
    assert [set(each["values"]) for each in told] == [{2.0}, {3.0}, {4.0}]
    assert told[0]["seq"] == 11
    for before, after in pairwise(told):
        assert after["seq"] > before["seq"] + len(before["values"])


async def test_a_gap_forgets_what_of_a_window_is_left() -> None:
    stage = WaveStage()
    await stage.connect()
    stage.beat(heart_rate(70))
    stage.ecg(0, [9.0, 9.0, 9.0])
    stage.ecg(50, [1.0, 2.0, 3.0, 4.0])
    await stage.pass_time(0.5)
    assert stage.values() == [1, 4]


@pytest.mark.parametrize(
    "quality",
    [Quality.NO_CONTACT, Quality.HELD, Quality.SATURATED, Quality.NO_READING, Quality.ARTEFACT],
)
async def test_what_may_not_be_shown_is_null(stage: WaveStage, quality: Quality) -> None:
    harmless = Quality.CONTACT_UNKNOWN
    stage.ecg(0, [1.0, 2.0, 3.0], [0, quality, harmless])
    assert stage.values() == [1, None, 3]
    stage.ecg(3, [4.0] * 40, quality)
    await stage.pass_time(0.5)
    assert len(stage.waves()) == 1, "nothing but nulls says nothing"


async def test_only_who_is_fresh_has_a_waveform(stage: WaveStage) -> None:
    stage.ecg(0, [1.0, 2.0])
    stage.ecg(2, [3.0, 4.0])  # waits for its turn
    stage.beat(heart_rate(70, Quality.NO_CONTACT))
    stage.ecg(4, [5.0, 6.0])
    await stage.pass_time(1)
    assert stage.values() == [1, 2]
    stage.beat(heart_rate(70))
    stage.ecg(150, [7.0, 8.0])
    before, after = stage.waves()
    assert after["values"] == [7, 8]
    assert after["seq"] > before["seq"] + 2, "it does not follow on what was before"


async def test_who_turns_stale_or_leaves_has_none(stage: WaveStage) -> None:
    stage.ecg(0, [1.0, 2.0])
    await stage.pass_time(4.5)
    assert stage.state()["state"] == "stale"
    stage.ecg(900, [3.0, 4.0])
    stage.beat(heart_rate(70))
    stage.ecg(1000, [5.0, 6.0])
    stage.wire.open = False
    stage.ecg(1002, [7.0, 8.0])
    stage.lane.withdraw_all()
    stage.wire.drain()
    await stage.pass_time(1)
    assert stage.values() == [1, 2, 5, 6]


async def test_while_the_socket_is_full_it_waits_a_second_and_gives_way(stage: WaveStage) -> None:
    stage.ecg(0, [0.0] * 10)
    stage.wire.open = False
    for first in range(10, 400, 10):  # three seconds
        stage.ecg(first, [float(first)] * 10)
        await stage.pass_time(0)
    stage.beat(heart_rate(71))
    sent = len(stage.wire.sent)
    stage.wire.drain()
    topics = [message.topic for message, _ in stage.wire.sent[sent:]]
    assert topics == [TOPICS.live("ada"), TOPICS.wave("ada", "ecg")]
    last = stage.waves()[-1]
    assert 10 * 13 <= len(last["values"]) <= 10 * 14
    assert last["values"][-1] == 390
    assert stage.lane.waves.stats.sent == 2
    assert stage.lane.waves.stats.dropped == 390 - len(last["values"])


async def test_a_value_goes_before_a_waveform_also_when_the_socket_fills_in_between(stage: WaveStage) -> None:
    stage.wire.open = False
    stage.beat(heart_rate(71))
    stage.ecg(0, [1.0, 2.0])
    stage.wire.open = True  # and nobody has said so yet
    stage.ecg(40, [3.0, 4.0])
    assert stage.waves() == []
    stage.wire.drain()
    assert [told["hr"] for told in stage.wire.told()] == [70, 71]
    assert stage.values() == [1, 2, 3, 4]


async def test_what_comes_old_is_late(stage: WaveStage) -> None:
    stage.clock.move_to(106 * NS_PER_S)
    stage.beat(heart_rate(70))
    stage.ecg(0, [float(i) for i in range(390)])  # seconds 100 to 103
    (told,) = stage.waves()
    assert told["t0"] == "2026-01-01T00:00:02.000000Z"
    assert (told["values"][0], told["seq"]) == (260, 261)
    assert stage.lane.waves.stats.dropped == 260


async def test_without_a_connection_nothing_is_kept() -> None:
    stage = WaveStage(wave_rate_hz=130)
    stage.beat(heart_rate(70))
    stage.ecg(0, [1.0, 2.0])
    task = await stage.connect()
    stage.ecg(2, [3.0, 4.0])
    assert stage.values() == [3, 4]
    assert stage.lane.waves.stats.unsent == 2
    stage.wire.open = False
    stage.ecg(60, [5.0, 6.0])
    stage.wire = Wire()
    task.cancel()
    await stage.connect()
    await stage.pass_time(0.5)
    assert stage.values() == []
    assert stage.lane.waves.stats.unsent == 4


async def test_a_connection_that_breaks_under_a_message_drops_it(stage: WaveStage) -> None:
    stage.wire.broken = True
    stage.ecg(0, [1.0, 2.0])
    assert (stage.lane.waves.stats.sent, stage.lane.waves.stats.dropped) == (0, 2)


async def test_of_several_channels_the_first_is_shown(stage: WaveStage) -> None:
    times = [100 * NS_PER_S + i * 20_000_000 for i in range(3)]
    rows = [[310_123.4, 5, 9], [float("nan"), 5, 9], [310_125, float("nan"), 9]]
    stage.beat(Chunk.of(PPG, 0, times, rows))
    (told,) = stage.waves("ppg")
    assert (told["values"], told["unit"], told["period_ms"]) == ([310_123, None, 310_125], "{count}", 20)


async def test_who_has_two_waveforms_has_no_more_messages_for_it(stage: WaveStage) -> None:
    for i in range(130):
        stage.ecg(i, [float(i)])
        stage.beat(Chunk.of(PPG, i, [stage.clock.mono_ns()], [[float(i), 0, 0]]))
    await stage.pass_time(0.5)
    assert 4 <= len(stage.waves()) + len(stage.waves("ppg")) <= 8


@pytest.mark.parametrize(
    ("info", "told"),
    [
        (StreamInfo("ecg", "uV", 20.0), True),
        (StreamInfo("ecg", "uV", 19.9), False),
        (StreamInfo("ecg", "uV"), False),
        (StreamInfo("ppg", "{count}", 55.0), False),
        (StreamInfo("acceleration", "m[g]", 50.0), False),
    ],
)
async def test_only_configured_streams_that_are_fast_enough(info: StreamInfo, *, told: bool) -> None:
    stage = WaveStage(wave_streams=("ecg",))
    await stage.connect()
    stage.beat(heart_rate(70))
    stage.beat(Chunk.of(info, 0, [100 * NS_PER_S], [1.0]))
    assert (len(stage.wire.sent) == 2) is told


async def test_another_rate_begins_anew(stage: WaveStage) -> None:
    stage.ecg(0, [1.0, 2.0])
    faster = StreamInfo("ecg", "mV", 260.0)
    stage.clock.move_to(101 * NS_PER_S)
    stage.beat(Chunk.of(faster, 2, [stage.clock.mono_ns() + i * 3_846_154 for i in range(4)], [1.5, 0, 0, 0]))
    before, after = stage.waves()
    assert (before["unit"], after["unit"]) == ("uV", "mV")
    assert after["values"] == [1.5, 0]
    assert after["seq"] > before["seq"] + 2


async def test_one_value_has_the_nominal_spacing(stage: WaveStage) -> None:
    stage.ecg(0, [1.0])
    assert stage.waves()[0]["period_ms"] == pytest.approx(PERIOD_NS / 1e6, abs=1e-4)


async def test_times_that_cannot_be_still_give_a_message_that_fits(stage: WaveStage) -> None:
    stage.beat(Chunk.of(ECG, 0, [100 * NS_PER_S, 100 * NS_PER_S + 1], [1.0, 2.0]))
    assert stage.waves()[0]["period_ms"] > 0
