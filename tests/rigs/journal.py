"""A systemd-journald of the test's own, in a mount namespace with a /run of its own."""

import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import pytest

JOURNALD: Final = Path("/usr/lib/systemd/systemd-journald")
_SCRIPT: Final = """
mount --make-rprivate / && mount -t tmpfs tmpfs /run && mkdir -p /run/log/journal || exit 1
exec {journald}
"""

needs_journal = pytest.mark.skipif(
    shutil.which("journalctl") is None, reason="needs systemd's journalctl (make test installs it)"
)
needs_journald = pytest.mark.skipif(
    not JOURNALD.exists() or os.geteuid() != 0, reason="needs systemd-journald, and root for a namespace"
)


class Journald:
    """The daemon, for the length of a test; an async context manager."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """Its process."""
        assert self._process is not None
        return self._process.pid

    @property
    def socket(self) -> Path:
        """Its native socket, as it is reached from outside of the namespace."""
        return Path(f"/proc/{self.pid}/root/run/systemd/journal/socket")

    def command(self, *arguments: str) -> list[str]:
        """Return the command that runs another one as a service, its standard error being the journal."""
        script = 'JOURNAL_STREAM=$(stat -Lc %d:%i /proc/self/fd/2) exec "$@"'
        cat = ["systemd-cat", "-t", "test", "sh", "-c", script, "sh", *arguments]
        return ["nsenter", "-t", str(self.pid), "-m", "--", *cat]

    async def start(self, *arguments: str, cwd: Path) -> asyncio.subprocess.Process:
        """Start a command that way."""
        return await asyncio.create_subprocess_exec(*self.command(*arguments), cwd=cwd)

    async def entries(self, *matches: str) -> Sequence[dict[str, Any]]:
        """Return what it has of some kind, oldest first."""
        process = await asyncio.create_subprocess_exec(
            *("nsenter", "-t", str(self.pid), "-m", "--", "journalctl", "-o", "json", "-q", "--no-pager"),
            *("--all", *matches),
            stdout=asyncio.subprocess.PIPE,
        )
        told, _ = await process.communicate()
        return [json.loads(line) for line in told.splitlines()]

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *("unshare", "-m", "sh", "-c", _SCRIPT.format(journald=JOURNALD)),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=sys.stderr if sys.stderr.isatty() else asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(10):
            while not self.socket.exists() or not self.socket.with_name("stdout").exists():
                assert self._process.returncode is None, "systemd-journald has ended"
                await asyncio.sleep(0.01)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        await self._process.wait()
