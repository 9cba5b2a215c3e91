"""An image of a board is being made: no systemd runs, nothing is mounted, and the host is not the board."""

import hashlib
import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.nspawn.base import base_tree
from tests.rigs import debian

CONFIG = "etc/edged/edged.toml"
NOT_OURS = ("var/lib/dpkg", "var/log", "var/cache")
CUTS = 6
NEWER = "import sqlite3; sqlite3.connect('/var/lib/edged/edged.db').execute('PRAGMA user_version = 7')"


class Image:
    """The file system of a board that is not up.

    Args:
        root: where it is mounted.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def start(self, *command: str) -> "subprocess.Popen[str]":
        """Start a command in it, without network, as a group of its own."""
        return subprocess.Popen(
            ["unshare", "--net", "chroot", self.root, *command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND": "noninteractive"},
        )

    def run(self, *command: str) -> str:
        """Run a command in it.

        Raises:
            AssertionError: it failed; with what it said.
        """
        with self.start(*command) as process:
            said = process.communicate()[0]
        assert process.returncode == 0, said
        return said

    def put(self, package: Path) -> str:
        """Put a package into it; return its path there."""
        (self.root / "root" / package.name).write_bytes(package.read_bytes())
        return f"/root/{package.name}"

    def content(self) -> dict[str, str]:
        """Return every file, folder and link with what it holds; not what dpkg keeps of its own doing."""
        found = {}
        for path in sorted(self.root.rglob("*")):
            name = str(path.relative_to(self.root))
            if name.startswith(NOT_OURS) or name.endswith((".deb", "passwd-", "group-", "shadow-")):
                continue
            if path.is_symlink():
                found[name] = f"-> {path.readlink()}"
            else:
                found[name] = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
        return found


@pytest.fixture
def image() -> Iterator[Image]:
    """Debian 12; what is written to it stays in memory."""
    base = base_tree()
    with TemporaryDirectory(prefix="edged-image-") as folder:
        subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=True)
        own, work, root = (Path(folder, name) for name in ("own", "work", "root"))
        for each in (own, work, root):
            each.mkdir()
        options = f"lowerdir={base},upperdir={own},workdir={work}"
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o", options, root], check=True)
        yield Image(root)
        for mounted in (root, folder):
            subprocess.run(["umount", "--lazy", mounted], check=True)


def test_installed_removed_installed_and_purged(image: Image, deb: Path) -> None:
    package = image.put(deb)
    before = image.content()
    image.run("dpkg", "--install", package)
    assert image.run("edged", "--version").startswith("edged, version ")
    for unit in ("edged.service", "edged-firstboot.service"):
        assert (image.root / "etc/systemd/system/multi-user.target.wants" / unit).is_symlink()
    assert not (image.root / CONFIG).exists(), "every board gets the name of its own host"
    assert "edged:x:" in (image.root / "etc/passwd").read_text(encoding="utf-8")
    image.run("edged", "first-boot", "-c", f"/{CONFIG}")
    assert image.run("stat", "-c", "%U:%G %a", f"/{CONFIG}") == "root:edged 660\n"
    assert image.run(
        "stat", "-c", "%U:%G %a", "/etc/edged", "/etc/edged/credentials", "/var/lib/edged"
    ).split("\n")[:3] == ["root:edged 770", "root:root 700", "edged:edged 750"]
    (image.root / CONFIG).write_text("# by hand\n", encoding="utf-8")
    (image.root / "var/lib/edged/edged.db").write_text("recorded", encoding="utf-8")

    image.run("dpkg", "--remove", "edged")
    assert (image.root / CONFIG).read_text(encoding="utf-8") == "# by hand\n"
    assert not (image.root / "opt/edged").exists()
    assert not (image.root / "usr/lib/edged").exists()

    image.run("dpkg", "--install", package)
    assert (image.root / CONFIG).read_text(encoding="utf-8") == "# by hand\n"
    assert (image.root / "var/lib/edged/edged.db").read_text(encoding="utf-8") == "recorded"

    image.run("dpkg", "--purge", "edged")
    assert image.content() == before


def test_a_journal_that_stayed_is_seen_before_anything_is_unpacked(image: Image, deb: Path) -> None:
    (image.root / "var/lib/edged").mkdir()
    image.run("python3", "-c", NEWER)
    with image.start("dpkg", "--install", image.put(deb)) as process:
        said = process.communicate()[0]
    assert process.returncode == 1
    assert "/var/lib/edged/edged.db was written by a newer edged: it has schema 7" in said
    assert not (image.root / "usr/lib/edged").exists()


@pytest.mark.field
def test_dpkg_killed_at_any_time_leaves_a_version_that_runs(image: Image, deb: Path) -> None:
    dice = random.Random(12)
    newer = image.put(debian.variant(deb, "0.1.1", {}))
    older = image.put(deb)
    image.run("dpkg", "--install", older)
    began = time.monotonic()
    image.run("dpkg", "--install", newer)
    takes_s = time.monotonic() - began
    seen = []
    for cut in range(CUTS):
        image.run("dpkg", "--install", older)
        dpkg = image.start("dpkg", "--install", newer)
        time.sleep(takes_s * (cut + dice.random()) / CUTS)
        subprocess.run(["kill", "-KILL", "--", f"-{dpkg.pid}"], check=False)
        dpkg.communicate()
        seen.append(image.run("edged", "--version"))
        image.run("sh", "-c", "cd /opt/edged/current && sha256sum --check --quiet manifest.sha256")
        image.run("sh", "-c", f"dpkg --configure -a && dpkg --install {newer}")
        assert image.run("edged", "--version") == "edged, version 0.1.1\n"
    assert "edged, version 0.1.0\n" in seen
