"""A board in a container: its own systemd as first process, its own disk over the ones below, no network."""

import json
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

_BOOT_TIMEOUT_S: Final = 30.0
_STOP_TIMEOUT_S: Final = 20.0
_LOOK_S: Final = 0.05
_STATUS: Final = (
    "import json, urllib.request as r;"
    "print(json.dumps(json.load(r.urlopen('http://127.0.0.1:8080/api/v1/status', timeout=3))))"
)


class Container:
    """One board; what it writes stays in its folder.

    Args:
        folder: an empty one, for its disk and its console.
        below: the trees that its own disk lies over, uppermost first.
    """

    def __init__(self, folder: Path, below: Sequence[Path]) -> None:
        self.own = folder / "own"
        self._merged = folder / "root"
        self._work = folder / "work"
        self._console = folder / "console.log"
        for each in (self.own, self._merged, self._work):
            each.mkdir(parents=True)
        self._below = below
        self._process: subprocess.Popen[bytes] | None = None
        self._leader = 0

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Write a file of the board, up or not."""
        target = (self._merged if self._process else self.own) / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
        target.chmod(mode)

    def read(self, path: str) -> str:
        """Return the text of a file of the board."""
        return (self._merged / path.lstrip("/")).read_text(encoding="utf-8")

    def path(self, path: str) -> Path:
        """Return where a file of the board is to be found on this machine."""
        return self._merged / path.lstrip("/")

    def run(self, *command: str, timeout_s: float = 60.0) -> str:
        """Run a command on the board; return what it said.

        Raises:
            AssertionError: it failed; with what it said.
        """
        done = self.attempt(*command, timeout_s=timeout_s)
        assert done.returncode == 0, f"{' '.join(command)}: {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout.strip()

    def attempt(self, *command: str, timeout_s: float = 60.0) -> subprocess.CompletedProcess[str]:
        """Run a command on the board, which may fail."""
        return subprocess.run(
            ["nsenter", "-t", str(self._leader), "-m", "-u", "-i", "-n", "-p", "-C", "--", *command],
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout_s,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive"},
        )

    def show(self, unit: str, key: str) -> str:
        """Return a property of a unit."""
        return self.run("systemctl", "show", "-P", key, unit)

    def status(self) -> dict[str, Any]:
        """Return what the page is told."""
        told: dict[str, Any] = json.loads(self.run("python3", "-c", _STATUS))
        return told

    def log(self, *units: str) -> str:
        """Return the log of units."""
        return self.run("journalctl", "--no-pager", "-o", "cat", *(f"--unit={unit}" for unit in units))

    def until(self, condition: Callable[[], object], timeout_s: float = 20.0, what: str = "") -> None:
        """Wait until a condition holds.

        Raises:
            TimeoutError: it did not; with the log.
        """
        end = time.monotonic() + timeout_s
        while not condition():
            if time.monotonic() > end:
                log = self.log("edged.service", "edged-safe.service")
                raise TimeoutError(f"not within {timeout_s:g} s: {what}\n{log}")
            time.sleep(_LOOK_S)

    def __enter__(self) -> Self:
        """Boot; return once systemd has started what it starts."""
        below = ":".join(map(str, self._below))
        options = f"lowerdir={below},upperdir={self.own},workdir={self._work}"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, self._merged], check=True)
        try:
            self._boot()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            self.attempt("systemctl", "poweroff", "--force")
            try:
                process.wait(_STOP_TIMEOUT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        subprocess.run(["umount", "--lazy", self._merged], check=False)

    def _boot(self) -> None:
        with self._console.open("wb") as console:
            self._process = subprocess.Popen(
                [
                    *("setpriv", "--pdeathsig", "TERM"),
                    *("systemd-nspawn", "--quiet", f"--directory={self._merged}", "--boot"),
                    *("--register=no", "--keep-unit", "--private-network", "--console=read-only"),
                ],
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
            )
        end = time.monotonic() + _BOOT_TIMEOUT_S
        while not self._is_up():
            said = self._console.read_text(encoding="utf-8", errors="replace")
            assert self._process.poll() is None, f"the container ended:\n{said}"
            assert time.monotonic() < end, f"the container is not up:\n{said}"
            time.sleep(_LOOK_S)

    def _is_up(self) -> bool:
        assert self._process is not None
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        found = children.read_text(encoding="ascii").split()
        if not found:
            return False
        self._leader = int(found[0])
        state = self.attempt("systemctl", "is-system-running").stdout.strip()
        return state in {"running", "degraded"}
