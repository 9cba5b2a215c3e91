"""The connection that is made again and again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any, Literal

import pytest

from edged.clock import ManualClock, SystemClock
from edged.errors import BrokerRefused, BrokerUnreachable, VersionRefused
from edged.model import NS_PER_S
from edged.publish.address import BrokerAddress, Message
from edged.publish.broker import Broker, Job
from edged.publish.mqtt import Session
from edged.sim.broker import embedded_broker
from tests.rigs.mosquitto import Mosquitto
from tests.rigs.ports import free_ports
from tests.rigs.scripted_broker import ACCEPTED_3, ACCEPTED_5, HANG_UP, SAY_NOTHING, ScriptedBroker
from tests.rigs.waiting import until

pytestmark = pytest.mark.usefixtures("clean")
Protocol = Literal["auto", "5", "3.1.1"]


class PacedClock(ManualClock):
    """Time that passes by itself, at once, and is written down."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.move_to(self.mono_ns() + round(seconds * NS_PER_S))
        await asyncio.sleep(0.001)


def broker_at(url: str, clock: Any = None, protocol: Protocol = "auto", **more: Any) -> Broker:
    where = BrokerAddress(url, "edged-test", **more)
    return Broker(lambda: where, protocol, clock or PacedClock(), Random(1))


@asynccontextmanager
async def running(broker: Broker, *jobs: Job) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(broker.run(*jobs))
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])


async def idle(session: Session) -> None:
    await session.wait_ended()


async def test_mqtt_5_is_negotiated(mosquitto: Mosquitto) -> None:
    broker = broker_at(mosquitto.url, SystemClock())
    assert broker.state == "connecting"
    async with running(broker):
        await until(lambda: broker.state == "connected")
        assert broker.session is not None
        assert broker.session.version == "5"
        assert (broker.stats.connects, broker.stats.failures, broker.problem) == (1, 0, None)
    assert broker.session is None


async def test_a_broker_inside_the_process_gets_3_1_1() -> None:
    tcp, websocket = free_ports(2)
    async with embedded_broker(tcp, websocket):
        broker = broker_at(f"mqtt://127.0.0.1:{tcp}", answer_s=0.2)
        async with running(broker):
            await until(lambda: broker.session and broker.session.version == "3.1.1")


@pytest.mark.parametrize("to_5", [HANG_UP, SAY_NOTHING, b"\x20\x03\x00\x84\x00", b"\x20\x02\x00\x01"])
async def test_a_broker_that_has_no_5_gets_3_1_1_at_once(to_5: bytes | None) -> None:
    async with ScriptedBroker(lambda version: ACCEPTED_3 if version == "3.1.1" else to_5) as scripted:
        clock = PacedClock()
        broker = broker_at(scripted.url, clock, answer_s=0.05)
        async with running(broker):
            await until(lambda: broker.state == "connected")
            assert scripted.versions == ["5", "3.1.1"]
            assert clock.slept == []
            scripted.hang_up()
            await until(lambda: broker.stats.connects == 2)
            assert scripted.versions == ["5", "3.1.1", "3.1.1"], "and stays there"


@pytest.mark.parametrize("protocol", ["5", "3.1.1"])
async def test_a_version_that_is_set_is_not_left(protocol: Protocol) -> None:
    async with ScriptedBroker(lambda _: HANG_UP) as scripted:
        broker = broker_at(scripted.url, protocol=protocol)
        async with running(broker):
            await until(lambda: len(scripted.versions) > 6)
        assert set(scripted.versions) == {protocol}
        assert broker.state == "refused"
        assert isinstance(broker.problem, VersionRefused)


async def test_a_broker_that_has_neither_is_tried_with_both_in_turn_and_with_pauses() -> None:
    clock = PacedClock()
    async with ScriptedBroker(lambda _: HANG_UP) as scripted:
        async with running(broker_at(scripted.url, clock)):
            await until(lambda: len(scripted.versions) > 12)
        assert scripted.versions[:12] == ["5", "3.1.1"] * 6
        assert len(clock.slept) >= 6


