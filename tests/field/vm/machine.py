"""The board: a QEMU process, emulated in software so that it runs the same everywhere."""

import shutil
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pytest

from tests.field.vm.agent import Agent
from tests.field.vm.board_image import BoardImage

_QEMU: Final = "qemu-system-x86_64"
_BOOT_TIMEOUT_S: Final = 180.0
_STOP_TIMEOUT_S: Final = 10.0
_LOOK_S: Final = 0.05
_MEMORY_MB: Final = 512
_KERNEL_ARGUMENTS: Final = (
    "root=LABEL=root rw console=ttyS0 quiet systemd.show_status=0 "
    "random.trust_cpu=on mitigations=off tsc=reliable"
)


class Machine:
    """One board that forgets at its end whatever it wrote.

    Args:
        folder: where console and sockets go; its path must be short, as those of sockets are.
        image: what it boots.
        payload: its second disk.
        ports: of the guest that are forwarded from loopback.
    """

    def __init__(self, folder: Path, image: BoardImage, payload: Path, ports: tuple[int, ...]) -> None:
        self._folder = folder
        self._image = image
        self._payload = payload
        self._forwarded = dict(zip(ports, _free_ports(len(ports)), strict=True))
        self._process: subprocess.Popen[bytes] | None = None
        self._agent: Agent | None = None

    def port(self, guest_port: int) -> int:
        """Return the port on loopback that leads to one of the guest's."""
        return self._forwarded[guest_port]

    def run(self, *command: str) -> str:
        """Run a command in the guest; see ``Agent.run``."""
        assert self._agent is not None, "it is not up"
        return self._agent.run(*command)

    @property
    def console(self) -> str:
        """What kernel and systemd have told so far."""
        path = self._folder / "console.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def __enter__(self) -> Self:
        """Boot; return when commands can be run."""
        agent_path = self._folder / "agent.sock"
        self._process = subprocess.Popen(
            self._command(agent_path), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        try:
            self._connect(agent_path)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _command(self, agent_path: Path) -> list[str]:
        forwards = "".join(
            f",hostfwd=tcp:127.0.0.1:{port}-:{guest}" for guest, port in self._forwarded.items()
        )
        return [
            *("setpriv", "--pdeathsig", "KILL"),  # it does not outlive a test run that is killed
            *("nice", _QEMU, "-machine", "q35", "-accel", "tcg,thread=multi", "-cpu", "max"),
            *("-smp", "1", "-m", str(_MEMORY_MB), "-nodefaults", "-no-reboot", "-display", "none"),
            *("-kernel", str(self._image.kernel), "-initrd", str(self._image.initrd)),
            *("-append", _KERNEL_ARGUMENTS),
            *("-drive", f"file={self._image.disk},format=raw,if=virtio,snapshot=on"),
            *("-drive", f"file={self._payload},format=raw,if=virtio,snapshot=on"),
            *("-nic", f"user,model=virtio-net-pci,restrict=on{forwards}"),
            *("-device", "virtio-rng-pci", "-device", "virtio-serial"),
            *("-chardev", f"socket,path={agent_path},server=on,wait=off,id=agent"),
            *("-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"),
            *("-serial", f"file:{self._folder / 'console.log'}"),
        ]

    def _connect(self, agent_path: Path) -> None:
        process = self._process
        assert process is not None
        while self._agent is None:
            if process.poll() is not None:
                assert process.stderr is not None
                raise RuntimeError(f"QEMU ended with {process.returncode}: {process.stderr.read().decode()}")
            with suppress(FileNotFoundError, ConnectionRefusedError):
                self._agent = Agent(agent_path)
            time.sleep(_LOOK_S)
        try:
            self._agent.wait(_BOOT_TIMEOUT_S)
        except TimeoutError as error:
            raise TimeoutError(
                f"not up within {_BOOT_TIMEOUT_S:g} s; its console:\n{self.console}"
            ) from error

    def _end(self) -> None:
        if self._agent is not None:
            self._agent.close()
            self._agent = None
        process, self._process = self._process, None
        if process is not None:
            process.kill()  # setpriv and nice have become QEMU: the process is the same
            process.wait(_STOP_TIMEOUT_S)
            assert process.stderr is not None
            process.stderr.close()


def require_qemu() -> None:
    """Skip the test where there is no QEMU."""
    if shutil.which(_QEMU) is None:
        pytest.skip(f"needs {_QEMU}: scripts/install-field-tools.sh")


def _free_ports(count: int) -> list[int]:
    """Return ports that were free a moment ago, all different."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(each.getsockname()[1]) for each in sockets]
    for each in sockets:
        each.close()
    return ports
