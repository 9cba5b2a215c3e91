"""The live lane: never late, never stale."""

import asyncio
import json
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from edged.clock import ClockMap, ClockQuality, ManualClock
from edged.config.model import LiveConfig, SubjectConfig
from edged.errors import BrokerUnreachable
from edged.model import NS_PER_S, Chunk, Quality
from edged.publish.address import BrokerAddress, Message
from edged.publish.live import LiveLane
from edged.publish.mqtt import Session, connect
from edged.publish.retained import Retained
from edged.publish.topics import Topics
from tests.publish.validating import validate
from tests.publish.vitals import battery, heart_rate, intervals, rmssd
from tests.rigs.mosquitto import Mosquitto
from tests.rigs.waiting import until

TOPICS = Topics("edged/v1", "hall", "desk")
UTC_2026 = 1_767_225_600 * NS_PER_S
ADA = SubjectConfig(name="ada", title="Ada Lovelace", hr_max=200)
BOB = SubjectConfig(name="bob")


@dataclass
class Wire:
    """A connection whose socket is full when a test says so."""

    open: bool = True
    broken: bool = False
    sent: list[tuple[Message, int | None]] = field(default_factory=list)
    has_drained: Callable[[], None] = lambda: None

    @property
    def writable(self) -> bool:
        return self.open

    def send(self, message: Message, *, expiry_s: int | None = None) -> bool:
        if self.broken:
            return False
        self.sent.append((message, expiry_s))
        return True

    async def wait_ended(self) -> None:
        await asyncio.Event().wait()

    def drain(self) -> None:
        self.open = True
        self.has_drained()

    def told(self, subject: str = "ada") -> list[dict[str, Any]]:
        return [json.loads(m.payload) for m, _ in self.sent if m.topic == TOPICS.live(subject)]


class Stage:
    """A live lane for Ada (strap-1) and Bob (nobody), with time in a test's hands."""

    def __init__(self, *, mono_s: float = 100.0, stale_after_s: float = 4.0) -> None:
        self.clock = ManualClock(mono_ns=round(mono_s * NS_PER_S), utc_ns=UTC_2026, boot="boot-1")
        self.clock_map = ClockMap("boot-1")
        self.clock_map.observe(self.clock)
        self.retained = Retained()
        self.wire = Wire()
        self.lane = LiveLane(
            LiveConfig(stale_after_s=stale_after_s),
            [ADA, BOB],
            {"ada": "strap-1"},
            TOPICS,
            self.retained,
            self.clock,
            self.clock_map,
        )
        self.lane.tell_states()

    async def connect(self) -> asyncio.Task[None]:
        task = asyncio.create_task(self.lane.serve(cast("Session", self.wire)))
        await asyncio.sleep(0)
        return task

    def beat(self, *chunks: Chunk) -> None:
        self.lane.take("strap-1", chunks, self.clock.mono_ns())

    def state(self, subject: str = "ada") -> dict[str, Any]:
        word = self.retained.word(TOPICS.state(subject))
        assert word is not None
        told: dict[str, Any] = json.loads(word)
        validate(told, "subject-state")
        return told

    async def pass_time(self, seconds: float) -> None:
        """Let time go by as the daemon would: ``run`` looks every 250 ms."""
        task = asyncio.create_task(self.lane.run())
        await self.clock.advance(seconds)
        task.cancel()
        await asyncio.wait([task])


@pytest.fixture
async def stage() -> Any:
    stage = Stage()
    task = await stage.connect()
    yield stage
    task.cancel()
    await asyncio.wait([task])


async def test_a_reading_goes_out_when_it_comes(stage: Stage) -> None:
    stage.beat(heart_rate(150, at_s=99.5), intervals(400.0), rmssd(12.3456), battery(80))
    (told,) = stage.wire.told()
    validate(told, "live")
    assert told == {
        "v": 1,
        "boot": "boot-1",
        "n": 100_001,
        "t": "2025-12-31T23:59:59.500000Z",
        "t_ok": True,
        "hr": 150,
        "rr_ms": [400.0],
        "rmssd_ms": 12.35,
        "zone": 3,
        "quality": "good",
        "delay_s": 0.0,
    }
    message, expiry_s = stage.wire.sent[0]
    assert (message.retain, expiry_s) == (False, 5)
    assert stage.state() == {
        "v": 1,
        "state": "fresh",
        "since": "2026-01-01T00:00:00.000000Z",
        "name": "Ada Lovelace",
        "source": "strap-1",
        "contact": True,
        "battery_pct": 80,
        "quality": "good",
    }


async def test_intervals_are_told_once(stage: Stage) -> None:
    stage.beat(heart_rate(70), intervals(800.0, 810.0))
    stage.beat(heart_rate(70))
    stage.beat(heart_rate(70), intervals(820.0))
    assert [told["rr_ms"] for told in stage.wire.told()] == [[800.0, 810.0], [], [820.0]]


