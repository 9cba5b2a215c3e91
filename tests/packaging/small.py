"""Versions of edged that are made in two seconds: what the command itself needs, and no more."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.rigs import debian

PYTHON: Final = "/usr/bin/python3"
_NEEDED: Final = ("annotated_types", "click", "edged", "numpy", "pydantic", "tomlkit", "typing")
_CUT: Final = Path(__file__).with_name("cut.py")


@dataclass(frozen=True, slots=True)
class Small:
    """An unpacked package.

    Attributes:
        tree: where it is unpacked.
    """

    tree: Path

    @classmethod
    def of(
        cls,
        package: Path,
        tree: Path,
        version: str,
        edits: Mapping[str, debian.Edit] | None = None,
        schema: str | None = None,
    ) -> "Small":
        """Unpack a package, smaller and as another version."""
        debian.unpack(package, tree)
        for wheel in (tree / "usr/lib/edged/wheels").iterdir():
            if not wheel.name.startswith(_NEEDED):
                wheel.unlink()
        debian.become(tree, version, edits or {}, schema)
        return cls(tree)

    @property
    def wheels(self) -> Path:
        """The folder of its wheels."""
        return self.tree / "usr/lib/edged/wheels"

    def deploy(
        self,
        verb: str,
        root: Path,
        *,
        cut: Sequence[object] = (),
        environment: Mapping[str, str] | None = None,
        umask: int = -1,
    ) -> subprocess.CompletedProcess[str]:
        """Have the package's own program do something to a machine.

        Args:
            verb: what.
            root: of the machine's file system.
            cut: where the power goes, as ``cut.py`` has it.
            environment: more of it.
            umask: of whoever installs.
        """
        program = self.tree / "usr/lib/edged/deploy.py"
        return subprocess.run(
            [PYTHON, "-EsB", *(map(str, (_CUT, *cut)) if cut else ()), program, verb, "--root", root],
            capture_output=True,
            text=True,
            check=False,
            env=dict(os.environ) | dict(environment or {}),
            umask=umask,
            start_new_session=True,
        )

    def done(self, verb: str, root: Path) -> str:
        """Have it done; return what it said.

        Raises:
            AssertionError: it failed; with what it said.
        """
        done = self.deploy(verb, root)
        assert done.returncode == 0, done.stderr
        return done.stdout


def home(root: Path) -> Path:
    return root / "opt/edged"


def target(root: Path, link: str = "current") -> str:
    """Return the version, without its digest, that a link means."""
    path = home(root) / link
    return path.readlink().name.partition("-")[0] if path.is_symlink() else ""


def told(root: Path) -> str:
    """Return the version that starts."""
    program = home(root) / "current/bin/edged"
    return subprocess.run([program, "--version"], check=True, capture_output=True, text=True).stdout.split()[
        -1
    ]


def is_whole(root: Path) -> bool:
    """Return whether the current version is what it was when it was made, as anybody can see."""
    done = subprocess.run(
        ["sha256sum", "--check", "--quiet", "--strict", "manifest.sha256"],
        cwd=home(root) / "current",
        check=False,
        capture_output=True,
    )
    return done.returncode == 0


def require_python() -> None:
    """Skip the test where the system's Python is not the board's."""
    import pytest  # noqa: PLC0415  only this function needs pytest; a build imports the rest where there is none

    said = subprocess.run([PYTHON, "-V"], check=False, capture_output=True, text=True).stdout
    if not said.startswith("Python 3.11.") or sys.version_info[:2] != (3, 11):
        pytest.skip("needs Python 3.11 as the system's, as Debian 12 has it")
