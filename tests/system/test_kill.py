"""The power goes, again and again, while a trace is played: what was committed is delivered."""

import asyncio
import shutil
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path
from random import Random

from edged.clock import ManualClock
from edged.model import NS_PER_S, Packet
from edged.sim.physiology import Heart, Profile
from edged.sim.strap import Strap
from edged.trace import TraceWriter
from tests.rigs.daemon import Daemon
from tests.rigs.listener import Listener
from tests.rigs.mosquitto import Mosquitto
from tests.rigs.verifier import report_of, verifying
from tests.rigs.waiting import until
from tests.system.configs import node, strap

KILLS = 20
MINUTES = 60


def write_trace(path: Path) -> None:
    """An hour of a strap, as it would have been recorded."""
    clock = ManualClock()
    wearer = Strap(Heart(Profile.RESTING, seed=7, ectopic=0.0), battery_pct=90)
    with TraceWriter(path, clock=clock, decoder="heart_rate", link="sim:resting?seed=7") as writer:
        for second in range(60 * MINUTES):
            for packet in wearer.packets(second):
                writer.received(Packet(packet.channel, packet.data, second * NS_PER_S))


def committed_ids(journal: Path, copy: Path) -> tuple[str, int]:
    """Epoch and highest id of a journal as the kill left it, read from a copy."""
    for suffix in ("", "-wal"):
        part = journal.with_name(journal.name + suffix)
        if part.exists():
            shutil.copy(part, copy.with_name(copy.name + suffix))
    with closing(sqlite3.connect(copy)) as db:
        (epoch,) = db.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()
        (head,) = db.execute("SELECT coalesce(max(id), 0) FROM record").fetchone()
    return str(epoch), int(head)


def has_said(daemon: Daemon, what: str, times: int) -> bool:
    return daemon.log.count(what) == times


def delivers_beyond(listener: Listener, record_id: int) -> bool:
    return any(record["id"] > record_id for record in listener.records(last=20))


async def test_twenty_kills_lose_nothing_that_was_committed(
    broker: Mosquitto, board: Path, tmp_path: Path
) -> None:
    random = Random(20260)
    write_trace(board / "hour.jsonl")
    config = node(broker.url, strap("white", f"replay:{board}/hour.jsonl?speed=60"))
    heads = list[int]()
    with Listener(broker.url) as listener:
        await until(lambda: "listener" in broker.log)
        daemon = Daemon(board, config)
        try:
            for kill in range(KILLS):
                await daemon.start()
                await until(partial(delivers_beyond, listener, heads[-1] if heads else 0), timeout_s=20)
                await asyncio.sleep(random.uniform(0.0, 0.7))  # the moment of the kill: any
                await daemon.kill()
                epoch, head = committed_ids(board / "edged.db", tmp_path / f"copy-{kill}.db")
                heads.append(head)
            await daemon.start()
            await until(partial(delivers_beyond, listener, heads[-1]), timeout_s=20)
            assert await daemon.stop() == 0
        finally:
            await daemon.close()
        records = listener.records()

    assert heads == sorted(heads)
    told: dict[int, dict[str, object]] = {}
    repeated = 0
    for record in records:
        assert record["epoch"] == epoch
        content = {key: record.get(key) for key in ("stream", "seq", "values", "q", "kind", "detail")}
        if record["id"] in told:
            repeated += 1
            assert told[record["id"]] == content
        told[record["id"]] = content
    assert sorted(told) == list(range(1, max(told) + 1)), "ids are contiguous"
    assert max(told) >= heads[-1]
    assert repeated <= KILLS * 50 * 100, "no more than the window each time"


async def test_verify_agrees(broker: Mosquitto, board: Path) -> None:
    write_trace(board / "hour.jsonl")
    daemon = Daemon(board, node(broker.url, strap("white", f"replay:{board}/hour.jsonl?speed=60")))
    async with verifying(broker.url, "--from-start") as verifier:
        await until(lambda: "edged-verify" in broker.log)
        try:
            for run, pause_s in enumerate((1.5, 1.0), start=1):
                await daemon.start()
                await until(partial(has_said, daemon, "Page: ", run))
                await asyncio.sleep(pause_s)  # something is to be recorded before the kill
                await daemon.kill()
            await daemon.start()
            await until(partial(has_said, daemon, "Page: ", 3))
            assert await daemon.stop() == 0
        finally:
            await daemon.close()
        report = await report_of(verifier)
    assert report["lost"] == 0
    assert report["conflicting"] == 0
    assert report["received"] > 100
    assert verifier.returncode == 0