async def test_n_counts_up_one_by_one(stage: Stage) -> None:
    for _ in range(5):
        stage.beat(heart_rate(70))
    assert [told["n"] for told in stage.wire.told()] == [100_001 + i for i in range(5)]


async def test_n_counts_up_over_a_restart_in_the_same_boot() -> None:
    first = Stage(mono_s=100)
    await first.connect()
    for _ in range(40):
        first.beat(heart_rate(70))
        await first.pass_time(0.25)
    second = Stage(mono_s=110.001)
    await second.connect()
    second.beat(heart_rate(70))
    assert second.wire.told()[0]["n"] > first.wire.told()[-1]["n"]


async def test_a_subject_without_a_maximum_has_no_zone() -> None:
    stage = Stage()
    stage.lane = LiveLane(
        LiveConfig(), [BOB], {"bob": "strap-1"}, TOPICS, stage.retained, stage.clock, stage.clock_map
    )
    await stage.connect()
    stage.beat(heart_rate(70))
    assert stage.wire.told("bob")[0]["zone"] is None


async def test_who_has_no_strap_is_unassigned_and_silent(stage: Stage) -> None:
    await stage.pass_time(60)
    assert stage.state("bob") == {
        "v": 1,
        "state": "unassigned",
        "since": "2026-01-01T00:00:00.000000Z",
        "name": "bob",
        "source": None,
        "contact": None,
        "battery_pct": None,
        "quality": None,
    }
    assert stage.wire.told("bob") == []


async def test_a_source_that_measures_nobody_is_not_on_air(stage: Stage) -> None:
    stage.lane.take("strap-9", [heart_rate(70)], 0)
    assert stage.wire.sent == []


async def test_it_is_repeated_at_least_once_a_second_while_fresh(stage: Stage) -> None:
    stage.beat(heart_rate(70, at_s=100), intervals(800.0))
    await stage.pass_time(3.9)
    told = stage.wire.told()
    assert len(told) == 4
    assert [each["hr"] for each in told] == [70] * 4
    assert [each["rr_ms"] for each in told] == [[800.0], [], [], []]
    assert len({each["t"] for each in told}) == 1, "measured once"
    assert len(stage.lane.latencies_ns) == 1, "a repeat has no latency"


async def test_an_unchanging_rate_stays_fresh(stage: Stage) -> None:
    for _ in range(60):
        stage.beat(heart_rate(70))
        await stage.pass_time(1)
    assert stage.state()["state"] == "fresh"
    assert all(told["hr"] == 70 for told in stage.wire.told())


@pytest.mark.parametrize("stale_after_s", [1.5, 4.0, 4.5])
async def test_null_goes_out_within_5_s_of_the_last_receipt(stale_after_s: float) -> None:
    stage = Stage(stale_after_s=stale_after_s)
    await stage.connect()
    stage.beat(heart_rate(70), intervals(800.0), rmssd(40))
    await stage.pass_time(5)
    last = stage.wire.told()[-1]
    validate(last, "live")
    assert {key: last[key] for key in ("hr", "rr_ms", "rmssd_ms", "zone", "quality")} == {
        "hr": None,
        "rr_ms": [],
        "rmssd_ms": None,
        "zone": None,
        "quality": None,
    }
    assert stage.state()["state"] == "stale"
    sent = len(stage.wire.sent)
    await stage.pass_time(20)
    assert len(stage.wire.sent) == sent, "said once"


@pytest.mark.parametrize("stale_after_s", [1.0, 4.6, 5.0])
def test_no_configuration_can_hold_a_reading_longer(stale_after_s: float) -> None:
    with pytest.raises(ValueError, match="stale_after_s"):
        LiveConfig(stale_after_s=stale_after_s)


async def test_after_long_silence_the_subject_is_lost(stage: Stage) -> None:
    stage.beat(heart_rate(70))
    await stage.pass_time(30)
    assert stage.state()["state"] == "lost"
    assert stage.state()["since"] == "2026-01-01T00:00:30.000000Z"
    stage.beat(heart_rate(71))
    assert stage.state()["state"] == "fresh"
    assert stage.wire.told()[-1]["hr"] == 71


async def test_contact_lost_withdraws_at_once(stage: Stage) -> None:
    stage.beat(heart_rate(70), intervals(800.0))
    stage.beat(heart_rate(70, Quality.NO_CONTACT), intervals(800.0))
    assert [told["hr"] for told in stage.wire.told()] == [70, None]
    assert stage.wire.told()[-1]["rr_ms"] == []
    assert (stage.state()["state"], stage.state()["contact"]) == ("stale", False)


