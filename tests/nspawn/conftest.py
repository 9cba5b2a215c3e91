import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest

from tests.nspawn.base import base_tree, require_containers
from tests.nspawn.container import Container

Boot = Callable[[Container], Container]

MEMORY: Final = Path("/dev/shm")  # noqa: S108  a folder of this run's own is made in it
ROOM_BYTES: Final = 4 * 1024**3


@pytest.fixture(scope="session")
def base() -> Path:
    return base_tree()


@pytest.fixture(scope="session")
def package(base: Path, deb: Path) -> Path:  # noqa: ARG001  asked for first: where there are no containers no package is built for nothing
    """The Debian package of this tree."""
    return deb


@pytest.fixture(scope="session")
def disks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder for disks: in memory where there is room, for boards flush much that is then thrown away."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM_BYTES:
        with TemporaryDirectory(dir=MEMORY, prefix="edged-boards-") as folder:
            yield Path(folder)
    else:
        yield tmp_path_factory.mktemp("disks")


@pytest.fixture(scope="session")
def installed(base: Path, package: Path, disks: Path) -> Path:
    """What the package has added to the base: the disk of a board on which it has been installed."""
    folder = disks / "installed"
    with Container(folder, [base]) as board:
        install(board, package)
        board.run("systemctl", "stop", "edged.service")
        board.run("rm", "-f", "/var/lib/edged/edged.db")
        board.run("journalctl", "--rotate", "--vacuum-time=1s")
    return folder / "own"


@pytest.fixture
def disk(disks: Path) -> Iterator[Path]:
    """A folder for the disk of one board."""
    with TemporaryDirectory(dir=disks) as folder:
        yield Path(folder)


@pytest.fixture
def board(base: Path, installed: Path, disk: Path) -> Container:
    """A board on which edged is installed; not up yet."""
    return Container(disk, [installed, base])


@pytest.fixture(scope="session")
def stall(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that makes the disk not answer while a file is there."""
    require_containers()
    made = tmp_path_factory.mktemp("stall") / "stall.so"
    source = Path(__file__).with_name("stall.c")
    subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", made, source, "-ldl"], check=True)
    return made


@pytest.fixture
def fresh(base: Path, disk: Path) -> Iterator[Container]:
    """A board without edged, up."""
    with Container(disk, [base]) as board:
        yield board


def install(board: Container, package: Path) -> str:
    """Install a package as a person does, without network."""
    target = board.path(f"/root/{package.name}")
    target.write_bytes(package.read_bytes())
    return board.run("dpkg", "--install", f"/root/{package.name}", timeout_s=120)
