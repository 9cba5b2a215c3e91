"""A board with three straps around it: the machine, the node in it, and what is to be done to both."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.field.node import CONFIG, Node
from tests.field.remote_straps import RemoteStraps
from tests.field.straps.names import CONTROL_PORT, PAGE_PORT
from tests.field.vm.board_image import CACHE, BoardImage
from tests.field.vm.machine import Disks, Machine, require_qemu
from tests.field.vm.payload import make_payload, make_state


@dataclass(frozen=True, slots=True)
class Board:
    """What a test of the field has in its hands."""

    machine: Machine
    node: Node
    straps: RemoteStraps

    def kill(self, unit: str) -> None:
        """End a service of the guest as a crash does (SIGKILL)."""
        self.machine.run("systemctl", "kill", "--signal=KILL", unit)

    def journal(self) -> str:
        """Return what the guest's services have logged."""
        return self.machine.run("journalctl", "--boot", "--no-pager", *(f"--unit={unit}" for unit in _LOGGED))


_LOGGED: Final = ("edged", "bluetooth", "straps")


@contextmanager
def booted(package: Path, *, name: str = "board", utc: str = "") -> Iterator[Board]:
    """Boot a board with a package installed, that forgets what it has written; see ``powered``."""
    require_qemu()
    image = BoardImage.get(package)
    with short_folder() as folder:
        disks = Disks(image.disk, make_payload(folder), make_state(folder, CONFIG))
        with powered(name, image, disks, utc=utc) as board:
            yield board


@contextmanager
def powered(
    name: str, image: BoardImage, disks: Disks, *, forgets: bool = True, utc: str = ""
) -> Iterator[Board]:
    """Boot a board; what it has told, if its power was not cut, is in ``build/field/`` afterwards.

    Args:
        name: under which that is.
        image: see ``Machine``, as of the others.
        disks: of it.
        forgets: whether what it writes is gone at its end.
        utc: at which its clock begins.
    """
    ports = (PAGE_PORT, CONTROL_PORT)
    with short_folder() as folder, Machine(folder, image, disks, ports, forgets=forgets, utc=utc) as machine:
        board = Board(machine, Node(machine.port(PAGE_PORT)), RemoteStraps(machine.port(CONTROL_PORT)))
        try:
            yield board
        finally:
            if machine.is_on:
                (CACHE / f"services-{name}.log").write_text(board.journal(), encoding="utf-8")
            (CACHE / f"console-{name}.log").write_text(machine.console, encoding="utf-8")


@contextmanager
def short_folder() -> Iterator[Path]:
    """Yield a folder whose path is short enough for sockets; it is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="edged-field-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
