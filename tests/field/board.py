"""A board with three straps around it: the machine, the node in it, and what is to be done to both."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.field.node import CONFIG, Node
from tests.field.remote_straps import RemoteStraps
from tests.field.straps.names import CONTROL_PORT, PAGE_PORT
from tests.field.vm.board_image import CACHE, BoardImage
from tests.field.vm.machine import Machine, require_qemu
from tests.field.vm.payload import make_payload


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


_LOGGED = ("edged", "bluetooth", "straps")


@contextmanager
def booted() -> Iterator[Board]:
    """Boot a board; its console and its services' log are in ``build/field/`` afterwards."""
    require_qemu()
    image = BoardImage.get()
    folder = Path(tempfile.mkdtemp(prefix="edged-field-"))
    try:
        payload = make_payload(folder, CONFIG)
        with Machine(folder, image, payload, (PAGE_PORT, CONTROL_PORT)) as machine:
            board = Board(machine, Node(machine.port(PAGE_PORT)), RemoteStraps(machine.port(CONTROL_PORT)))
            try:
                yield board
            finally:
                (CACHE / "services.log").write_text(board.journal(), encoding="utf-8")
                (CACHE / "console.log").write_text(machine.console, encoding="utf-8")
    finally:
        shutil.rmtree(folder)
