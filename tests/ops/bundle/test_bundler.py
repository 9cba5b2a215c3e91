"""The bundle of a node with secrets and readings everywhere: neither is in any byte of it."""

import asyncio
import io
import json
import logging
import re
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Final

import httpx
import pytest

from edged.clock import ManualClock, SystemClock
from edged.config.edit import KEPT
from edged.config.file import ConfigFile
from edged.config.toml import load
from edged.configurator import Configurator
from edged.daemon import Node
from edged.errors import TransientError
from edged.log import log_event, message_of
from edged.messages import BOARD_NOT_CLAIMED, BROKER_LOST, BUNDLE_TAKEN
from edged.model import NS_PER_S, Packet
from edged.ops.bundle.bundler import Bundler
from edged.ops.desk import Desk
from edged.ops.log_ring import RECENT, LogRing
from edged.ops.network.status import NetworkStatus
from edged.trace import TraceWriter
from tests.rigs.bench_node import BenchNode
from tests.rigs.waiting import until
from tests.web import documents
from tests.web.fake_view import FakeView
from tests.web.patients import BROKEN, FakeDoctor

PASSWORD: Final = 'ca"nary\\pass/wörd-1'  # noqa: S105  no secret of anybody: a canary that is looked for in every byte
LINK_PASSWORD: Final = "canary-link-word-2"  # noqa: S105  no secret of anybody: a canary that is looked for in every byte
OLD_PASSWORD: Final = "canary-old-word-3"  # noqa: S105  no secret of anybody: a canary that is looked for in every byte
KEY: Final = "CANARYKEYCONTENTS4"
CODE: Final = "CANA-RYCO-DE55"
RATE: Final = 173.4375
RR: Final = 346.28125
FILES: Final = {
    "README.txt",
    "status.json",
    "health.json",
    "delivery.json",
    "network.json",
    "journal.json",
    "configuration.toml",
    "configuration.json",
    "versions.json",
    "metrics.txt",
    "meminfo.txt",
    "uptime.txt",
    "loadavg.txt",
    "software.txt",
    "log.txt",
    "log.jsonl",
}


def unpacked(content: bytes) -> dict[str, bytes]:
    """Return the files by name, without their folder."""
    with zipfile.ZipFile(io.BytesIO(content)) as zipped:
        assert len({name.partition("/")[0] for name in zipped.namelist()}) == 1
        return {name.partition("/")[2]: zipped.read(name) for name in zipped.namelist()}


def assert_nothing_of(content: bytes, *canaries: str) -> None:
    """Look for each canary in every byte: of the file as it is, and of what is unpacked."""
    for name, data in {"": content, **unpacked(content)}.items():
        for canary in canaries:
            for spelling in (canary, json.dumps(canary)[1:-1], json.dumps(canary, ensure_ascii=False)[1:-1]):
                assert spelling.encode() not in data, f"{canary} is in {name}"


def trace(folder: Path) -> Path:
    """Record a sensor that measures what is found anywhere."""
    clock, path = ManualClock(), folder / "canary.jsonl"
    line = json.dumps({"heart_rate": RATE, "rr_interval": [RR]}).encode() + b"\n"
    with TraceWriter(path, clock=clock, decoder="json_lines", link="sim:") as writer:
        for second in range(30):
            clock.move_to(second * NS_PER_S)
            writer.received(Packet("serial", line if second != 7 else b"HR=173.4375\n", second * NS_PER_S))
    return path


def configuration(folder: Path) -> str:
    key = folder / "key.pem"
    key.write_text(f"-----BEGIN PRIVATE KEY-----\n{KEY}\n", encoding="ascii")
    return f"""
[node]
site = "hall"
name = "desk"
[uplink]
url = "mqtt://127.0.0.1:1"
username = "edged"
password = {json.dumps(PASSWORD, ensure_ascii=False)}
[journal]
path = "{folder}/edged.db"
[web]
port = 0
[[subject]]
name = "ada"
title = "Ada Lovelace"
[[source]]
name = "canary"
link = "replay:{trace(folder)}"
decoder = "json_lines"
subject = "ada"
[[source]]
name = "far"
link = "tcp://127.0.0.1:1"
decoder = "heart_rate"
"""


@pytest.fixture
def recent() -> Iterator[None]:
    """Have the log kept, as a running daemon has."""
    logging.getLogger().addHandler(RECENT)
    yield
    logging.getLogger().removeHandler(RECENT)


