#!/usr/bin/env python3
"""Builds the Debian package: wheels for the target, units, and the program that puts them in place.

    python packaging/build_deb.py                for this machine's architecture, into dist/
    python packaging/build_deb.py --arch arm64   for a Raspberry Pi; nothing of it is run here

The wheels are those that requirements/run.txt pins, downloaded for Debian 12's Python 3.11; the package
installs without network. The same sources give the same package, byte for byte.
"""

import argparse
import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
HERE: Final = ROOT / "packaging"
PYTHON: Final = "3.11"
PLATFORMS: Final = {
    "amd64": (
        "manylinux_2_34_x86_64",
        "manylinux_2_28_x86_64",
        "manylinux_2_17_x86_64",
        "manylinux2014_x86_64",
    ),
    "arm64": (
        "manylinux_2_34_aarch64",
        "manylinux_2_28_aarch64",
        "manylinux_2_17_aarch64",
        "manylinux2014_aarch64",
    ),
}
EPOCH: Final = 1_735_689_600
"""Time stamp of every file, where SOURCE_DATE_EPOCH gives none: 2025-01-01."""

_SHARE: Final = "usr/lib/edged"
_UNITS: Final = ("edged.service", "edged-safe.service", "edged-firstboot.service")
_PLACES: Final = {
    **{unit: f"lib/systemd/system/{unit}" for unit in _UNITS},
    "edged.sysusers": "usr/lib/sysusers.d/edged.conf",
    "edged.tmpfiles": "usr/lib/tmpfiles.d/edged.conf",
    "edged.catalog": "usr/lib/systemd/catalog/edged.catalog",
    "99-edged.rules": "lib/udev/rules.d/99-edged.rules",
}
_SCRIPTS: Final = ("preinst", "postinst", "prerm", "postrm")
_PROGRAMS: Final = ("deploy.py", "admission.py", "versions.py", "unit.py")


def build(arch: str, out: Path) -> Path:
    """Build the package for an architecture into a folder; return its path.

    Raises:
        subprocess.CalledProcessError: a wheel could not be had or built; its output says why.
    """
    with tempfile.TemporaryDirectory(prefix="edged-deb-") as folder:
        tree = Path(folder) / "tree"
        wheels = tree / _SHARE / "wheels"
        wheels.mkdir(parents=True)
        _download(ROOT / "requirements" / "run.txt", wheels, PLATFORMS[arch])
        _download(HERE / "pip.txt", tree / _SHARE / "pip", ("any",))
        _build_wheel(wheels)
        version = _version()
        told = {"version": version, "schema": str(_schema())}
        _write(tree / _SHARE / "version.json", json.dumps(told) + "\n")
        for program in _PROGRAMS:
            _copy(HERE / program, tree / _SHARE / program, 0o755 if program == "deploy.py" else 0o644)
        for name, place in _PLACES.items():
            _copy(ROOT / "systemd" / name, tree / place)
        _write(tree / "usr/share/doc/edged/copyright", _copyright())
        _copy(ROOT / "CHANGELOG.md", tree / "usr/share/doc/edged/CHANGELOG.md")
        _write_changelog(tree / "usr/share/doc/edged/changelog.gz", version)
        for page in sorted((ROOT / "docs").glob("*.md")):
            _copy(page, tree / "usr/share/doc/edged" / page.name)
        _link(tree / "usr/bin/edged", "/opt/edged/current/bin/edged")
        _link(tree / "usr/sbin/edged-deploy", "../lib/edged/deploy.py")
        _control(tree, version, arch)
        _settle(tree)
        out.mkdir(parents=True, exist_ok=True)
        package = out / f"edged_{version}_{arch}.deb"
        subprocess.run(
            ["dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, package],
            check=True,
            stdout=subprocess.DEVNULL,
            env={**os.environ, "SOURCE_DATE_EPOCH": str(_epoch())},
        )
    return package


def _download(requirements: Path, target: Path, platforms: tuple[str, ...]) -> None:
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
            *("--no-deps", "--require-hashes", "--only-binary=:all:"),
            *(f"--platform={platform}" for platform in platforms),
            *("--implementation=cp", f"--python-version={PYTHON}"),
            *("--dest", target, "--requirement", requirements),
        ],
        check=True,
    )


