"""The status, put together from the parts of a node that runs."""

import asyncio
import json
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pytest

from edged import __version__
from edged.backoff import Backoff
from edged.clock import ClockMap, ClockQuality, ManualClock
from edged.config.model import Config
from edged.errors import BrokerUnreachable, EdgedError, SourceLost, StoreUnavailable
from edged.model import NS_PER_S, Chunk, StreamInfo
from edged.ops.instruments import Instruments
from edged.ops.loop_lag import LoopLag
from edged.ops.node_view import RunningNode
from edged.ops.parts import Parts
from edged.ops.status import Status
from edged.publish.address import BrokerAddress
from edged.publish.broker import Broker
from edged.publish.live import LiveLane
from edged.publish.presence import Presence
from edged.publish.retained import Retained
from edged.publish.topics import Topics
from edged.publish.uplink import Uplink
from edged.sources.equipment import AdapterReport, Equipment
from edged.sources.link import LinkContext, LinkPhase
from edged.sources.supervisor import Source, as_it_is
from edged.store.journal import Journal
from tests.publish.vitals import battery, heart_rate, intervals, rmssd
from tests.rigs.scripted_broker import ACCEPTED_3, ACCEPTED_5, ScriptedBroker
from tests.rigs.waiting import until
from tests.sources.test_supervisor import Sink

UTC_2026 = 1_767_225_600 * NS_PER_S
START_NS = 100 * NS_PER_S


@dataclass
class Stage:
    """The parts of a node, made as the daemon makes them, with time in a test's hands."""

    folder: Path
    url: str | None = "mqtt://127.0.0.1:1"
    quality: ClockQuality = ClockQuality.SYNCED
    clock: ManualClock = field(init=False)

    def __post_init__(self) -> None:
        self.clock = ManualClock(mono_ns=START_NS, utc_ns=UTC_2026, boot="boot-1", quality=self.quality)
        random = Random(1)
        told: dict[str, Any] = {
            "node": {"site": "hall", "name": "desk"},
            "journal": {"path": self.folder / "journal.db", "max_size_mb": 4},
            "subject": [{"name": "ada", "title": "Ada Lovelace", "hr_max": 200}, {"name": "bob"}],
            "source": [
                {"name": "strap-1", "link": "tcp://127.0.0.1:1", "subject": "ada"},
                {"name": "strap-2", "link": "sim:resting"},
            ],
        }
        if self.url:
            told["uplink"] = {"url": self.url}
        config = Config.model_validate(told)
        clock_map = ClockMap("boot-1")
        clock_map.observe(self.clock)
        topics = Topics("edged/v1", "hall", "desk")
        uplinks = ["main"] if config.uplink else []
        self.journal = Journal(config.journal, self.clock, clock_map, uplinks, Backoff(1, 2, random))
        self.sources = [
            Source(source, LinkContext(self.clock, self.journal.room), Sink(), as_it_is, random)
            for source in config.source
        ]
        self.live = LiveLane(
            config.live, config.subject, {"ada": "strap-1"}, topics, Retained(), self.clock, clock_map
        )
        self.equipment = Equipment()
        self.broker = self.uplink = None
        if config.uplink:
            where = BrokerAddress(config.uplink.url, "node")
            self.broker = Broker(lambda: where, "auto", self.clock, random)
            self.uplink = Uplink("main", config.uplink, topics, self.journal, self.clock)
        self.view = RunningNode(
            Parts(
                config,
                self.clock,
                clock_map,
                START_NS,
                self.sources,
                self.journal,
                self.live,
                self.broker,
                self.uplink,
                self.equipment,
                Presence(topics, Retained(), self.clock, clock_map),
                Instruments(LoopLag(self.clock)),
            )
        )

    @property
    def status(self) -> Status:
        status = self.view.status()
        assert Status.model_validate_json(status.model_dump_json()) == status, "it survives the API"
        return status


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


async def test_the_node(stage: Stage) -> None:
    await stage.clock.advance(90)
    node = stage.status.node
    assert node.model_dump() == {
        "site": "hall",
        "node": "desk",
        "software": __version__,
        "boot": "boot-1",
        "up_s": 90,
        "clock": "synced",
        "utc": "2026-01-01T00:01:30.000000Z",
        "mode": "normal",
        "words": {"word": "Running", "icon": "dot", "sentence": ""},
    }


def test_a_clock_that_is_not_right_says_so(tmp_path: Path) -> None:
    assert Stage(tmp_path, quality=ClockQuality.UNSYNCED).status.node.clock == "unsynced"


async def test_without_an_uplink_the_broker_is_off(tmp_path: Path) -> None:
    stage = Stage(tmp_path, url=None)
    await stage.clock.advance(5)
    broker = stage.status.broker
    assert (broker.state, broker.words.word, broker.url, broker.since_s) == ("off", "Off", "", 5)


