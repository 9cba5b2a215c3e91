"""The package for a Raspberry Pi: installed and run, on an emulated one's processor."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.rigs import debian

pytestmark = pytest.mark.field

FOREIGN = Path(__file__).with_name("foreign.py")
NOT_LET = 77
PACKAGES = (
    "?essential",
    "ca-certificates",
    "libstdc++6",
    "openssl",
    "passwd",
    "procps",
    "python3",
    "systemd",
)
IMPORTS = "import argon2, bleak, dbus_fast, numpy, pydantic_core, scipy.signal, websockets"
STREAMS_S = 120
STATUS = f"""
import json, time, urllib.request
until = time.monotonic() + {STREAMS_S}
while time.monotonic() < until:
    time.sleep(1)
    try:
        status = json.load(urllib.request.urlopen("http://127.0.0.1:8080/api/v1/status", timeout=10))
    except OSError:
        continue
    if status["sources"][0]["state"] == "streaming" and status["journal"]["head"] > 3:
        print("streams and records")
        break
else:
    print(status)
"""


@pytest.fixture
def board() -> Iterator[Path]:
    """Debian 12 for arm64: its files; nothing of it has been run."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to make a Debian for arm64: run make test-field as root")
    for program in ("mmdebstrap", "qemu-aarch64-static"):
        if shutil.which(program) is None:
            pytest.skip(f"needs {program}: scripts/install-field-tools.sh")
    with TemporaryDirectory(prefix="edged-arm64-") as folder:
        tree = Path(folder) / "tree"
        subprocess.run(
            [
                *("mmdebstrap", "--quiet", "--mode=root", "--variant=extract", "--architectures=arm64"),
                *(f"--include={package}" for package in PACKAGES),
                *('--aptopt=Apt::Install-Recommends "false"', "bookworm", tree),
            ],
            check=True,
        )
        Path(folder).chmod(0o755)
        for name in ("passwd", "group"):
            shutil.copyfile(tree / f"usr/share/base-passwd/{name}.master", tree / "etc" / name)
        for name in ("shadow", "gshadow"):
            (tree / "etc" / name).touch()
        yield tree


def run(tree: Path, command: str) -> str:
    """Run a command of the shell on the board, without network; return what it said."""
    script = f"mount --rbind /proc {tree}/proc && exec chroot {tree} /bin/sh -ec '{command}'"
    done = subprocess.run(
        [sys.executable, FOREIGN, "sh", "-c", script],
        check=False,
        capture_output=True,
        text=True,
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive"},
    )
    if done.returncode == NOT_LET:
        pytest.skip("needs a kernel from 6.7 on, for emulation in a namespace of its own")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_is_installed_streams_and_goes(board: Path, tmp_path: Path) -> None:
    package = debian.build(tmp_path, arch="arm64")
    (board / "root/edged.deb").write_bytes(package.read_bytes())
    assert run(board, "uname -m") == "aarch64\n"
    # what is there was never installed, so that dpkg does not know of it
    run(board, "ldconfig; dpkg --force-depends --install /root/edged.deb")
    assert run(board, "edged --version").startswith("edged, version ")
    run(board, "cd /opt/edged/current && sha256sum --check --quiet manifest.sha256")
    run(board, f'/opt/edged/current/bin/python -c "{IMPORTS}"')
    run(board, "edged first-boot -c /etc/edged/edged.toml")
    with (board / "etc/edged/edged.toml").open("a", encoding="utf-8") as file:
        file.write('[[source]]\nname = "strap-1"\nlink = "sim:resting"\n')
    (board / "root/status.py").write_text(STATUS, encoding="utf-8")
    said = run(
        board,
        "edged run -c /etc/edged/edged.toml & python3 /root/status.py; kill -TERM $!; wait $!; echo ended",
    )
    assert said.splitlines()[-2:] == ["streams and records", "ended"]
    run(board, "dpkg --purge edged")
    assert not (board / "opt/edged").exists()