def _build_wheel(target: Path) -> None:
    subprocess.run(
        [*(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", target)],
        check=True,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "SOURCE_DATE_EPOCH": str(_epoch())},
    )


def _version() -> str:
    text = (ROOT / "edged" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'__version__ = "([^"]+)"', text)
    assert found is not None, "edged/__init__.py names no version"
    return found[1]


def _schema() -> int:
    """Return the newest schema of the journal that this software knows."""
    return max(int(path.stem) for path in (ROOT / "edged" / "store" / "schema").glob("*.sql"))


def _control(tree: Path, version: str, arch: str) -> None:
    control = tree / "DEBIAN"
    size = sum(path.stat().st_size for path in tree.rglob("*") if path.is_file()) // 1024
    text = (HERE / "control").read_text(encoding="utf-8")
    _write(control / "control", text.format(version=version, arch=arch, size=size))
    _write(control / "md5sums", "".join(_md5sums(tree)))
    for script in _SCRIPTS:
        _copy(HERE / script, control / script, 0o755)
    # before it is unpacked, a new version can look at the journal: what it needs for that travels in front
    _copy(HERE / "admission.py", control / "admission.py", 0o755)
    _copy(tree / _SHARE / "version.json", control / "version.json")


def _md5sums(tree: Path) -> Iterator[str]:
    for path in sorted(tree.rglob("*")):
        if path.is_file() and not path.is_symlink() and "DEBIAN" not in path.parts:
            digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
            yield f"{digest}  {path.relative_to(tree)}\n"


def _copyright() -> str:
    return (
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n"
        "Upstream-Name: edged\n\nFiles: *\nCopyright: 2026 the authors of edged\nLicense: Apache-2.0\n"
        " See /usr/share/common-licenses/Apache-2.0. The wheels under /usr/lib/edged carry their own.\n"
    )


def _write_changelog(target: Path, version: str) -> None:
    """Write the one of the form that Debian's tools read."""
    text = (
        f"edged ({version}) stable; urgency=medium\n\n  * What is new is in CHANGELOG.md.\n\n"
        f" -- The authors of edged <edged@localhost>  {formatdate(_epoch())}\n"
    )
    target.write_bytes(gzip.compress(text.encode(), mtime=0))


def _epoch() -> int:
    return int(os.environ.get("SOURCE_DATE_EPOCH", EPOCH))


def _settle(tree: Path) -> None:
    """Give everything the same time and the usual modes."""
    for path in (tree, *tree.rglob("*")):
        if not path.is_symlink():
            is_program = path.is_dir() or path.stat().st_mode & 0o100
            path.chmod(0o755 if is_program else 0o644)
        os.utime(path, (_epoch(), _epoch()), follow_symlinks=False)


def _copy(source: Path, target: Path, mode: int = 0o644) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
    target.chmod(mode)


def _link(link: Path, target: str) -> None:
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(target)


def _write(target: Path, text: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")


def main(arguments: list[str] | None = None) -> int:
    """Build; return the exit status."""
    parser = argparse.ArgumentParser(description="Build the Debian package.")
    parser.add_argument("--arch", choices=sorted(PLATFORMS), help="else this machine's")
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    given = parser.parse_args(arguments)
    if sys.version_info[:2] != tuple(map(int, PYTHON.split("."))):
        # pip takes the markers of requirements from the Python that it runs in
        print(
            f"build it with Python {PYTHON}, as the board has it: make deb PYTHON=python{PYTHON}",
            file=sys.stderr,
        )
        return 1
    arch = given.arch or subprocess.check_output(["dpkg", "--print-architecture"], text=True).strip()
    try:
        package = build(arch, given.out)
    except subprocess.CalledProcessError as error:
        print(f"the package could not be built: {error}", file=sys.stderr)
        return 1
    print(f"{package} {package.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