@pytest.mark.parametrize(("version", "shown"), [("5", "5.0"), ("3.1.1", "3.1.1")])
async def test_the_broker_as_it_stands(tmp_path: Path, version: str, shown: str) -> None:
    accepts = {"5": ACCEPTED_5, "3.1.1": ACCEPTED_3}
    async with ScriptedBroker(lambda v: accepts[v] if v == version else None) as scripted:
        stage = Stage(tmp_path, url=scripted.url)
        assert stage.broker is not None
        before = stage.status.broker
        assert (before.state, before.protocol, before.words.word) == ("connecting", "", "Connecting")
        task = asyncio.create_task(stage.broker.run())
        await until(lambda: stage.status.broker.state == "connected")
        told = stage.status.broker
        assert (told.protocol, told.connects, told.url, told.backlog) == (shown, 1, scripted.url, 0)
        assert (told.published, told.acknowledged) == (0, 0)
        task.cancel()
        await asyncio.wait([task])


def test_a_broker_that_is_away_is_told_with_its_reason(stage: Stage) -> None:
    assert stage.broker is not None
    stage.broker._fail(BrokerUnreachable("no connection: refused", mend="Look after it."))
    told = stage.status.broker
    assert (told.state, told.words.word, told.failures) == ("unreachable", "No broker", 1)
    assert told.words.sentence.startswith("No connection: refused. Look after it.")


async def test_the_journal_as_it_stands(stage: Stage) -> None:
    assert stage.status.journal.state == "opening"
    stage.journal.problem = StoreUnavailable("the disk is full")
    failing = stage.status.journal
    assert (failing.state, failing.words.word) == ("failing", "Failing")
    stage.journal.problem = None
    task = asyncio.create_task(stage.journal.run())
    await until(lambda: stage.status.journal.state == "ready")
    stage.journal.append("strap-1", heart_rate(70))
    told = stage.status.journal
    assert (told.epoch, told.cap_bytes, told.waiting) == (stage.journal.epoch, 4_000_000, 1)
    task.cancel()
    await asyncio.wait([task])


async def test_sources_as_they_are(stage: Stage) -> None:
    source = stage.sources[0]
    source.last_packet_ns = START_NS
    source.stats.packets, source.stats.samples, source.stats.faults = 7, 9, 2
    source.last_fault = "half a line"
    source._lose(SourceLost("no answer in time", mend="Switch it on."))
    await stage.clock.advance(3)
    told = [source.model_dump() for source in stage.status.sources]
    assert told[0] == {
        "name": "strap-1",
        "link": "tcp://127.0.0.1:1",
        "decoder": "heart_rate",
        "subject": "ada",
        "state": "backing_off",
        "words": {
            "word": "Lost",
            "icon": "cross",
            "sentence": "No answer in time. Switch it on. It is tried again by itself.",
        },
        "since_s": 3,
        "last_packet_s": 3,
        "packets": 7,
        "samples": 9,
        "faults": 2,
        "restarts": 0,
        "last_fault": "half a line",
        "battery_pct": None,
        "rssi_dbm": None,
        "heart_rate": None,
    }
    assert (told[1]["state"], told[1]["last_packet_s"], told[1]["subject"]) == ("starting", None, None)


NO_ROOM = SourceLost("hci0 serves 5 devices already", mend="Plug in another adapter.")
UNPLUGGED = SourceLost("adapter 00:1A:7D:DA:71:13 is unplugged", mend="Plug it in again.")


@pytest.mark.parametrize(
    ("phase", "problem", "state", "word", "said"),
    [
        ("searching", None, "searching", "Searching", "Not heard yet: put it on, or bring it nearer."),
        ("connecting", None, "connecting", "Connecting", "Heard; the connection is being made."),
        ("streaming", None, "subscribing", "Connecting", "Connected; waiting for its first packet."),
        ("no_room", NO_ROOM, "no_room", "No room", "Hci0 serves 5 devices already. Plug in another"),
        (
            "adapter_down",
            UNPLUGGED,
            "adapter_down",
            "No Bluetooth",
            "Adapter 00:1A:7D:DA:71:13 is",
        ),
        ("reboot_needed", None, "reboot_needed", "Reboot needed", "Restart this board. Meanwhile"),
    ],
)
async def test_a_source_says_how_far_its_link_has_got(
    stage: Stage, phase: LinkPhase, problem: EdgedError | None, state: str, word: str, said: str
) -> None:
    await stage.clock.advance(1)
    stage.sources[0]._on_phase(phase, problem)
    await stage.clock.advance(3)
    told = stage.status.sources[0]
    assert (told.state, told.words.word, told.since_s) == (state, word, 3)
    assert told.words.sentence.startswith(said)


