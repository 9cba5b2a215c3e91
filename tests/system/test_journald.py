"""The log in a real systemd-journald: found by id, with fields and priorities, however large."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from edged.cli.run import CONFIGURATION
from edged.messages import (
    CONFIGURATION_WRONG,
    JOURNAL_OPEN,
    NODE_READY,
    NODE_STARTING,
    NODE_STOPPED,
    PAGE_LISTENING,
    SAFE_MODE,
    SOURCE_LIVE,
    SOURCE_LOST,
)
from edged.ops import journald as native
from tests.rigs.journal import Journald, needs_journald
from tests.system.configs import strap

pytestmark = needs_journald

CONFIG = """
[node]
site = "hall"
name = "board-1"
[journal]
path = "{folder}/edged.db"
commit_interval_s = 0.1
[web]
port = 0
"""
LIMIT_S = 15


@pytest.fixture
async def journald() -> AsyncIterator[Journald]:
    async with Journald() as journald:
        yield journald


def configured(board: Path, sources: str) -> Path:
    file = board / "edged.toml"
    file.write_text(CONFIG.replace("{folder}", str(board)) + sources, encoding="utf-8")
    return file


async def entry(journald: Journald, *matches: str) -> dict[str, Any]:
    """Return the first entry of a kind, once it is there."""
    async with asyncio.timeout(LIMIT_S):
        while not (found := await journald.entries(*matches)):
            await asyncio.sleep(0.05)
    return dict(found[0])


async def test_a_run_of_the_daemon_is_found_by_its_ids(journald: Journald, board: Path) -> None:
    file = configured(board, strap("white", "sim:resting") + strap("black", "tcp://127.0.0.1:1"))
    process = await journald.start(sys.executable, "-m", "edged", "run", "-c", str(file), cwd=board)
    lost = await entry(journald, f"MESSAGE_ID={SOURCE_LOST.id}")
    assert lost["MESSAGE"].startswith("source strap-black: tcp://127.0.0.1:1: cannot connect")
    wanted = {
        "PRIORITY": "4",
        "SYSLOG_IDENTIFIER": "edged",
        "EDGED_MESSAGE": "source_lost",
        "EDGED_NODE": "hall/board-1",
        "EDGED_SOURCE": "strap-black",
        "EDGED_SUBJECT": "black",
        "EDGED_LOGGER": "edged.sources.supervisor",
        "CODE_FUNC": "_log_problem",
        "_TRANSPORT": "journal",
    }
    assert {name: lost[name] for name in wanted} == wanted
    assert lost["CODE_FILE"].endswith("edged/sources/supervisor.py")
    assert int(lost["CODE_LINE"]) > 100
    await entry(journald, f"MESSAGE_ID={NODE_READY.id}")
    for message in (NODE_STARTING, JOURNAL_OPEN, PAGE_LISTENING, SOURCE_LIVE):
        (found,) = await journald.entries(f"MESSAGE_ID={message.id}")
        assert found["PRIORITY"] == "6"
    assert [each["EDGED_SOURCE"] for each in await journald.entries("EDGED_SOURCE=strap-white")] == [
        "strap-white"
    ]
    assert await journald.entries("_TRANSPORT=stdout") == [], "nothing is said twice"
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(LIMIT_S):
        assert await process.wait() == 0
    stopped = await entry(journald, f"MESSAGE_ID={NODE_STOPPED.id}")
    assert int(stopped["EDGED_COMMITTED"]) > 0


async def test_why_it_does_not_start_is_there_too(journald: Journald, board: Path) -> None:
    file = configured(board, "[wbe]\n")
    process = await journald.start(sys.executable, "-m", "edged", "run", "-c", str(file), cwd=board)
    async with asyncio.timeout(LIMIT_S):
        assert await process.wait() == CONFIGURATION
    wrong = await entry(journald, f"MESSAGE_ID={CONFIGURATION_WRONG.id}")
    assert wrong["PRIORITY"] == "2"
    assert f"{file}:10: wbe: unknown key 'wbe'" in wrong["MESSAGE"]
    process = await journald.start(
        *(sys.executable, "-m", "edged", "safe", "-c", str(file), "--for", "1"), cwd=board
    )
    async with asyncio.timeout(LIMIT_S):
        await process.wait()
    assert "unknown key 'wbe'" in (await entry(journald, f"MESSAGE_ID={SAFE_MODE.id}"))["MESSAGE"]


async def test_large_entries_and_those_of_several_lines_arrive_whole(journald: Journald) -> None:
    sender = native.Journald(journald.socket)
    large = "x" * 700_000
    sender.send([("MESSAGE", large), ("EDGED_TEST", "large")])
    sender.send([("MESSAGE", "Traceback:\n  line 1\n\n"), ("EDGED_TEST", "lines"), ("PRIORITY", "3")])
    sender.close()
    assert (await entry(journald, "EDGED_TEST=large"))["MESSAGE"] == large
    assert (await entry(journald, "EDGED_TEST=lines"))["MESSAGE"] == "Traceback:\n  line 1\n\n"
