"""What the connection to the broker logs: each change once, whatever number of tries lies between."""

import logging
from pathlib import Path

import pytest

from edged.errors import BrokerRefused
from edged.log import fields_of, message_of
from edged.publish.mqtt import Session
from tests.publish.test_broker import PacedClock, broker_at, idle, running
from tests.rigs.mosquitto import Mosquitto
from tests.rigs.scripted_broker import ACCEPTED_3, ACCEPTED_5, HANG_UP, ScriptedBroker
from tests.rigs.waiting import until

pytestmark = pytest.mark.usefixtures("clean")
REFUSED = b"\x20\x03\x00\x86\x00"


@pytest.fixture(autouse=True)
def info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="edged")


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [message.name for record in caplog.records if (message := message_of(record))]


async def test_lost_once_and_back_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    mosquitto, clock = Mosquitto(tmp_path), PacedClock()
    broker = broker_at(mosquitto.url, clock)
    async with running(broker, idle):
        await until(lambda: len(clock.slept) > 10)
        assert told(caplog) == ["broker_lost"]
        async with mosquitto:
            await until(lambda: broker.state == "connected")
        tries = len(clock.slept)
        await until(lambda: len(clock.slept) > tries + 10)
    assert told(caplog)[:3] == ["broker_lost", "broker_connected", "broker_lost"]
    assert len(told(caplog)) <= 4, "one for each reason: first it hangs up, then nobody is there"
    lost, back = caplog.records[:2]
    assert "Connection refused" in lost.getMessage()
    assert back.getMessage() == f"the broker is connected: {mosquitto.url}, MQTT 5"
    assert fields_of(back) == {"broker": mosquitto.url, "version": "5"}


async def test_refused_once_in_words(caplog: pytest.LogCaptureFixture) -> None:
    clock = PacedClock()
    answers = [REFUSED]
    async with ScriptedBroker(lambda _: answers[0]) as scripted:
        broker = broker_at(scripted.url, clock)
        async with running(broker):
            await until(lambda: len(clock.slept) > 10)
            assert told(caplog) == ["broker_refused"]
            assert caplog.records[0].levelno == logging.ERROR
            assert "Bad user name or password" in caplog.text
            answers[0] = ACCEPTED_5
            await until(lambda: broker.state == "connected")
    assert told(caplog) == ["broker_refused", "broker_connected"]


async def test_a_broker_without_mqtt_5_is_no_trouble(caplog: pytest.LogCaptureFixture) -> None:
    async with ScriptedBroker(lambda version: ACCEPTED_3 if version == "3.1.1" else HANG_UP) as scripted:
        broker = broker_at(scripted.url)
        async with running(broker):
            await until(lambda: broker.state == "connected")
    assert told(caplog) == ["broker_connected"]


async def test_one_job_that_is_refused_is_told_and_when_it_is_not_any_more(
    mosquitto: Mosquitto, caplog: pytest.LogCaptureFixture
) -> None:
    tries = 0

    async def live(session: Session) -> None:
        await idle(session)

    async def record(session: Session) -> None:
        nonlocal tries
        tries += 1
        if tries <= 3:
            raise BrokerRefused("it may not publish records")
        await idle(session)

    broker = broker_at(mosquitto.url)
    async with running(broker, live, record):
        await until(lambda: tries > 3 and len(told(caplog)) == 3)
    assert told(caplog) == ["broker_connected", "broker_refused", "broker_connected"]
