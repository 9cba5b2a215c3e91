"""What every container begins from: Debian 12 with systemd, made once and kept under ``build/nspawn/``."""

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
CACHE: Final = ROOT / "build" / "nspawn"
SUITE: Final = "bookworm"

_PACKAGES: Final = (
    "ca-certificates",
    "dbus",
    "openssl",
    "procps",
    "python3",
    "systemd",
    "systemd-sysv",
    "udev",
)
_LEFT_OUT: Final = ("/usr/share/doc/*", "/usr/share/locale/*", "/usr/share/man/*")
_PROGRAMS: Final = ("systemd-nspawn", "mmdebstrap", "nsenter", "dpkg-deb", "gcc")


def require_containers() -> None:
    """Skip the test where no container can be run."""
    if os.geteuid() != 0:
        pytest.skip("needs root, for containers of systemd-nspawn: run make test as root")
    for program in _PROGRAMS:
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}: scripts/install-test-tools.sh")


def base_tree() -> Path:
    """Return the root of a Debian 12 that nothing is ever written to; made first where there is none."""
    require_containers()
    key = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:16]
    tree = CACHE / f"base-{key}"
    if not tree.exists():
        for outdated in CACHE.glob("base-*"):
            shutil.rmtree(outdated)
        fresh = CACHE / "base-new"
        fresh.mkdir(parents=True)
        _debootstrap(fresh)
        fresh.rename(tree)
    return tree


def _debootstrap(tree: Path) -> None:
    subprocess.run(
        [
            *("mmdebstrap", "--quiet", "--mode=root", "--variant=minbase"),
            f"--include={','.join(_PACKAGES)}",
            '--aptopt=Apt::Install-Recommends "false"',
            *(f"--dpkgopt=path-exclude={path}" for path in _LEFT_OUT),
            *(SUITE, tree),
        ],
        check=True,
    )
