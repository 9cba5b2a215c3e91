"""The daemon in its process: whatever goes wrong beside the data's way, the rest runs on."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.rigs.daemon import Daemon
from tests.rigs.listener import Listener
from tests.rigs.mosquitto import Mosquitto
from tests.rigs.ports import free_ports
from tests.rigs.waiting import until
from tests.system.configs import node, strap


@pytest.fixture
def listener(broker: Mosquitto) -> Iterator[Listener]:
    with Listener(broker.url) as heard:
        yield heard


async def test_a_taken_port_is_said_once_and_the_rest_runs(
    broker: Mosquitto, board: Path, listener: Listener
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        config = node(broker.url, strap("white", "sim:resting")).replace("port = 0", f"port = {port}")
        async with Daemon(board, config) as daemon:
            await until(lambda: len(listener.on("white/live")) >= 3)
            assert daemon.log.count(f"port {port} on 127.0.0.1 is in use") == 1
            assert "Everything else runs on" in daemon.log
            assert await daemon.stop() == 0


async def test_without_a_broker_it_records_and_says_so(board: Path) -> None:
    (port,) = free_ports(1)
    config = node(f"mqtt://127.0.0.1:{port}", strap("white", "sim:resting"))
    async with Daemon(board, config) as daemon:
        await until(lambda: "Page: " in daemon.log)
        await until((board / "edged.db").exists)
        told = await daemon.status()
        while not (told["journal"]["head"] and told["broker"]["failures"]):
            told = await daemon.status()
        assert told["broker"]["state"] == "unreachable"
        assert told["broker"]["backlog"] == told["journal"]["head"]
        words = told["broker"]["words"]
        assert isinstance(words, dict)
        assert "Connection refused" in words["sentence"]
        assert words["word"] == "No broker"
        assert await daemon.stop() == 0


async def test_one_bad_source_leaves_the_others_alone(
    broker: Mosquitto, board: Path, listener: Listener
) -> None:
    sources = (
        strap("white", "sim:resting?seed=1")
        + strap("black", "replay:{folder}/none.jsonl")
        + strap("green", "tcp://127.0.0.1:1")
    )
    async with Daemon(board, node(broker.url, sources)) as daemon:
        await until(lambda: len(listener.on("white/live")) >= 3)
        await until(lambda: "Page: " in daemon.log)
        told = await daemon.status()
        states = {source["name"]: source["state"] for source in told["sources"]}
        assert states == {"strap-white": "streaming", "strap-black": "failed", "strap-green": "backing_off"}
        assert "cannot be read" in daemon.log
        kinds = [heard.payload["kind"] for heard in listener.on("event")]
        assert {"source_failed", "source_lost"} <= set(kinds)
        assert await daemon.stop() == 0


async def test_a_source_is_recorded_beside(broker: Mosquitto, board: Path, listener: Listener) -> None:
    config = node(broker.url, strap("white", "sim:resting", more='trace = "{folder}/white.jsonl"'))
    async with Daemon(board, config) as daemon:
        await until(lambda: len(listener.on("white/live")) >= 3)
        assert await daemon.stop() == 0
    lines = (board / "white.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) >= 4
    assert '"decoder": "heart_rate"' in lines[0]


async def test_a_trace_that_cannot_be_written_stops_nothing(
    broker: Mosquitto, board: Path, listener: Listener
) -> None:
    config = node(broker.url, strap("white", "sim:resting", more='trace = "{folder}/no/white.jsonl"'))
    async with Daemon(board, config) as daemon:
        await until(lambda: len(listener.on("white/live")) >= 3)
        assert "its trace is not recorded" in daemon.log
        assert await daemon.stop() == 0


async def test_a_damaged_journal_is_set_aside_and_live_goes_on(
    broker: Mosquitto, board: Path, listener: Listener
) -> None:
    (board / "edged.db").write_bytes(b"not a database" * 500)
    async with Daemon(board, node(broker.url, strap("white", "sim:resting"))) as daemon:
        await until(lambda: "Page: " in daemon.log)
        await until(lambda: listener.on("white/live"), timeout_s=5)
        await until(lambda: [e for e in listener.on("event") if e.payload["kind"] == "journal_quarantined"])
        assert (board / "edged.db.corrupt-1").read_bytes().startswith(b"not a database")
        assert await daemon.stop() == 0


async def test_a_silent_strap_is_withdrawn_within_five_seconds(
    broker: Mosquitto, board: Path, listener: Listener
) -> None:
    config = node(broker.url, strap("white", "sim:resting?silent_after=3"))
    async with Daemon(board, config) as daemon:
        await until(lambda: [h for h in listener.on("white/live") if h.payload["hr"] is not None])
        await until(lambda: listener.on("white/live")[-1].payload["hr"] is None)
        shown = [h for h in listener.on("white/live") if h.payload["hr"] is not None]
        records = [h for h in listener.on("record") if "heart_rate" in str(h.payload)]
        assert listener.on("white/live")[-1].at_s - records[-1].at_s < 5.0
        assert shown
        await until(lambda: listener.on("white/state")[-1].payload["state"] == "stale")
        assert await daemon.stop() == 0
