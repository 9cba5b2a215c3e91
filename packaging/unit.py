"""The service, as systemd runs it on this machine."""

import subprocess
import time
from pathlib import Path

READY_TIMEOUT_S = 90
STAYS_S = 3
_LOOK_S = 0.5
_SERVICE = "edged.service"
_BOTH = (_SERVICE, "edged-safe.service")


def is_there(root: Path) -> bool:
    """Return whether systemd runs; where an image of a board is being made, it does not."""
    return (root / "run/systemd/system").is_dir()


def is_wanted() -> bool:
    """Return whether it is to run: enabled, or running anyway, if only in safe mode."""
    return _systemctl("is-active", "--quiet", *_BOTH) or _systemctl("is-enabled", "--quiet", _SERVICE)


def version(home: Path) -> str:
    """Return the folder below ``home`` of the version that runs; empty where none does. Safe mode is none."""
    try:
        program = Path(f"/proc/{int(_show('MainPID'))}/cmdline").read_bytes().split(b"\0")[0].decode()
    except (OSError, ValueError):
        return ""
    interpreter = Path(program)
    return interpreter.relative_to(home).parts[0] if interpreter.is_relative_to(home) else ""


def stop() -> None:
    """Stop the daemon and safe mode."""
    _systemctl("stop", *_BOTH)


def comes_up() -> bool:
    """Read the units anew and restart the daemon; return whether it gets ready, and stays so for a moment."""
    _systemctl("daemon-reload")
    _systemctl("reset-failed", *_BOTH)
    if not _systemctl("restart", _SERVICE):
        return False
    until = time.monotonic() + READY_TIMEOUT_S
    while _show("ActiveState") not in {"active", "failed", "inactive"}:
        if time.monotonic() > until:
            return False
        time.sleep(_LOOK_S)
    ready = _show("MainPID")
    until = time.monotonic() + STAYS_S
    while _show("ActiveState") == "active" and _show("MainPID") == ready:
        if time.monotonic() > until:
            return True
        time.sleep(_LOOK_S)
    return False


def _show(key: str) -> str:
    command = ["systemctl", "show", "-P", key, _SERVICE]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def _systemctl(*arguments: str) -> bool:
    done = subprocess.run(
        ["systemctl", *arguments], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False
    )
    return done.returncode == 0
