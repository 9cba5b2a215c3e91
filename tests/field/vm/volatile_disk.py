"""A disk with a write cache, as cards and drives have one: what was not flushed is gone with the power."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Final

import pytest

_NBDKIT: Final = "nbdkit"
_READY_S: Final = 10.0
_LOOK_S: Final = 0.05
_BLOCK_BYTES: Final = 4096
"""Of the file system on it, so that nothing is flushed beside what was asked for."""


class VolatileDisk:
    """One disk, served to QEMU over NBD; of QEMU's own, all writes survive it in this machine's cache.

    Args:
        image: raw; holds what has been flushed, and nothing else.
        folder: where its socket goes; its path must be short.
    """

    def __init__(self, image: Path, folder: Path) -> None:
        self._image = image
        self._socket = folder / f"{image.stem}.nbd"
        self._ready = folder / f"{image.stem}.pid"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where QEMU finds it."""
        return f"nbd+unix:///?socket={self._socket}"

    def power_on(self) -> None:
        """Serve.

        Raises:
            RuntimeError: it does not; says what it said.
        """
        self._process = subprocess.Popen(
            [
                *("setpriv", "--pdeathsig", "KILL"),
                *(_NBDKIT, "--foreground", "--unix", self._socket, "--pidfile", self._ready),
                *("--filter=cache", "file", self._image, f"cache-min-block-size={_BLOCK_BYTES}"),
            ],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env={**os.environ, "TMPDIR": str(self._image.parent)},  # its cache is a file without a name
        )
        ends_s = time.monotonic() + _READY_S
        while not self._ready.exists():
            if self._process.poll() is not None or time.monotonic() > ends_s:
                self._process.kill()
                said = self._process.communicate()[1].decode()
                self._process = None
                raise RuntimeError(f"no disk is made of {self._image}: {said}")
            time.sleep(_LOOK_S)

    def freeze(self) -> None:
        """Stop, so that the image is what a power cut would leave."""
        assert self._process is not None, "it is off"
        freeze(self._process)

    def thaw(self) -> None:
        """Go on."""
        assert self._process is not None, "it is off"
        self._process.send_signal(signal.SIGCONT)

    def power_off(self) -> None:
        """End at once, and with it what was not flushed."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()
            self._socket.unlink(missing_ok=True)
            self._ready.unlink(missing_ok=True)


def freeze(process: subprocess.Popen[bytes]) -> None:
    """Stop a process; return when all of it stands, or has ended."""
    if process.poll() is None:
        process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)


def require_nbdkit() -> None:
    """Skip the test where there is no server for such disks."""
    if shutil.which(_NBDKIT) is None:
        pytest.skip("needs nbdkit: scripts/install-field-tools.sh")
