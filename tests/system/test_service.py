"""The daemon as systemd has it: what it says to it, how it ends, and what is left when it cannot run."""

import asyncio
import signal
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from edged.cli.run import CONFIGURATION
from tests.rigs.daemon import Daemon
from tests.rigs.waiting import until
from tests.system.configs import strap

CONFIG = """
[node]
name = "board-1"
[journal]
path = "{folder}/edged.db"
commit_interval_s = 0.1
[web]
port = 0
"""


class Manager:
    """The socket of a service manager."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._told: list[str] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(path))
        self._socket.settimeout(0)

    @property
    def told(self) -> list[str]:
        while True:
            try:
                self._told.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return self._told

    @property
    def status(self) -> str:
        said = [told for told in self.told if told.startswith("STATUS=")]
        return said[-1].removeprefix("STATUS=") if said else ""

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    manager = Manager(tmp_path / "notify")
    yield manager
    manager.close()


def managed(board: Path, manager: Manager, config: str, watchdog_s: float = 0.4) -> Daemon:
    environment = {"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": str(round(watchdog_s * 1e6))}
    return Daemon(board, config, environment)


async def test_ready_status_watchdog_reload_and_leave(board: Path, manager: Manager) -> None:
    async with managed(board, manager, CONFIG + strap("white", "sim:resting")) as daemon:
        await until(lambda: "READY=1" in manager.told)
        assert "Page: " in daemon.log, "who is told that it is ready finds its page"
        await until(lambda: manager.status.startswith("1 of 1 sources live. No broker configured."))
        await until(lambda: manager.told.count("WATCHDOG=1") >= 5)
        daemon.send(signal.SIGHUP)
        await until(lambda: manager.told.count("READY=1") == 2)
        reloading = next(told for told in manager.told if told.startswith("RELOADING=1"))
        assert "MONOTONIC_USEC=" in reloading
        daemon.write("[[")
        daemon.send(signal.SIGHUP)
        await until(lambda: manager.status.startswith("Not applied. Is not TOML"))
        assert await daemon.stop() == 0
    assert "STOPPING=1" in manager.told


async def test_a_strap_that_is_silent_is_no_reason_to_restart(board: Path, manager: Manager) -> None:
    config = CONFIG + strap("white", "sim:resting?silent_after=1")
    async with managed(board, manager, config) as daemon:
        await until(lambda: "strap-white: Silent" in manager.status, timeout_s=15)
        fed = manager.told.count("WATCHDOG=1")
        await until(lambda: manager.told.count("WATCHDOG=1") > fed + 3)
        assert await daemon.stop() == 0


async def test_without_a_source_that_comes_it_is_ready_all_the_same(board: Path, manager: Manager) -> None:
    config = CONFIG + strap("white", "tcp://127.0.0.1:1")
    async with managed(board, manager, config) as daemon:
        await until(lambda: "0 of 1 sources live. strap-white: Lost." in manager.status)
        assert "READY=1" not in manager.told
        await until(lambda: "READY=1" in manager.told, timeout_s=15)
        assert await daemon.stop() == 0


async def test_where_the_page_cannot_be_had_it_is_ready_all_the_same(board: Path, manager: Manager) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        page = f"port = {taken.getsockname()[1]}"
        async with managed(
            board, manager, CONFIG.replace("port = 0", page) + strap("white", "sim:resting")
        ) as daemon:
            await until(lambda: manager.status.startswith("1 of 1 sources live."))
            assert "READY=1" not in manager.told
            await until(lambda: "READY=1" in manager.told, timeout_s=15)
            assert "is in use by another program" in daemon.log
            assert await daemon.stop() == 0


async def test_a_process_that_stands_still_feeds_no_watchdog(board: Path, manager: Manager) -> None:
    async with managed(board, manager, CONFIG + strap("white", "sim:resting")) as daemon:
        await until(lambda: manager.told.count("WATCHDOG=1") >= 2)
        daemon.send(signal.SIGSTOP)
        await asyncio.sleep(0.2)  # what was on its way
        fed = manager.told.count("WATCHDOG=1")
        await asyncio.sleep(0.6)
        assert manager.told.count("WATCHDOG=1") == fed
        daemon.send(signal.SIGCONT)
        assert await daemon.stop() == 0


async def test_a_wrong_configuration_has_a_status_of_its_own(board: Path, manager: Manager) -> None:
    async with managed(board, manager, CONFIG.replace("board-1", "Board 1")) as daemon:
        assert await daemon.ended() == CONFIGURATION
    assert "node.name" in manager.status
    assert "node.name" in daemon.log


async def test_safe_mode_shows_the_page_and_why(board: Path, manager: Manager) -> None:
    broken = CONFIG + strap("white", "sim:resting") + "\n[life]\nstale_after_s = 3\n"
    daemon = managed(board, manager, broken)
    await daemon.start("safe")
    try:
        await until(lambda: "Page: " in daemon.log)
        status = await daemon.status()
        assert status["node"]["mode"] == "safe"
        assert "unknown key 'life'" in status["node"]["words"]["sentence"].lower()
        assert "Did you mean 'live'?" in status["node"]["words"]["sentence"]
        assert manager.told[0] == "READY=1"
        await until(lambda: manager.status.startswith("Safe mode."))
        assert not (board / "edged.db").exists(), "nothing is measured"
        assert await daemon.stop() == 0
    finally:
        await daemon.close()


async def test_safe_mode_of_a_daemon_that_was_killed_again_and_again(board: Path) -> None:
    daemon = Daemon(
        board, CONFIG + strap("white", "sim:resting"), {"MONITOR_SERVICE_RESULT": "start-limit-hit"}
    )
    await daemon.start("safe")
    try:
        await until(lambda: "Page: " in daemon.log)
        status = await daemon.status()
        assert "it ended again and again" in status["node"]["words"]["sentence"]
        assert [source["state"] for source in status["sources"]] == ["stopped"]
        assert [subject["state"] for subject in status["subjects"]] == ["lost"]
        assert status["subjects"][0]["heart_rate"] is None
        assert status["journal"]["state"] == "stopped"
        assert await daemon.stop() == 0
    finally:
        await daemon.close()
