"""The versions of edged on one machine: each a virtual environment of its own, whole or not there."""

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

from admission import DeployError

_PARTIAL = ".partial"
_MANIFEST = "manifest.sha256"
_TOLD = "version.json"
_GROWS = 1.35
"""What is unpacked and compiled takes so much more than what is unpacked."""
_TESTS = r"/(numpy|scipy)/.*/tests/"
"""Not compiled: nobody imports them here, and cards wear."""


class Versions:
    """What lies under ``/opt/edged``.

    Args:
        home: that folder.
        package: what the package brought: ``wheels/``, ``pip/``, ``version.json``.
        python: makes the environments.
    """

    def __init__(self, home: Path, package: Path, python: str) -> None:
        self.home = home
        self.package = package
        self._python = python

    def known(self, name: str = "") -> dict[str, str]:
        """Return what a version, or else the package, says of itself: ``version``, ``schema``."""
        folder = self.home / name if name else self.package
        told: dict[str, str] = json.loads((folder / _TOLD).read_text(encoding="utf-8"))
        return told

    def target(self, link: str) -> str:
        """Return the name of the version that a link means; empty where there is none."""
        try:
            name = (self.home / link).readlink().name
        except OSError:
            return ""
        return name if (self.home / name).is_dir() else ""

    def link(self, link: str, name: str) -> None:
        """Have a link mean a version, from one moment to the next."""
        fresh = self.home / f".{link}.new"
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(name)
        fresh.replace(self.home / link)
        _to_disk(self.home)

    def get(self) -> str:
        """Return the name of this package's version, which is there and whole then; links stay as they are.

        Raises:
            DeployError: it cannot be made.
        """
        self.home.mkdir(parents=True, exist_ok=True)
        for left in self.home.glob(f"*{_PARTIAL}"):
            shutil.rmtree(left)
        name = self._name()
        while (self.home / name).exists():
            if self.is_whole(name):
                return name
            name += "+"  # a damaged one may be running: another is put beside it
        self._make_room()
        self._make(name)
        return name

    def is_whole(self, name: str) -> bool:
        """Return whether every file of a version is there, and says what it did when it was made."""
        if not name:
            return False
        folder = self.home / name
        try:
            lines = (folder / _MANIFEST).read_text(encoding="utf-8").splitlines()
            return all(
                _digest(folder / path) == digest
                for digest, _, path in (line.partition("  ") for line in lines)
            )
        except OSError:
            return False

    def prune(self) -> None:
        """Remove what is not linked."""
        linked = {self.target("current"), self.target("previous")}
        for each in self._folders():
            if each.name not in linked:
                shutil.rmtree(each)

    def remove(self) -> None:
        """Take every version away, and the folder where it is no mount."""
        for link in ("current", "previous", ".current.new", ".previous.new"):
            (self.home / link).unlink(missing_ok=True)
        for each in self._folders():
            shutil.rmtree(each)
        with contextlib.suppress(OSError):
            self.home.rmdir()

    def status(self) -> dict[str, object]:
        """Return which versions there are, which of them are linked, and which are damaged."""
        there = sorted(each.name for each in self._folders() if not each.name.endswith(_PARTIAL))
        return {
            "current": self.target("current"),
            "previous": self.target("previous"),
            "versions": there,
            "damaged": [name for name in there if not self.is_whole(name)],
        }

    def _folders(self) -> Iterator[Path]:
        for each in list(self.home.glob("*")):
            if each.is_dir() and not each.is_symlink() and each.name != "lost+found":
                yield each

    def _wheels(self) -> list[Path]:
        return sorted((self.package / "wheels").glob("*.whl"))

    def _name(self) -> str:
        """Return the folder of this package's version: another content is another folder."""
        digest = hashlib.sha256((self.package / _TOLD).read_bytes())
        for wheel in self._wheels():
            digest.update(wheel.name.encode() + wheel.read_bytes())
        return f"{self.known()['version']}-{digest.hexdigest()[:8]}"

    def _make_room(self) -> None:
        """See that there is space; where there is too little, the version before the current one goes.

        Raises:
            DeployError: there is too little even then.
        """
        need = int(_GROWS * sum(_unpacked_bytes(wheel) for wheel in self._wheels()))
        if self._free_bytes() < need and self.target("previous"):
            (self.home / "previous").unlink()
            self.prune()
        free = self._free_bytes()
        if free < need:
            raise DeployError(
                f"edged {self.known()['version']} takes {need / 1e6:.0f} MB under {self.home}, where "
                f"{free / 1e6:.0f} MB are free. Free some space and run: dpkg --configure -a"
            )

    def _free_bytes(self) -> int:
        stat = os.statvfs(self.home)
        return stat.f_bavail * stat.f_frsize

    def _make(self, name: str) -> None:
        partial, final = self.home / f"{name}{_PARTIAL}", self.home / name
        (pip,) = (self.package / "pip").glob("pip-*.whl")
        python = partial / "bin" / "python"
        # without semaphores (a chroot without /dev/shm) there are no workers
        workers = "0" if os.access("/dev/shm", os.W_OK) else "1"
        try:
            _run(self._python, "-I", "-m", "venv", "--without-pip", "--prompt=edged", partial)
            _run(
                *(python, "-I", pip / "pip", "install", "--isolated", "--quiet", "--no-index", "--no-deps"),
                *("--no-compile", "--no-cache-dir", "--disable-pip-version-check", *self._wheels()),
            )
            # the sources of a whole version do not change, and clocks of boards are no witnesses
            _run(
                *(python, "-I", "-m", "compileall", "-q", "-j", workers, "-x", _TESTS),
                *("--invalidation-mode", "unchecked-hash", "-s", partial, "-p", final, partial / "lib"),
            )
            for script in (partial / "bin").iterdir():
                _say_where(script, partial, final)
            _say_where(partial / "pyvenv.cfg", partial, final)
            (units,) = partial.glob("lib/python3*/site-packages/edged/units")
            (partial / "units").symlink_to(units.relative_to(partial))
            shutil.copyfile(self.package / _TOLD, partial / _TOLD)
            _run(python, "-I", "-m", "edged", "--version")
            _write_manifest(partial)
        except (OSError, ValueError, subprocess.CalledProcessError) as error:
            shutil.rmtree(partial, ignore_errors=True)
            said = getattr(error, "stderr", None) or ""
            raise DeployError(
                f"edged {name} cannot be put together: {error}. {said.strip()}\n"
                "The version before runs on. Get the package anew, and install it again."
            ) from error
        _to_disk(self.home)
        partial.rename(final)
        _to_disk(self.home)


def _to_disk(folder: Path) -> None:
    """Have a file system keep what it was told, whenever the power goes."""
    _run("sync", "--file-system", folder)


def _write_manifest(folder: Path) -> None:
    """Write what ``sha256sum --check`` reads."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    lines = [f"{_digest(path)}  {path.relative_to(folder)}\n" for path in files]
    (folder / _MANIFEST).write_text("".join(lines), encoding="utf-8")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _say_where(file: Path, partial: Path, final: Path) -> None:
    """Have a file of the environment name the folder that it will have."""
    if file.is_symlink() or not file.is_file():
        return
    content = file.read_bytes()
    told = content.replace(bytes(partial), bytes(final))
    if told != content:
        file.write_bytes(told)


def _unpacked_bytes(wheel: Path) -> int:
    with zipfile.ZipFile(wheel) as archive:
        return sum(entry.file_size for entry in archive.infolist())


def _run(*command: object) -> None:
    """Run a command that hears nothing of this machine's settings for Python and pip.

    Raises:
        subprocess.CalledProcessError: it failed.
    """
    subprocess.run(
        [str(part) for part in command],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={"PATH": os.defpath, "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"},
    )
