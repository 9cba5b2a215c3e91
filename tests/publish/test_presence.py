"""What the node says of itself, against a broker that remembers other things."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest

from edged.clock import ClockMap, ClockQuality, ManualClock
from edged.model import NS_PER_S, StreamInfo
from edged.publish.address import BrokerAddress, Message
from edged.publish.mqtt import Session, connect
from edged.publish.presence import SOFTWARE, Presence
from edged.publish.retained import Retained
from edged.publish.topics import Topics
from tests.publish.validating import validate
from tests.rigs.mosquitto import Mosquitto
from tests.rigs.waiting import until

pytestmark = pytest.mark.usefixtures("clean")
TOPICS = Topics("edged/v1", "hall", "desk")
UTC_2026 = 1_767_225_600 * NS_PER_S
OFFLINE = b'{"v":1,"state":"offline"}'


class Node:
    """A node's presence, with time in a test's hands."""

    def __init__(self, *, utc_ns: int = UTC_2026, quality: ClockQuality = ClockQuality.SYNCED) -> None:
        self.clock = ManualClock(mono_ns=NS_PER_S, utc_ns=utc_ns, boot="boot-1", quality=quality)
        self.clock_map = ClockMap("boot-1")
        self.clock_map.observe(self.clock)
        self.retained = Retained()
        self.presence = Presence(TOPICS, self.retained, self.clock, self.clock_map)

    def word(self, topic: str) -> Any:
        word = self.retained.word(topic)
        return None if word is None else json.loads(word)

    @asynccontextmanager
    async def online(self, url: str) -> AsyncIterator[Session]:
        where = BrokerAddress(url, "node", will=self.presence.will())
        async with connect(where, "5") as session, asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self.presence.serve(session)),
                group.create_task(self.retained.serve(session)),
            ]
            yield session
            for task in tasks:
                task.cancel()


@asynccontextmanager
async def viewing(url: str) -> AsyncIterator[tuple[Session, list[str]]]:
    """Listen to the status; yield the session and the states as they come."""
    states: list[str] = []
    async with connect(BrokerAddress(url, "viewer"), "5") as session:
        await session.subscribe(lambda m: states.append(json.loads(m.payload)["state"]), TOPICS.status)
        yield session, states


async def kept_status(url: str) -> dict[str, Any]:
    heard: list[Message] = []
    async with connect(BrokerAddress(url, "late-viewer"), "5") as session:
        await session.subscribe(heard.append, TOPICS.status)
        await until(lambda: heard)
    assert heard[0].retain
    told: dict[str, Any] = json.loads(heard[0].payload)
    validate(told, "status")
    return told


def test_the_will_says_that_nobody_knows_since_when() -> None:
    node = Node()
    node.presence.announce("e1")
    will = node.presence.will()
    told = json.loads(will.payload)
    validate(told, "status")
    assert (will.topic, will.retain) == (TOPICS.status, True)
    assert told == {
        "v": 1,
        "state": "offline",
        "node": "desk",
        "boot": "boot-1",
        "epoch": "e1",
        "since": None,
        "software": SOFTWARE,
    }


async def test_birth_names_the_epoch_and_keeps_its_time() -> None:
    node = Node()
    node.presence.announce("e1")
    born = node.word(TOPICS.status)
    validate(born, "status")
    assert (born["state"], born["epoch"], born["since"]) == ("online", "e1", "2026-01-01T00:00:00.000000Z")
    await node.clock.advance(60)
    node.presence.announce("e2")
    assert node.word(TOPICS.status) == {**born, "epoch": "e2"}


async def test_farewell_says_since_when() -> None:
    node = Node()
    node.presence.announce("e1")
    await node.clock.advance(60)
    node.presence.farewell()
    told = node.word(TOPICS.status)
    assert (told["state"], told["since"]) == ("offline", "2026-01-01T00:01:00.000000Z")


def test_when_the_clock_is_right_at_last_what_was_said_is_put_right() -> None:
    node = Node(utc_ns=0, quality=ClockQuality.UNSYNCED)
    node.presence.tell_clock()
    assert node.word(TOPICS.status) is None, "not before the journal is open"
    node.presence.announce("e1")
    assert node.word(TOPICS.status)["since"] == "1970-01-01T00:00:00.000000Z"
    node.clock.set_utc(UTC_2026, ClockQuality.SYNCED)
    node.clock_map.observe(node.clock)
    node.presence.tell_clock()
    assert node.word(TOPICS.status)["since"] == "2026-01-01T00:00:00.000000Z"
    told = node.word(TOPICS.clock)
    validate(told, "clock")
    assert [step["quality"] for step in told["steps"]] == ["unsynced", "synced"]


def test_a_stream_is_described_when_it_is_met_and_when_it_changes() -> None:
    node = Node()
    topic = TOPICS.stream("strap-1", "ecg")
    slow, fast = StreamInfo("ecg", "uV", 130.0), StreamInfo("ecg", "uV", 500.0)
    node.presence.tell_stream("strap-1", slow, "polar")
    told = node.word(topic)
    validate(told, "stream")
    assert told == {
        "v": 1,
        "source": "strap-1",
        "quantity": "ecg",
        "unit": "uV",
        "rate_hz": 130.0,
        "channels": ["value"],
        "decoder": "polar",
        "device": {},
    }
    rates = []
    for info in (slow, fast, slow):
        node.presence.tell_stream("strap-1", info, "polar")
        rates.append(node.word(topic)["rate_hz"])
    assert rates == [130, 500, 130]


def test_what_a_device_says_of_itself_goes_to_all_its_streams() -> None:
    node = Node()
    ecg, rate = StreamInfo("ecg", "uV", 130.0), StreamInfo("heart_rate", "/min")
    node.presence.tell_stream("strap-1", ecg, "polar")
    node.presence.tell_stream("strap-2", rate, "polar")
    node.presence.tell_device("strap-1", {"manufacturer": "Polar", "model": "H10"})
    node.presence.tell_stream("strap-1", rate, "polar")
    for quantity in ("ecg", "heart_rate"):
        told = node.word(TOPICS.stream("strap-1", quantity))
        validate(told, "stream")
        assert told["device"] == {"manufacturer": "Polar", "model": "H10"}
    assert node.word(TOPICS.stream("strap-2", "heart_rate"))["device"] == {}
    node.presence.tell_device("strap-1", {"manufacturer": "Polar", "model": "H9"})
    assert node.word(TOPICS.stream("strap-1", "ecg"))["device"]["model"] == "H9"


async def test_a_status_that_another_overwrites_is_put_right(mosquitto: Mosquitto) -> None:
    node = Node()
    node.presence.announce("e1")
    async with viewing(mosquitto.url) as (viewer, states), node.online(mosquitto.url):
        await until(lambda: states == ["online"])
        for times in range(1, 4):
            await viewer.publish(Message(TOPICS.status, OFFLINE, retain=True))
            await node.clock.advance(1)
            await until(partial(lambda count: states == ["online", *["offline", "online"] * count], times))
        assert (await kept_status(mosquitto.url))["state"] == "online"
        assert node.presence.repairs == 3


@pytest.mark.parametrize("wrong", [b"", b"no json", b"[1]", b"\xff", b"[" * 5000, b'{"state":"online"}'])
async def test_whatever_stands_there_is_put_right(mosquitto: Mosquitto, wrong: bytes) -> None:
    node = Node()
    node.presence.announce("e1")
    async with node.online(mosquitto.url) as session:
        await node.retained.all_said()
        await session.publish(Message(TOPICS.status, wrong, retain=True))
        await until(lambda: node.presence.repairs)
        await node.retained.all_said()
    assert (await kept_status(mosquitto.url))["epoch"] == "e1"


async def test_repairs_are_limited_and_end(mosquitto: Mosquitto) -> None:
    """Another that insists is answered once a second at most; its last word is answered too."""
    node = Node()
    node.presence.announce("e1")
    async with viewing(mosquitto.url) as (viewer, states), node.online(mosquitto.url):
        await until(lambda: states == ["online"])
        for _ in range(50):
            await viewer.publish(Message(TOPICS.status, OFFLINE, retain=True))
        await until(lambda: states.count("online") == 2)
        assert node.presence.repairs == 1
        await node.clock.advance(1)
        await until(lambda: states[-1] == "online" and len(states) >= 52)
        for _ in range(5):
            await node.clock.advance(1)
            await viewer.publish(Message("elsewhere", b""))
        assert node.presence.repairs <= 3
        assert len(states) <= 54, "its own word is no reason to say it again"


async def test_an_old_will_is_found_and_replaced_on_connecting(mosquitto: Mosquitto) -> None:
    async with connect(BrokerAddress(mosquitto.url, "past"), "5") as past:
        await past.publish(Message(TOPICS.status, OFFLINE, retain=True))
    node = Node()
    async with node.online(mosquitto.url):  # the journal is not open yet: there is nothing to say
        await until(lambda: node.presence._contradicted.is_set() or node.clock.sleepers)
        assert (node.presence.repairs, node.word(TOPICS.status)) == (0, None)
        node.presence.announce("e1")
        await node.retained.all_said()
        assert (await kept_status(mosquitto.url))["state"] == "online"


async def test_farewell_is_not_contradicted_and_stands(mosquitto: Mosquitto) -> None:
    node = Node()
    node.presence.announce("e1")
    async with viewing(mosquitto.url) as (_, states):
        async with node.online(mosquitto.url):
            await node.retained.all_said()
            await node.clock.advance(60)
            node.presence.farewell()
            await node.retained.all_said()
            for _ in range(5):
                await node.clock.advance(1)
        await until(lambda: "offline" in states)
        told = await kept_status(mosquitto.url)
        assert (told["state"], told["since"]) == ("offline", "2026-01-01T00:01:00.000000Z")
        assert states == ["online", "offline"], "said once; nor does the will overwrite it"
    assert node.presence.repairs == 0


async def test_who_leaves_without_a_farewell_is_offline_by_its_will(mosquitto: Mosquitto) -> None:
    node = Node()
    node.presence.announce("e1")
    async with viewing(mosquitto.url) as (_, states):
        async with node.online(mosquitto.url):
            await node.retained.all_said()
        await until(lambda: "offline" in states)
    assert (await kept_status(mosquitto.url))["since"] is None
