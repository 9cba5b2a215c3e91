"""The verifier: a consumer that misses nothing."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from edged.clock import ManualClock, SystemClock
from edged.errors import ConfigError
from edged.publish.address import BrokerAddress, Message
from edged.publish.completeness import Report
from edged.publish.mqtt import Session, connect
from edged.publish.topics import Topics
from edged.verify import Verifier, address_of
from tests.publish.test_completeness import body, gap
from tests.rigs.mosquitto import Mosquitto
from tests.rigs.waiting import until

pytestmark = pytest.mark.usefixtures("clean")
TOPICS = Topics("edged/v1", "hall", "desk")
ANY = Topics("edged/v1", "+", "+")


async def tell(session: Session, *numbers: int, topics: Topics = TOPICS) -> None:
    for n in numbers:
        payload = json.dumps({"v": 1, "epoch": "e", **body(n)}).encode()
        await session.publish(Message(topics.record, payload))


def verifier(url: str, topics: Topics = TOPICS, **more: Any) -> Verifier:
    where = BrokerAddress(url, "verifier", **more)
    return Verifier(where, topics, SystemClock(), from_start=True)


async def test_it_counts_what_every_node_says(mosquitto: Mosquitto) -> None:
    found = verifier(mosquitto.url, ANY)
    stop, told = asyncio.Event(), list[Report]()
    task = asyncio.create_task(found.run(stop=stop, on_progress=told.append))
    await found.listening.wait()
    async with connect(BrokerAddress(mosquitto.url, "node"), "5") as session:
        await tell(session, 1, 2, 5)
        await session.publish(Message(TOPICS.event, gap(6, 3, 4)))
        await tell(session, 1, topics=Topics("edged/v1", "hall", "other"))
        await session.publish(Message(TOPICS.record, b"garbage"))
        await until(lambda: found.report().invalid)
    stop.set()
    report = await task
    assert (report.received, report.lost, report.explained, report.invalid) == (5, 0, 2, 1)
    assert report.complete
    assert told
    assert told[-1] == report


async def test_what_comes_while_the_broker_restarts_or_it_is_away_is_not_missed(mosquitto: Mosquitto) -> None:
    """With a session of its own; the broker has hundreds of messages ready when it comes back."""
    found = verifier(mosquitto.url, session_s=60)
    stop = asyncio.Event()
    task = asyncio.create_task(found.run(stop=stop))
    await found.listening.wait()
    stop.set()
    await task
    async with connect(BrokerAddress(mosquitto.url, "node"), "5") as session:
        await tell(session, *range(1, 50))
        await session.publish(Message(TOPICS.event, gap(50, 1, 1)))
        await tell(session, *range(51, 90))
    await mosquitto.stop()
    await mosquitto.start()
    stop = asyncio.Event()
    task = asyncio.create_task(found.run(stop=stop))
    await until(lambda: found.report().received == 89)
    stop.set()
    report = await task
    assert (report.lost, report.out_of_order, report.duplicates) == (0, 0, 0)


async def test_it_ends_after_a_time_or_when_nothing_comes(mosquitto: Mosquitto) -> None:
    for duration_s, idle_s in ((0.3, None), (None, 0.3)):
        async with asyncio.timeout(5):
            found = verifier(mosquitto.url)
            report = await found.run(stop=asyncio.Event(), duration_s=duration_s, idle_s=idle_s)
        assert report.received == 0


async def test_idle_counts_from_the_last_message() -> None:
    clock = ManualClock()
    found = Verifier(BrokerAddress("mqtt://127.0.0.1:1", "v"), TOPICS, clock, from_start=False)
    task = asyncio.create_task(found.run(stop=asyncio.Event(), idle_s=5))
    await clock.advance(4)
    found._take(Message(TOPICS.record, b""))
    await clock.advance(4)
    assert not task.done()
    await clock.advance(2)
    assert (await task).invalid == 1


async def test_a_defect_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    found = verifier("mqtt://127.0.0.1:1")

    async def broken(*_jobs: Callable[[Session], object]) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(found.broker, "run", broken)
    with pytest.raises(ExceptionGroup) as caught:
        await found.run(stop=asyncio.Event())
    assert caught.group_contains(ZeroDivisionError)


def test_where_to_listen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EDGED_PASSWORD", "secret")
    named = address_of("mqtt://broker", "ada", "archive")
    assert (named.username, named.password, named.client_id) == ("ada", "secret", "archive")
    assert named.session_s > 0
    nameless = address_of("mqtt://broker", None, None)
    assert nameless.session_s == 0
    assert nameless.client_id != address_of("mqtt://broker", None, None).client_id
    with pytest.raises(ConfigError, match="is not a broker's URL"):
        address_of("http://broker", None, None)
