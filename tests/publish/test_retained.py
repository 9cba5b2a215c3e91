"""The last word under each topic."""

import asyncio
from dataclasses import dataclass, field
from typing import cast

import pytest

from edged.errors import BrokerUnreachable
from edged.publish.address import BrokerAddress, Message
from edged.publish.mqtt import Session, connect
from edged.publish.retained import Retained
from tests.rigs.mosquitto import Mosquitto
from tests.rigs.waiting import until


@dataclass
class Wire:
    """A connection over which a word is taken when a test lets it."""

    told: list[tuple[str, bytes]] = field(default_factory=list)
    takes: asyncio.Event = field(default_factory=asyncio.Event)
    broken: bool = False

    async def publish(self, message: Message) -> None:
        assert message.retain
        self.told.append((message.topic, message.payload))
        await self.takes.wait()
        if self.broken:
            raise BrokerUnreachable("gone")


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def serving(retained: Retained, wire: Wire) -> asyncio.Task[None]:
    return asyncio.create_task(retained.serve(cast("Session", wire)))


async def end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def test_the_latest_wins_and_the_same_is_not_said_again() -> None:
    retained, wire = Retained(), Wire()
    retained.put("a", b"1")
    retained.put("a", b"2")
    task = serving(retained, wire)
    await settle()
    retained.put("a", b"3")
    retained.put("a", b"4")  # while 2 is on its way
    wire.takes.set()
    await settle()
    retained.put("a", b"4")
    await settle()
    assert wire.told == [("a", b"2"), ("a", b"4")]
    assert retained.word("a") == b"4"
    await end(task)


async def test_everything_is_said_again_over_the_next_connection() -> None:
    retained = Retained()
    retained.put("a", b"1")
    retained.put("b", b"1")
    first, second = Wire(), Wire()
    first.takes.set()
    task = serving(retained, first)
    await settle()
    await end(task)
    retained.put("b", b"2")
    second.takes.set()
    task = serving(retained, second)
    await settle()
    assert first.told == [("a", b"1"), ("b", b"1")]
    assert second.told == [("a", b"1"), ("b", b"2")]
    await end(task)


async def test_a_word_that_is_repeated_is_said_again_and_one_that_is_not_known_is_not() -> None:
    retained, wire = Retained(), Wire()
    wire.takes.set()
    retained.repeat("unknown")
    task = serving(retained, wire)
    retained.put("a", b"1")
    await settle()
    retained.repeat("a")
    retained.repeat("unknown")
    await settle()
    assert wire.told == [("a", b"1")] * 2
    assert retained.word("unknown") is None
    await end(task)


async def test_all_is_said_when_the_broker_has_the_last_word() -> None:
    retained, wire = Retained(), Wire()
    retained.put("a", b"1")
    waiting = asyncio.create_task(retained.all_said())
    task = serving(retained, wire)
    await settle()
    assert wire.told == [("a", b"1")]
    assert not waiting.done(), "it is on its way only"
    wire.takes.set()
    await settle()
    assert waiting.done()
    await retained.all_said()
    wire.takes.clear()
    retained.put("a", b"2")
    waiting = asyncio.create_task(retained.all_said())
    await settle()
    assert not waiting.done()
    wire.broken = True
    wire.takes.set()
    with pytest.raises(BrokerUnreachable):
        await task
    assert not waiting.done(), "a broken connection has said nothing"
    wire.broken = False
    task = serving(retained, wire)
    await waiting
    await end(task)


async def test_it_outlives_the_broker(mosquitto: Mosquitto) -> None:
    retained = Retained()
    retained.put("a", b"1")
    async with connect(BrokerAddress(mosquitto.url, "node"), "5") as session:
        task = asyncio.create_task(retained.serve(session))
        await retained.all_said()
        await mosquitto.kill()
        with pytest.raises(BrokerUnreachable):
            await session.wait_ended()
    await end(task)
    retained.put("a", b"2")
    await mosquitto.start()
    heard: list[Message] = []
    async with (
        connect(BrokerAddress(mosquitto.url, "node"), "5") as session,
        connect(BrokerAddress(mosquitto.url, "viewer"), "5") as viewer,
    ):
        task = asyncio.create_task(retained.serve(session))
        await retained.all_said()
        await viewer.subscribe(heard.append, "a")
        await until(lambda: heard)
        await end(task)
    assert heard == [Message("a", b"2", retain=True)]


async def test_what_is_gone_is_taken_from_the_broker(mosquitto: Mosquitto) -> None:
    retained = Retained()
    retained.put("a", b"1")
    retained.put("b", b"1")
    retained.clear("unknown")
    heard: list[Message] = []
    async with connect(BrokerAddress(mosquitto.url, "node"), "5") as session:
        task = asyncio.create_task(retained.serve(session))
        await retained.all_said()
        retained.clear("a")
        assert retained.word("a") is None
        await retained.all_said()
        await end(task)
        retained.clear("b")  # while nobody is there to hear it
        task = asyncio.create_task(retained.serve(session))
        await retained.all_said()
        retained.put("c", b"1")
        await retained.all_said()
        async with connect(BrokerAddress(mosquitto.url, "viewer"), "5") as viewer:
            await viewer.subscribe(heard.append, "#")
            await until(lambda: heard)
        await end(task)
    assert heard == [Message("c", b"1", retain=True)]


async def test_what_comes_back_is_not_taken_away() -> None:
    retained, wire = Retained(), Wire()
    retained.put("a", b"1")
    wire.takes.set()
    retained.clear("a")
    retained.put("a", b"2")
    task = serving(retained, wire)
    await settle()
    assert wire.told == [("a", b"2")]
    await end(task)