async def test_a_heart_rate_of_0_is_never_shown(stage: Stage) -> None:
    stage.beat(heart_rate(70))
    for _ in range(6):
        stage.beat(heart_rate(0, Quality.NO_READING))
        await stage.pass_time(1)
    assert [told["hr"] for told in stage.wire.told() if told["hr"] == 0] == []
    assert stage.wire.told()[-1]["hr"] is None


async def test_a_noisy_signal_is_called_poor(stage: Stage) -> None:
    stage.beat(heart_rate(70), intervals(*[300.0] * 10, quality=Quality.ARTEFACT))
    assert stage.wire.told()[-1]["quality"] == stage.state()["quality"] == "poor"


async def test_retained_state_never_contains_a_reading(stage: Stage) -> None:
    stage.beat(heart_rate(123), intervals(487.0), rmssd(17.77))
    word = stage.retained.word(TOPICS.state("ada")) or b""
    assert not {"hr", "rr_ms", "rmssd_ms", "zone"} & set(json.loads(word))
    assert all(number not in word for number in (b"123", b"487", b"17.7"))


async def test_while_the_socket_is_full_only_the_newest_waits(stage: Stage) -> None:
    stage.wire.open = False
    for value in (70, 71, 72):
        stage.beat(heart_rate(value), intervals(800.0 + value))
    assert stage.wire.sent == []
    stage.wire.drain()
    (told,) = stage.wire.told()
    assert (told["hr"], told["rr_ms"]) == (72, [870.0, 871.0, 872.0])
    assert (stage.lane.stats.sent, stage.lane.stats.superseded) == (1, 2)


async def test_what_waited_has_the_latency_of_its_wait(stage: Stage) -> None:
    stage.wire.open = False
    stage.beat(heart_rate(70))
    await stage.pass_time(1.5)  # a repeat in between is no new reading
    stage.wire.drain()
    assert list(stage.lane.latencies_ns) == [1_500_000_000]
    assert stage.lane.stats.superseded == 0


async def test_what_grew_stale_while_it_waited_is_null_when_it_goes(stage: Stage) -> None:
    stage.wire.open = False
    stage.beat(heart_rate(70))
    await stage.pass_time(5)
    stage.wire.drain()
    assert [told["hr"] for told in stage.wire.told()] == [None]
    assert not stage.lane.latencies_ns


async def test_without_a_connection_nothing_is_kept_for_later() -> None:
    stage = Stage()
    for value in (70, 71):
        stage.beat(heart_rate(value))
    assert stage.lane.stats.unsent == 2
    task = await stage.connect()
    assert stage.wire.sent == []
    await stage.pass_time(1)
    assert [told["hr"] for told in stage.wire.told()] == [71], "but what is fresh is told within a second"
    task.cancel()
    await asyncio.wait([task])
    stage.beat(heart_rate(72))
    assert stage.lane.stats.unsent == 3


async def test_a_connection_that_breaks_under_a_message_is_no_error(stage: Stage) -> None:
    stage.wire.broken = True
    stage.beat(heart_rate(70))
    assert stage.lane.stats.sent == 0


async def test_what_waited_for_one_connection_does_not_go_over_the_next(stage: Stage) -> None:
    stage.wire.open = False
    stage.beat(heart_rate(70))
    stage.wire = Wire()
    await stage.connect()
    stage.wire.drain()
    assert stage.wire.sent == []


async def test_on_a_stop_every_reading_is_taken_back(stage: Stage) -> None:
    stage.beat(heart_rate(70))
    stage.lane.withdraw_all()
    assert stage.wire.told()[-1]["hr"] is None
    assert (stage.state()["state"], stage.state("bob")["state"]) == ("lost", "unassigned")
    sent = len(stage.wire.sent)
    stage.lane.withdraw_all()
    assert len(stage.wire.sent) == sent


async def test_times_say_whether_the_clock_was_right_and_states_are_corrected() -> None:
    stage = Stage()
    stage.clock.set_utc(0, ClockQuality.UNSYNCED)
    stage.clock_map = ClockMap("boot-1")
    stage.clock_map.observe(stage.clock)
    stage.lane = LiveLane(
        LiveConfig(), [ADA], {"ada": "strap-1"}, TOPICS, stage.retained, stage.clock, stage.clock_map
    )
    await stage.connect()
    stage.lane.tell_states()
    stage.beat(heart_rate(70, at_s=100))
    assert (stage.wire.told()[0]["t"], stage.wire.told()[0]["t_ok"]) == ("1970-01-01T00:00:00.000000Z", False)
    assert stage.state()["since"] == "1970-01-01T00:00:00.000000Z"
    stage.clock.set_utc(UTC_2026, ClockQuality.SYNCED)
    stage.clock_map.observe(stage.clock)
    await stage.pass_time(1)
    assert (stage.wire.told()[-1]["t"], stage.wire.told()[-1]["t_ok"]) == (
        "2026-01-01T00:00:00.000000Z",
        True,
    )
    assert stage.state()["since"] == "2026-01-01T00:00:00.000000Z"