@pytest.mark.usefixtures("recent")
async def test_a_real_node_gives_away_nothing(tmp_path: Path) -> None:
    file = ConfigFile(tmp_path / "edged.toml", tmp_path / "history")
    text = configuration(tmp_path)
    file.path.write_text(text.replace(json.dumps(PASSWORD, ensure_ascii=False), f'"{OLD_PASSWORD}"'), "utf-8")
    old = file.read()
    clock = SystemClock()
    configurator = Configurator(file, old, load(file.path), clock, lambda _: None)
    await configurator.apply(text, etag=configurator.configuration().etag, by="a test")
    node = Node(load(file.path), clock, Random(1), control=configurator, file=file.path)
    stop, where = asyncio.Event(), asyncio.get_running_loop().create_future()
    ring = logging.getLogger("edged.tests.bundle")
    task = asyncio.create_task(node.run(stop, on_listening=lambda *told: where.set_result(told)))
    host, port = await where
    await until(lambda: node.view.readings_after(0)[1].get("ada"))
    log_event(ring, BOARD_NOT_CLAIMED, code=CODE)
    log_event(ring, BROKER_LOST, broker=f"mqtt://edged:{PASSWORD}@h", reason=f"bad password {PASSWORD}")
    log_event(ring, BROKER_LOST, broker=f"mqtt://edged:{LINK_PASSWORD}@h", reason="it hung up")
    async with httpx.AsyncClient(trust_env=False, timeout=60) as http:
        answer = await http.get(f"http://{host}:{port}/api/v1/bundle")
    measured = {rate for _, rate in node.view.readings_after(0)[1]["ada"]}
    stop.set()
    await task
    assert RATE in measured, "the canary sings"
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert re.fullmatch(
        r'attachment; filename="edged-hall-desk-\d{8}T\d{6}Z\.zip"', answer.headers["content-disposition"]
    )
    found = unpacked(answer.content)
    assert set(found) - {"os-release.txt"} == FILES
    assert_nothing_of(answer.content, PASSWORD, LINK_PASSWORD, OLD_PASSWORD, KEY, CODE)
    assert_nothing_of(answer.content, str(RATE), str(RR), f"{RATE:g}", f"{RR:g}", "173.4", "346.2")
    assert json.loads(found["status.json"])["subjects"][0]["state"] == "fresh"
    assert tomllib.loads(found["configuration.toml"].decode())["uplink"]["password"] == KEPT
    assert len(json.loads(found["versions.json"])) >= 2
    assert b"edged_uplink_backlog_records" in found["metrics.txt"]
    assert b"MemTotal" in found["meminfo.txt"]
    assert json.loads(found["delivery.json"])["troubles"]
    assert json.loads(found["health.json"])["findings"]
    assert f"bad password {KEPT}" in found["log.txt"].decode()
    assert "source canary: live" in found["log.txt"].decode()


class Nowhere:
    """A network that hangs."""

    async def status(self) -> NetworkStatus:
        raise TransientError("the system has not answered", mend="Restart the board.")


async def test_readings_and_secrets_of_any_view_are_left_out(tmp_path: Path) -> None:
    config = BenchNode(tmp_path, uplink={"url": "mqtt://b", "password": PASSWORD}).node._config
    view = FakeView(
        documents.status(
            subjects=[documents.subject("ada", "Ada", heart_rate=RATE, rmssd_ms=RR, zone=4)],
            sources=[documents.source("far", last_fault=f"login with {PASSWORD} failed")],
        )
    )
    view.tell("ada", (documents.UTC_MS, RATE))
    ring = LogRing()
    logger = logging.getLogger("edged.tests.ring")
    logger.addHandler(ring)
    try:
        log_event(logger, BOARD_NOT_CLAIMED, code=CODE)
        logger.warning("a library says %s to tcp://me:%s@host", PASSWORD, LINK_PASSWORD)
    finally:
        logger.removeHandler(ring)
    doctor = FakeDoctor(*BROKEN)
    bundle = await Bundler(
        view, Desk(Nowhere(), lambda: config), ring, doctor=doctor.latest, root=tmp_path
    ).make()
    assert bundle.name == "edged-arena-node-1-20251121T140322Z.zip"
    assert_nothing_of(bundle.content, PASSWORD, LINK_PASSWORD, CODE, str(RATE), str(RR))
    found = unpacked(bundle.content)
    assert json.loads(found["network.json"]) == {
        "could_not_be_had": "the system has not answered. Restart the board."
    }
    assert json.loads(found["delivery.json"]) is None
    assert b"Not started from a configuration file" in found["configuration.toml"]
    assert json.loads(found["status.json"])["sources"][0]["last_fault"] == f"login with {KEPT} failed"
    assert "meminfo.txt" not in found, "there is none on this board"
    lines = found["log.txt"].decode().splitlines()
    assert f"the code is {KEPT}" in lines[0]
    assert lines[1].endswith(f"a library says {KEPT} to tcp://{KEPT}@host")
    assert [json.loads(line)["level"] for line in found["log.jsonl"].splitlines()] == ["warning", "warning"]
    readme = found["README.txt"].decode()
    assert "arena / node-1" in readme
    for name in set(found) - {"README.txt"}:
        assert name in readme
    for name in FILES - {"README.txt"}:
        assert name in readme, "it says of every file that there may be"


async def test_a_page_without_a_log_takes_notice_of_who_took_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with BenchNode(tmp_path) as bench, httpx.AsyncClient(trust_env=False, timeout=60) as http:
        asked = asyncio.create_task(http.get(f"{bench.url}/api/v1/bundle"))
        await bench.until(asked.done)
        answer = await asked
    assert answer.status_code == 200
    assert len(answer.content) == int(answer.headers["content-length"])
    assert BUNDLE_TAKEN in {message_of(record) for record in caplog.records}


async def test_one_that_is_still_being_made_is_not_made_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    view, doctor = FakeView(documents.status()), FakeDoctor()
    config = BenchNode(tmp_path).node._config
    bundler = Bundler(view, Desk(Nowhere(), lambda: config), LogRing(), doctor=doctor.latest)
    monkeypatch.setattr(bundler._threads, "_busy", {"bundle"})
    with pytest.raises(TransientError):
        await bundler.make()
