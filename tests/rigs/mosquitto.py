"""A real broker on loopback: mosquitto as a child process, with plain and WebSocket listeners."""

import asyncio
import os
import shutil
import signal
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pytest

from tests.rigs.ports import free_ports

CONFIG: Final = """\
# Two doors to the same broker; both on loopback only.
listener {port} 127.0.0.1
protocol mqtt
listener {ws_port} 127.0.0.1
protocol websockets

allow_anonymous true

# Retained messages and persistent sessions survive stop() and start(). They are written on SIGTERM,
# so kill() loses what came since the last stop(): as a power cut does.
persistence true
persistence_location {folder}/

log_dest file {folder}/mosquitto.log
log_type all
"""

START_TIMEOUT_S: Final = 10.0
STOP_TIMEOUT_S: Final = 10.0


def find_mosquitto() -> str:
    """Return the broker's path; skip the test where there is none."""
    found = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    if found is None:
        pytest.skip("needs mosquitto: apt-get install mosquitto")
    return found


class Mosquitto:
    """One broker whose ports stay the same over restarts.

    ::

        async with Mosquitto(tmp_path) as broker:
            ...broker.url...
            await broker.kill()
            await broker.start()

    Args:
        folder: where its configuration, log and retained messages go.
        extra: more lines for its configuration.
    """

    def __init__(self, folder: Path, *, extra: str = "") -> None:
        self.folder = folder
        self.port, self.ws_port = free_ports(2)
        self._extra = extra
        self._process: asyncio.subprocess.Process | None = None

    @property
    def url(self) -> str:
        """For MQTT over TCP."""
        return f"mqtt://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        """For MQTT over WebSocket."""
        return f"ws://127.0.0.1:{self.ws_port}"

    @property
    def log(self) -> str:
        """What the broker has logged so far."""
        return (self.folder / "mosquitto.log").read_text(encoding="utf-8", errors="replace")

    async def start(self) -> None:
        """Start, and return when both listeners take connections."""
        assert self._process is None, "it runs already"
        config = self.folder / "mosquitto.conf"
        text = CONFIG.format(port=self.port, ws_port=self.ws_port, folder=self.folder)
        if os.geteuid() == 0:
            text += "user root\n"  # it would become another user, who may not write here
        config.write_text(text + self._extra, encoding="utf-8")
        self._process = await asyncio.create_subprocess_exec(
            find_mosquitto(),
            "-c",
            str(config),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                for port in (self.port, self.ws_port):
                    await self._until_open(port)
        except BaseException:
            await self.kill()
            raise

    async def stop(self) -> None:
        """End it as a service manager does (SIGTERM): it says goodbye and writes what it keeps."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """End it as a power cut does (SIGKILL)."""
        await self._end(signal.SIGKILL)

    def pause(self) -> None:
        """Have it hang: it holds its connections and answers nothing (SIGSTOP)."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Have it go on where it was."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.kill()

    async def _end(self, how: signal.Signals) -> None:
        """End it if it runs."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.returncode is None:
            process.send_signal(how)
        async with asyncio.timeout(STOP_TIMEOUT_S):
            await process.wait()

    async def _until_open(self, port: int) -> None:
        process = self._process
        assert process is not None
        while True:
            if process.returncode is not None:
                raise RuntimeError(f"mosquitto ended with {process.returncode}:\n{self.log}")
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
                continue
            writer.close()
            await writer.wait_closed()
            return