async def test_the_charts_get_every_reading_and_where_the_line_breaks_off(stage: Stage) -> None:
    stage.beat(heart_rate(70))
    await stage.pass_time(5)
    stage.beat(heart_rate(71))
    assert [(r.mark, r.subject, r.heart_rate) for r in stage.lane.readings] == [
        (1, "ada", 70),
        (2, "ada", None),
        (3, "ada", 71),
    ]
    assert stage.lane.vitals("ada").heart_rate == 71


async def test_a_broker_that_stands_still_gets_the_newest_when_it_goes_on(mosquitto: Mosquitto) -> None:
    """The real thing: mosquitto stopped so that the socket fills."""
    stage = Stage()
    heard: list[dict[str, Any]] = []
    async with (
        connect(BrokerAddress(mosquitto.url, "viewer"), "5") as viewer,
        connect(BrokerAddress(mosquitto.url, "node"), "5") as session,
    ):
        await viewer.subscribe(lambda m: heard.append(json.loads(m.payload)), TOPICS.live("+"))
        serving = asyncio.create_task(stage.lane.serve(session))
        await asyncio.sleep(0)
        process = mosquitto._process
        assert process is not None
        os.kill(process.pid, signal.SIGSTOP)
        async with asyncio.timeout(30):
            while session.writable:  # until nothing more fits into the network's buffers
                session.send(Message("padding", bytes(100_000)))
                await asyncio.sleep(0)
        for value in range(60, 160):
            stage.beat(heart_rate(value))
        assert stage.lane.stats.superseded == 99
        os.kill(process.pid, signal.SIGCONT)
        await until(lambda: heard)
        assert heard[0]["hr"] == 159
        assert stage.lane.stats.sent == 1
        serving.cancel()
        await asyncio.wait([serving])
        assert serving.cancelled()


async def test_a_connection_that_ends_ends_the_serving(mosquitto: Mosquitto) -> None:
    stage = Stage()
    async with connect(BrokerAddress(mosquitto.url, "node"), "5") as session:
        serving = asyncio.create_task(stage.lane.serve(session))
        await asyncio.sleep(0)
        await mosquitto.kill()
        with pytest.raises(BrokerUnreachable):
            await serving
        stage.beat(heart_rate(70))
        assert stage.lane.stats.unsent == 1


MAX = SubjectConfig(name="max")


async def test_who_keeps_their_strap_keeps_their_reading(stage: Stage) -> None:
    stage.beat(heart_rate(72))
    stage.lane.configure(LiveConfig(), [SubjectConfig(name="ada", title="Countess"), MAX], {"ada": "strap-1"})
    assert stage.lane.vitals("ada").heart_rate == 72
    assert stage.state("ada")["name"] == "Countess"
    assert stage.state("max")["state"] == "unassigned"
    assert stage.retained.word(TOPICS.state("bob")) is None
    n = stage.wire.told()[-1]["n"]
    stage.beat(heart_rate(73))
    assert [told["hr"] for told in stage.wire.told()] == [72, 73]
    assert stage.wire.told()[-1]["n"] == n + 1


async def test_a_reading_of_another_strap_is_withdrawn_before_the_new_one_speaks(stage: Stage) -> None:
    stage.beat(heart_rate(72))
    stage.lane.configure(LiveConfig(), [ADA, BOB], {"ada": "strap-2", "bob": "strap-1"})
    assert [told["hr"] for told in stage.wire.told()] == [72, None]
    assert stage.state("ada")["state"] == "stale"
    stage.beat(heart_rate(74))  # strap-1 measures Bob now
    assert [told["hr"] for told in stage.wire.told("bob")] == [74]
    assert stage.wire.told()[-1]["hr"] is None
    stage.lane.take("strap-2", [heart_rate(90)], stage.clock.mono_ns())
    told = stage.wire.told()
    assert told[-1]["hr"] == 90
    assert [each["n"] for each in told] == sorted({each["n"] for each in told})


async def test_a_strap_that_is_taken_away_leaves_nobody_on_air(stage: Stage) -> None:
    stage.beat(heart_rate(72))
    stage.lane.configure(LiveConfig(), [ADA], {})
    stage.beat(heart_rate(73))
    assert [told["hr"] for told in stage.wire.told()] == [72, None]
    assert stage.state()["state"] == "unassigned"


async def test_other_limits_hold_for_readings_that_stand(stage: Stage) -> None:
    stage.beat(heart_rate(72))
    stage.lane.configure(LiveConfig(stale_after_s=2.0), [ADA, BOB], {"ada": "strap-1"})
    await stage.pass_time(2.3)
    assert stage.wire.told()[-1]["hr"] is None