async def test_a_broker_with_5_that_restarts_keeps_5(mosquitto: Mosquitto) -> None:
    broker = broker_at(mosquitto.url, SystemClock())
    versions: list[str] = []

    async def note(session: Session) -> None:
        versions.append(session.version)

    async with running(broker, note):
        for restart in range(1, 4):
            await until(partial(lambda count: len(versions) == count, restart))
            await (mosquitto.kill() if restart % 2 else mosquitto.stop())
            await until(lambda: broker.state != "connected")
            assert broker.session is None
            await mosquitto.start()
        await until(lambda: len(versions) == 4)
        assert versions == ["5"] * 4


async def test_a_broker_with_5_that_hangs_up_while_it_restarts_is_doubted_for_one_try_in_five() -> None:
    answers: dict[str, bytes | None] = {"5": ACCEPTED_5, "3.1.1": HANG_UP}
    async with ScriptedBroker(lambda version: answers[version]) as scripted:
        broker = broker_at(scripted.url)
        async with running(broker):
            await until(lambda: broker.state == "connected")
            answers["5"] = HANG_UP
            scripted.hang_up()
            await until(lambda: len(scripted.versions) > 11)
            assert scripted.versions[:11] == [*["5"] * 5, "3.1.1", *["5"] * 3, "3.1.1", "5"]
            answers["5"] = ACCEPTED_5
            await until(lambda: broker.session and broker.session.version == "5")


async def test_a_broker_that_was_replaced_by_one_without_5_is_found() -> None:
    answers: dict[str, bytes | None] = {"5": ACCEPTED_5, "3.1.1": ACCEPTED_3}
    async with ScriptedBroker(lambda version: answers[version]) as scripted:
        broker = broker_at(scripted.url)
        async with running(broker):
            await until(lambda: broker.state == "connected")
            answers["5"] = HANG_UP
            scripted.hang_up()
            await until(lambda: broker.session and broker.session.version == "3.1.1")


async def test_a_broker_that_is_not_there_is_tried_again_within_a_second_for_ever() -> None:
    clock = PacedClock()
    (port,) = free_ports(1)
    broker = broker_at(f"mqtt://127.0.0.1:{port}", clock)
    async with running(broker):
        await until(lambda: len(clock.slept) > 20)
    assert broker.state == "unreachable"
    assert isinstance(broker.problem, BrokerUnreachable)
    assert 0.1 <= clock.slept[0] <= 0.2
    assert all(0.5 <= pause <= 1 for pause in clock.slept[4:])
    assert broker.stats.failures >= 20


async def test_a_refusal_is_told_in_words_and_tried_again_slowly() -> None:
    clock = PacedClock()
    async with ScriptedBroker(lambda _: b"\x20\x03\x00\x86\x00") as scripted:
        broker = broker_at(scripted.url, clock)
        async with running(broker):
            await until(lambda: len(clock.slept) > 10)
        assert set(scripted.versions) == {"5"}, "nothing to do with the version"
    assert broker.state == "refused"
    assert type(broker.problem) is BrokerRefused
    assert "Bad user name or password" in broker.problem.what
    assert 0.5 <= clock.slept[0] <= 1
    assert all(5 <= pause <= 10 for pause in clock.slept[4:])


async def test_since_when_it_is_so_is_told() -> None:
    clock = PacedClock()
    answers = [b"\x20\x03\x00\x86\x00"]
    async with ScriptedBroker(lambda _: answers[0]) as scripted:
        broker = broker_at(scripted.url, clock)
        async with running(broker):
            await until(lambda: len(clock.slept) > 4)
            refused_ns = broker.since_ns
            assert refused_ns == 0, "from the first refusal on"
            answers[0] = ACCEPTED_5
            await until(lambda: broker.state == "connected")
            assert broker.since_ns > refused_ns
            assert broker.problem is None


