"""The second disk of the board: this checkout's ``edged``, its configuration, and the straps."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from tests.field.vm.board_image import ROOT, make_disk

_SIZE: Final = "32M"


def make_payload(folder: Path, config: str) -> Path:
    """Return a disk, made in a folder, of what the guest mounts at ``/opt/field``.

    Args:
        folder: an empty one.
        config: of the node, TOML.
    """
    tree = folder / "payload"
    _install_checkout(tree)
    (tree / "edged.toml").write_text(config, encoding="utf-8")
    for name in ("tests/__init__.py", "tests/field/__init__.py"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tree / name)
    shutil.copytree(
        ROOT / "tests" / "field" / "straps",
        tree / "tests" / "field" / "straps",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    disk = folder / "payload.img"
    make_disk(tree, disk, label="payload", size=_SIZE)
    return disk


def _install_checkout(tree: Path) -> None:
    """Install as from a wheel: with the built page, and with entry points."""
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *("--no-deps", "--no-build-isolation", "--no-compile", "--target", tree, ROOT),
        ],
        check=True,
    )
