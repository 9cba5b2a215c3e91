"""The broker goes away and comes back: nothing is lost, and what is live is live at once."""

import asyncio
import time
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from referencing.jsonschema import EMPTY_REGISTRY

from edged.publish.payload import schema
from tests.rigs.daemon import Daemon
from tests.rigs.listener import Heard, Listener
from tests.rigs.mosquitto import Mosquitto
from tests.rigs.verifier import report_of, verifying
from tests.rigs.waiting import until
from tests.system.configs import node, strap

OUTAGE_S = 10.0


@pytest.fixture
def listener(broker: Mosquitto) -> Iterator[Listener]:
    with Listener(broker.url) as heard:
        yield heard


def name_of(topic: str) -> str:
    """The schema a topic's payload has to follow."""
    if topic.startswith("subject/"):
        return "live" if topic.endswith("/live") else "subject-state"
    return topic.split("/", maxsplit=1)[0]


def check_against_schemas(heard: list[Heard]) -> set[str]:
    """Validate every message; return the names of the schemas that were met."""
    validators = {
        name: Draft202012Validator(
            schema(name), registry=EMPTY_REGISTRY, format_checker=Draft202012Validator.FORMAT_CHECKER
        )
        for name in {name_of(message.topic) for message in heard}
    }
    for message in heard:
        validators[name_of(message.topic)].validate(message.payload)
    return set(validators)


async def test_a_broker_outage_loses_nothing_and_live_resumes_at_once(
    broker: Mosquitto, board: Path, listener: Listener
) -> None:
    config = node(
        broker.url,
        strap("white", "sim:resting?seed=1")
        + strap("black", "sim:stress?seed=2&contact_lost_after=3&contact_lost_for=2"),
    )
    async with verifying(broker.url, "--client-id", "proof", "--from-start") as verifier:
        await until(lambda: "proof" in broker.log)
        async with Daemon(board, config) as daemon:
            await until(lambda: len(listener.on("white/live")) >= 5)
            await until(lambda: [e for e in listener.on("event") if e.payload["kind"] == "contact_restored"])

            await broker.stop()
            gone_s = time.monotonic()
            await asyncio.sleep(OUTAGE_S)  # the outage itself: it has to last
            await broker.start()
            back_s = time.monotonic()

            def live_again() -> list[Heard]:
                return [heard for heard in listener.on("white/live") if heard.at_s > back_s]

            await until(live_again, timeout_s=5)
            first = live_again()[0]
            assert first.at_s - back_s < 2.0
            measured = datetime.fromisoformat(first.payload["t"]).timestamp()
            assert time.time() - (time.monotonic() - first.at_s) - measured < 2.0

            def backlog_is_in() -> bool:
                told = [heard for heard in listener.on("record") if heard.at_s > back_s]
                bodies = [body for heard in told for body in heard.payload.get("records", [heard.payload])]
                return bool(bodies) and not bodies[-1]["hist"]

            await until(backlog_is_in)
            assert await daemon.stop() == 0

        report = await report_of(verifier)
    assert report["lost"] == 0
    assert report["conflicting"] == 0
    assert report["out_of_order"] == 0
    assert report["sample_gaps"] == 0
    assert report["received"] > 2 * 3 * 10
    assert verifier.returncode == 0

    records = listener.records()
    new = list({record["id"]: record for record in records}.values())
    assert [record["id"] for record in new] == sorted(record["id"] for record in new)
    during = [r for r in new if "stream" in r and r["hist"]]
    assert during, "the backlog is marked"
    assert check_against_schemas(listener.heard) == {
        "live", "subject-state", "status", "record", "stream", "event", "clock"
    }  # fmt: skip
    assert listener.on("status")[-1].payload["state"] == "offline"
    assert [h.payload["hr"] for h in listener.on("white/live")][-1] is None
    assert gone_s < back_s
    ns = [heard.payload["n"] for heard in listener.on("white/live")]
    assert all(a < b for a, b in pairwise(ns))
