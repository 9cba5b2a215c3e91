"""``edged status`` of a daemon as systemd runs it: over the socket in its runtime folder."""

import asyncio
import json
import stat
import sys
from pathlib import Path

from edged.errors import NodeUnreachable
from edged.local_api import LocalApi
from tests.rigs.daemon import Daemon
from tests.rigs.waiting import until
from tests.system.configs import strap

CONFIG = """
[journal]
path = "{folder}/edged.db"
[web]
port = 0
"""


async def status(path: Path, *more: str) -> tuple[int, str]:
    """Run the command; return its exit status and what it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "edged", "status", "--socket", str(path), *more),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    return process.returncode or 0, told.decode()


def states(path: Path) -> set[str]:
    """Return the states of its sources; nothing while it cannot be asked."""
    try:
        told = json.loads(LocalApi(path).get("/api/v1/status"))
    except NodeUnreachable:
        return set()
    return {source["state"] for source in told["sources"]}


async def test_it_is_asked_while_it_runs_and_leaves_no_socket(board: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    run.mkdir()
    path = run / "edged.sock"
    sources = strap("white", "sim:resting") + strap("black", "tcp://127.0.0.1:1")
    daemon = Daemon(board, CONFIG + sources, {"RUNTIME_DIRECTORY": str(run)})
    async with daemon:
        await until(lambda: states(path) == {"streaming", "backing_off"})
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        code, shown = await status(path)
        assert code == 1
        assert "✕ Player black" in shown or "○ Player black" in shown
        assert "● Player white" in shown
        assert "Check that the device is switched on" in shown
        assert len(shown.splitlines()) < 24
        assert "the page listens on" in daemon.log
        await daemon.kill()
        code, shown = await status(path)
        assert code == 2
        assert "Connection refused. Is the service up? `systemctl status edged`." in shown
        await daemon.start()
        await until(lambda: states(path))
        assert await daemon.stop() == 0
    assert not path.exists()


async def test_in_safe_mode_it_says_why(board: Path, tmp_path: Path) -> None:
    path = tmp_path / "edged.sock"
    daemon = Daemon(board, CONFIG + f'socket = "{path}"\n[wbe]\n')
    await daemon.start("safe")
    try:
        await until(path.exists)
        code, shown = await status(path)
        assert code == 1
        assert "Safe mode" in shown
        assert "unknown key 'wbe'" in " ".join(shown.split()).lower()
        assert await daemon.stop() == 0
    finally:
        await daemon.close()
