"""``edged bundle``: the same over the socket, into a file."""

import asyncio
import stat
import sys
import zipfile
from pathlib import Path

from tests.rigs.daemon import Daemon
from tests.rigs.waiting import until
from tests.system.configs import strap

CONFIG = """
[journal]
path = "{folder}/edged.db"
[web]
port = 0
[uplink]
url = "mqtt://127.0.0.1:1"
username = "edged"
password = "canary-password"
"""


async def bundle(*arguments: str) -> tuple[int, str]:
    """Run the command; return its exit status and what it said."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "edged", "bundle", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    told, _ = await process.communicate()
    return process.returncode or 0, told.decode()


async def test_it_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    run, target = tmp_path / "run", tmp_path / "edged.zip"
    run.mkdir()
    path = run / "edged.sock"
    async with Daemon(tmp_path, CONFIG + strap("white", "sim:resting"), {"RUNTIME_DIRECTORY": str(run)}):
        await until(path.exists, 30)
        code, told = await bundle(str(target), "--socket", str(path))
        assert (code, "Its README.txt says what is inside." in told) == (0, True), told
        assert stat.S_IMODE(target.stat().st_mode) == 0o600
        with zipfile.ZipFile(target) as zipped:
            names = {name.partition("/")[2] for name in zipped.namelist()}
            texts = [zipped.read(name) for name in zipped.namelist()]
        assert {"README.txt", "status.json", "configuration.toml", "versions.json", "log.txt"} <= names
        assert not any(b"canary-password" in text for text in texts)
        missing = tmp_path / "no-such-folder" / "edged.zip"
        code, told = await bundle(str(missing), "--socket", str(path))
        assert (code, told) == (1, f"Error: {missing} cannot be written: No such file or directory\n")
    assert sorted(each.name for each in tmp_path.glob("*.zip*")) == ["edged.zip"]


async def test_a_daemon_that_cannot_be_asked(tmp_path: Path) -> None:
    target = tmp_path / "edged.zip"
    code, told = await bundle(str(target), "--socket", str(tmp_path / "gone.sock"))
    assert code == 2
    assert "the daemon does not answer" in told
    assert not target.exists()