async def test_a_source_says_how_its_device_is(stage: Stage) -> None:
    source = stage.sources[0]
    source._note_readings([battery(15), heart_rate(70)])
    source._note_readings([Chunk.of(StreamInfo("rssi", "dBm"), 0, [START_NS], [-71.0])])
    told = stage.status.sources[0]
    assert (told.battery_pct, told.rssi_dbm) == (15, -71)
    assert told.words.sentence.endswith("Battery 15 %: change it soon.")


class TwoAdapters:
    """A radio with an adapter that is well and one that is gone."""

    def adapters(self) -> list[AdapterReport]:
        here, gone = "00:1A:7D:DA:71:13", "00:1A:7D:DA:71:14"
        problem = SourceLost("it is unplugged", mend="Plug it in again.")
        return [
            AdapterReport("hci0", here, "usb", "ready", START_NS, None, 5, ("strap-1",), 2),
            AdapterReport("", gone, "", "unplugged", START_NS + NS_PER_S, problem, 3, (), 0),
        ]


async def test_adapters_as_they_are(stage: Stage) -> None:
    assert stage.status.adapters == []
    stage.equipment.shared(TwoAdapters, TwoAdapters)
    await stage.clock.advance(4)
    assert [adapter.model_dump() for adapter in stage.status.adapters] == [
        {
            "name": "hci0",
            "address": "00:1A:7D:DA:71:13",
            "bus": "usb",
            "state": "ready",
            "words": {"word": "Ready", "icon": "dot", "sentence": ""},
            "since_s": 4,
            "slots": 5,
            "sources": ["strap-1"],
            "resets": 2,
        },
        {
            "name": "",
            "address": "00:1A:7D:DA:71:14",
            "bus": "",
            "state": "unplugged",
            "words": {
                "word": "Unplugged",
                "icon": "cross",
                "sentence": "It is unplugged. Plug it in again.",
            },
            "since_s": 3,
            "slots": 3,
            "sources": [],
            "resets": 0,
        },
    ]


async def test_subjects_as_they_are(stage: Stage) -> None:
    stage.live.take(
        "strap-1", [heart_rate(150), intervals(400.0), rmssd(12.5), battery(80)], stage.clock.mono_ns()
    )
    await stage.clock.advance(2)
    ada, bob = (subject.model_dump() for subject in stage.status.subjects)
    assert ada == {
        "name": "ada",
        "title": "Ada Lovelace",
        "source": "strap-1",
        "state": "fresh",
        "words": {"word": "Live", "icon": "dot", "sentence": ""},
        "since_s": 2,
        "heart_rate": 150,
        "rmssd_ms": 12.5,
        "zone": 3,
        "contact": True,
        "battery_pct": 80,
        "quality": "good",
        "age_s": 2,
    }
    assert (bob["title"], bob["state"], bob["source"], bob["age_s"]) == ("bob", "unassigned", None, None)


async def test_nothing_in_it_outlives_its_truth(stage: Stage) -> None:
    stage.live.take("strap-1", [heart_rate(150), rmssd(12.5)], stage.clock.mono_ns())
    await stage.clock.advance(5)
    stage.live.tick()
    ada = stage.status.subjects[0]
    assert (ada.state, ada.heart_rate, ada.rmssd_ms, ada.zone, ada.quality) == ("stale", *[None] * 4)
    assert "150" not in json.dumps(ada.model_dump())


async def test_who_is_lost_gets_the_reason_of_the_source(stage: Stage) -> None:
    stage.sources[0]._lose(SourceLost("out of range"))
    await stage.clock.advance(60)
    stage.live.tick()
    assert stage.status.subjects[0].words.sentence.startswith("Out of range.")


async def test_readings_are_given_once_by_mark(stage: Stage) -> None:
    assert stage.view.readings_after(0) == (0, {})
    stage.live.take("strap-1", [heart_rate(70)], stage.clock.mono_ns())
    await stage.clock.advance(1)
    stage.live.take("strap-1", [heart_rate(71)], stage.clock.mono_ns())
    mark, told = stage.view.readings_after(0)
    began_ms = UTC_2026 // 1_000_000
    assert (mark, told) == (2, {"ada": [(began_ms, 70), (began_ms + 1000, 71)]})
    assert stage.view.readings_after(mark) == (2, {})
    await stage.clock.advance(5)
    stage.live.tick()
    assert stage.view.readings_after(mark) == (3, {"ada": [(began_ms + 6000, None)]})
    assert stage.view.readings_after(0)[0] == 3


async def test_who_waits_for_a_change_is_woken_by_one_or_after_a_second(stage: Stage) -> None:
    waiting = [asyncio.create_task(stage.view.changed()) for _ in range(3)]
    await stage.clock.advance(0.5)
    assert not any(task.done() for task in waiting)
    stage.view.touch()
    await asyncio.wait(waiting, timeout=5)
    assert all(task.done() for task in waiting)
    again = asyncio.create_task(stage.view.changed())
    await stage.clock.advance(0.9)
    assert not again.done()
    await stage.clock.advance(0.1)
    assert again.done()
