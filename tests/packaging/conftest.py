import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.packaging.small import Small, require_python


@dataclass(frozen=True, slots=True)
class Versions:
    """Packages to put in place one after the other.

    Attributes:
        old: 0.1.1
        new: 0.1.2
        newer: 0.1.3
    """

    old: Small
    new: Small
    newer: Small


@dataclass(frozen=True, slots=True)
class Board:
    """A machine's file system, and states of it to begin from.

    Attributes:
        root: always the same folder: an environment cannot be moved.
        states: copies of it, by name.
    """

    root: Path
    states: Path

    def keep(self, state: str) -> None:
        """Keep the state that it is in."""
        subprocess.run(["cp", "-al", self.root, self.states / state], check=True)

    def begin(self, state: str) -> None:
        """Have it in a state that was kept."""
        shutil.rmtree(self.root)
        subprocess.run(["cp", "-al", self.states / state, self.root], check=True)


@pytest.fixture(scope="session")
def versions(deb: Path, tmp_path_factory: pytest.TempPathFactory) -> Versions:
    require_python()
    folder = tmp_path_factory.mktemp("versions")
    return Versions(*(Small.of(deb, folder / number, number) for number in ("0.1.1", "0.1.2", "0.1.3")))


@pytest.fixture(scope="session")
def kept_board(versions: Versions) -> Iterator[Board]:
    """A board in memory: what it keeps through a power cut is what this is about, not how fast a disk is."""
    memory = "/dev/shm"  # noqa: S108  only the parent: mkdtemp makes a private folder in it
    with TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None, prefix="edged-") as folder:
        board = Board(Path(folder, "root"), Path(folder, "states"))
        for each in (board.root, board.states):
            each.mkdir()
        versions.old.done("install", board.root)
        board.keep("old")
        versions.new.done("install", board.root)
        board.keep("both")
        home = board.root / "opt/edged"
        home.joinpath("current").unlink()
        home.joinpath("previous").rename(home / "current")
        board.keep("made")
        yield board


@pytest.fixture
def root(kept_board: Board) -> Path:
    """A board on which ``old`` is installed."""
    kept_board.begin("old")
    return kept_board.root


@pytest.fixture
def made(kept_board: Board) -> Path:
    """The same, and ``new`` has been made and not been linked, as when the power went then."""
    kept_board.begin("made")
    return kept_board.root


@pytest.fixture
def both(kept_board: Board) -> Path:
    """A board on which ``new`` was installed after ``old``."""
    kept_board.begin("both")
    return kept_board.root


@pytest.fixture
def tiny(tmp_path: Path) -> Iterator[Path]:
    """The root of a board with 200 MB of disk."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200m", "tmpfs", folder], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("needs root, to mount a disk")
    yield folder
    subprocess.run(["umount", folder], check=True)