async def test_a_connection_that_held_makes_the_next_pause_short() -> None:
    clock = PacedClock()
    answers: list[bytes | None] = [b"\x20\x03\x00\x86\x00"]
    async with ScriptedBroker(lambda _: answers[0]) as scripted:
        broker = broker_at(scripted.url, clock)
        async with running(broker):
            await until(lambda: len(clock.slept) > 6)
            answers[0] = ACCEPTED_5
            await until(lambda: broker.state == "connected")
            await clock.advance(11)
            answers[0] = b"\x20\x03\x00\x86\x00"
            clock.slept.clear()
            scripted.hang_up()
            await until(lambda: len(clock.slept) > 1)
            assert clock.slept[0] <= 0.2
            assert clock.slept[1] <= 1


async def test_jobs_run_over_each_connection_and_one_that_ends_is_fine(mosquitto: Mosquitto) -> None:
    broker = broker_at(mosquitto.url, SystemClock())
    ran: list[str] = []

    async def short(_session: Session) -> None:
        ran.append("short")

    async def long(session: Session) -> None:
        ran.append("long")
        await session.wait_ended()

    async with running(broker, short, long):
        await until(lambda: len(ran) == 2)
        await mosquitto.kill()
        await mosquitto.start()
        await until(lambda: len(ran) == 4)
    assert sorted(ran) == ["long", "long", "short", "short"]


async def test_a_job_that_is_refused_is_told_and_tried_again_while_the_others_go_on(tmp_path: Path) -> None:
    rules = tmp_path / "rules"
    rules.write_text("topic readwrite allowed/#\n", encoding="utf-8")
    rules.chmod(0o644)
    clock = PacedClock()

    async def forbidden(session: Session) -> None:
        async with asyncio.TaskGroup() as group:  # jobs have groups of their own
            group.create_task(session.publish(Message("forbidden", b"")))

    async with Mosquitto(tmp_path, extra=f"acl_file {rules}\n") as mosquitto:
        broker = broker_at(mosquitto.url, clock)
        async with running(broker, idle, forbidden):
            await until(lambda: broker.state == "refused" and broker.stats.refusals > 3)
            assert "Not authorized" in str(broker.problem)
            assert broker.stats.connects == 1
            assert broker.session is not None
            await broker.session.publish(Message("allowed/x", b""))


async def test_a_job_that_is_taken_after_all_is_called_refused_no_longer(mosquitto: Mosquitto) -> None:
    tries = 0

    async def refused_twice(_session: Session) -> None:
        nonlocal tries
        tries += 1
        if tries <= 2:
            raise BrokerRefused("not yet")
        await idle(_session)

    broker = broker_at(mosquitto.url, PacedClock())
    async with running(broker, idle, refused_twice):
        await until(lambda: tries == 3)
        assert broker.state == "connected"
        assert broker.problem is None
        assert broker.stats.refusals == 2
        assert broker.stats.connects == 1


async def test_a_defect_in_a_job_is_not_hidden(mosquitto: Mosquitto) -> None:
    async def broken(_session: Session) -> None:
        raise ZeroDivisionError

    broker = broker_at(mosquitto.url, SystemClock())
    with pytest.raises(ExceptionGroup) as caught:
        await broker.run(idle, broken)
    assert caught.group_contains(ZeroDivisionError)
    assert broker.session is None


@pytest.mark.parametrize("turns", [0, 3, 10, 30, 100])
async def test_cancelled_at_any_moment_nothing_is_left(mosquitto: Mosquitto, turns: int) -> None:
    for _ in range(3):
        broker = broker_at(mosquitto.url, SystemClock())
        async with running(broker, idle):
            for _ in range(turns):
                await asyncio.sleep(0)
        assert broker.session is None


async def test_where_and_who_is_asked_for_each_try() -> None:
    asked: list[BrokerAddress] = []
    async with ScriptedBroker(lambda _: ACCEPTED_5) as scripted:

        def address() -> BrokerAddress:
            asked.append(BrokerAddress(scripted.url, f"client-{len(asked)}"))
            return asked[-1]

        broker = Broker(address, "5", PacedClock(), Random(1))
        async with running(broker):
            for n in range(1, 4):
                await until(partial(lambda count: broker.stats.connects == count, n))
                scripted.hang_up()
    assert [each.client_id for each in asked[:3]] == ["client-0", "client-1", "client-2"]
    assert all(a != b for a, b in pairwise(asked))
