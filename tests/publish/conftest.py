import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.rigs.mosquitto import Mosquitto
from tests.rigs.waiting import until


@pytest.fixture
async def clean() -> AsyncIterator[None]:
    """Nothing is left behind: no task, no thread but the loop's workers, no socket."""
    tasks, sockets, threads = asyncio.all_tasks(), _sockets(), _threads()
    yield
    await until(lambda: asyncio.all_tasks() <= tasks | {asyncio.current_task()}, 5)
    await until(lambda: _sockets() <= sockets, 5)
    assert _threads() <= threads


@pytest.fixture
async def mosquitto(
    tmp_path: Path,
    clean: None,  # noqa: ARG001  a fixture that is asked for to run before and after; its value is None
) -> AsyncIterator[Mosquitto]:
    async with Mosquitto(tmp_path) as broker:
        yield broker


def _sockets() -> set[str]:
    found = set()
    for entry in Path("/proc/self/fd").iterdir():
        try:
            target = str(entry.readlink())
        except FileNotFoundError:  # the folder itself, as it was looked at
            continue
        if target.startswith("socket:"):
            found.add(target)
    return found


def _threads() -> set[str]:
    return {t.name for t in threading.enumerate() if not t.name.startswith(("asyncio_", "asyncio-waitpid"))}
