"""The other disks of the board: what its straps are made of, and the partition that it may write to."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from tests.field.vm.board_image import ROOT, make_disk

_SIZE_MB: Final = 128
"""Without packages."""
_STATE_SIZE: Final = "128M"


def make_payload(folder: Path, packages: Sequence[Path] = ()) -> Path:
    """Return a disk, made in a folder, of what the guest mounts at ``/opt/field``.

    Args:
        folder: an empty one.
        packages: Debian packages to lie there.
    """
    tree = folder / "payload"
    _install_checkout(tree)
    for package in packages:
        shutil.copyfile(package, tree / package.name)
    for name in ("tests/__init__.py", "tests/field/__init__.py"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tree / name)
    shutil.copytree(
        ROOT / "tests" / "field" / "straps",
        tree / "tests" / "field" / "straps",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    disk = folder / "payload.img"
    packages_mb = sum(package.stat().st_size >> 20 for package in packages)
    make_disk(tree, disk, label="payload", size=f"{_SIZE_MB + packages_mb}M")
    return disk


def make_state(folder: Path, config: str) -> Path:
    """Return a disk, made in a folder, with a configuration (TOML) and room for a journal."""
    tree = folder / "state"
    (tree / "edged").mkdir(parents=True)
    (tree / "etc" / "credentials").mkdir(parents=True)
    file = tree / "etc" / "edged.toml"
    file.write_text(config, encoding="utf-8")
    file.chmod(0o664)
    disk = folder / "state.img"
    make_disk(tree, disk, label="state", size=_STATE_SIZE)
    return disk


def _install_checkout(tree: Path) -> None:
    """Install as from a wheel: the straps speak as the simulated ones of this checkout do."""
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *("--no-deps", "--no-build-isolation", "--no-compile", "--target", tree, ROOT),
        ],
        check=True,
    )
