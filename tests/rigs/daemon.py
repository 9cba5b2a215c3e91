"""The daemon as it runs in the field: a process of its own, told by signals only."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx

from tests.rigs.waiting import until

_STOP_TIMEOUT_S: Final = 15.0


class Daemon:
    """``edged run`` as a child process.

    Args:
        folder: where its configuration, journal and log go.
        config: the configuration, TOML; ``{folder}`` in it is replaced.
        environment: added to the test's own.
    """

    def __init__(self, folder: Path, config: str, environment: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self.file = folder / "edged.toml"
        self._environment = os.environ | (environment or {})
        self.write(config)
        self._process: asyncio.subprocess.Process | None = None

    def write(self, config: str) -> None:
        """Write its configuration file, as an editor does."""
        self.file.write_text(config.replace("{folder}", str(self.folder)), encoding="utf-8")

    def send(self, signal_: signal.Signals) -> None:
        """Send it a signal."""
        assert self._process is not None, "it does not run"
        self._process.send_signal(signal_)

    @property
    def log(self) -> str:
        """What it has written so far, over all its runs."""
        path = self.folder / "edged.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    @property
    def page(self) -> str:
        """Where its page answers, as it said last."""
        return next(
            line.removeprefix("Page: ")
            for line in reversed(self.log.splitlines())
            if line.startswith("Page: ")
        )

    async def status(self) -> dict[str, Any]:
        """Return what its page is told, once it answers."""
        await until(lambda: "Page: " in self.log)
        async with httpx.AsyncClient() as http:
            answer = await http.get(f"{self.page}api/v1/status")
        told: dict[str, Any] = answer.json()
        return told

    async def source(self, name: str) -> dict[str, Any]:
        """Return the status of one source."""
        return next(each for each in (await self.status())["sources"] if each["name"] == name)

    async def start(self, command: str = "run") -> None:
        """Start it; return at once."""
        assert self._process is None, "it runs already"
        with (self.folder / "edged.log").open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "edged", command, "-c", str(self.file)),
                stdout=log,
                stderr=log,
                env=self._environment,
            )

    async def ended(self) -> int:
        """Wait until it ends by itself; return its exit status."""
        process, self._process = self._process, None
        assert process is not None, "it does not run"
        async with asyncio.timeout(_STOP_TIMEOUT_S):
            return await process.wait()

    async def stop(self) -> int:
        """Ask it to stop (SIGTERM); return its exit status."""
        return await self._end(signal.SIGTERM)

    async def kill(self) -> int:
        """End it as a power cut does (SIGKILL)."""
        return await self._end(signal.SIGKILL)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End it if it still runs."""
        if self._process is not None:
            await self.kill()

    async def _end(self, how: signal.Signals) -> int:
        process, self._process = self._process, None
        assert process is not None, "it does not run"
        if process.returncode is None:
            process.send_signal(how)
        async with asyncio.timeout(_STOP_TIMEOUT_S):
            return await process.wait()
