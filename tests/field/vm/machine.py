"""The board: a QEMU process, emulated in software so that it runs the same everywhere."""

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pytest

from tests.field.vm.agent import Agent
from tests.field.vm.board_image import BoardImage
from tests.field.vm.volatile_disk import VolatileDisk, freeze
from tests.rigs.ports import free_ports

_QEMU: Final = "qemu-system-x86_64"
_BOOT_TIMEOUT_S: Final = 600.0
_STOP_TIMEOUT_S: Final = 10.0
_LOOK_S: Final = 0.05
_MEMORY_MB: Final = 512
_KERNEL_ARGUMENTS: Final = (
    "root=LABEL=root ro console=ttyS0 quiet systemd.show_status=0 "
    "random.trust_cpu=on mitigations=off tsc=reliable"
)


@dataclass(frozen=True, slots=True)
class Disks:
    """What a board reads and writes.

    Attributes:
        root: its own; read-only, unless it is remounted.
        payload: what the test brought.
        state: what it may write.
    """

    root: Path
    payload: Path
    state: Path

    def copied(self, folder: Path) -> Self:
        """Return others that hold the same, in a folder that is made; the payload, never written, stays."""
        folder.mkdir(parents=True)
        copies = [folder / f"{name}.img" for name in ("root", "state")]
        for disk, copy in zip((self.root, self.state), copies, strict=True):
            subprocess.run(["cp", "--sparse=always", disk, copy], check=True)
        return replace(self, root=copies[0], state=copies[1])


class Machine:
    """One board.

    Args:
        folder: where console and sockets go; its path must be short, as those of sockets are.
        image: its kernel, and how that finds its disk.
        disks: of it.
        ports: of the guest that are forwarded from loopback.
        forgets: whether what it writes is gone at its end; else what it has flushed is kept.
        utc: at which its clock begins, as QEMU has it; this machine's where it is empty.
    """

    def __init__(
        self,
        folder: Path,
        image: BoardImage,
        disks: Disks,
        ports: tuple[int, ...],
        *,
        forgets: bool = True,
        utc: str = "",
    ) -> None:
        self._folder = folder
        self._image = image
        self._disks = disks
        self._volatile = (
            () if forgets else tuple(VolatileDisk(disk, folder) for disk in (disks.root, disks.state))
        )
        self._utc = utc
        self._on_s = 0.0
        self._forwarded = dict(zip(ports, free_ports(len(ports)), strict=True))
        self._process: subprocess.Popen[bytes] | None = None
        self._agent: Agent | None = None

    def port(self, guest_port: int) -> int:
        """Return the port on loopback that leads to one of the guest's."""
        return self._forwarded[guest_port]

    def run(self, *command: str, timeout_s: float = 60.0) -> str:
        """Run a command in the guest; see ``Agent.run``."""
        assert self._agent is not None, "it is not up"
        return self._agent.run(*command, timeout_s=timeout_s)

    @property
    def is_on(self) -> bool:
        """Whether commands can be run."""
        return self._agent is not None

    @property
    def on_s(self) -> float:
        """How long it has been on, in seconds."""
        return time.monotonic() - self._on_s

    def cut_power(self) -> None:
        """End it at once, whatever it does."""
        self._end()

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Have it stand still; its disks hold then what a power cut would leave, if it does not forget."""
        process = self._process
        assert process is not None, "it is off"
        freeze(process)
        for disk in self._volatile:
            disk.freeze()
        try:
            yield
        finally:
            for disk in self._volatile:
                disk.thaw()
            process.send_signal(signal.SIGCONT)

    @property
    def console(self) -> str:
        """What kernel and systemd have told so far."""
        path = self._folder / "console.log"
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def __enter__(self) -> Self:
        """Boot; return when commands can be run."""
        agent_path = self._folder / "agent.sock"
        try:
            for disk in self._volatile:
                disk.power_on()
            self._on_s = time.monotonic()
            self._process = subprocess.Popen(
                self._command(agent_path), stdin=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
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
            *(argument for disk in self._drives() for argument in ("-drive", disk)),
            *(("-rtc", f"base={self._utc}") if self._utc else ()),
            *("-nic", f"user,model=virtio-net-pci,restrict=on{forwards}"),
            *("-device", "virtio-rng-pci", "-device", "virtio-serial"),
            *("-chardev", f"socket,path={agent_path},server=on,wait=off,id=agent"),
            *("-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"),
            *("-serial", f"file:{self._folder / 'console.log'}"),
        ]

    def _drives(self) -> list[str]:
        forgetful = "file={},format=raw,if=virtio,snapshot=on"
        payload = forgetful.format(self._disks.payload)
        if not self._volatile:
            return [forgetful.format(self._disks.root), payload, forgetful.format(self._disks.state)]
        root, state = (f"file={disk.url},format=raw,if=virtio" for disk in self._volatile)
        return [root, payload, state]

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
            freeze(process)  # no moment between the ends of its disks
        for disk in self._volatile:
            disk.power_off()
        if process is not None:
            process.kill()  # setpriv and nice have become QEMU: the process is the same
            process.wait(_STOP_TIMEOUT_S)
            assert process.stderr is not None
            process.stderr.close()


def require_qemu() -> None:
    """Skip the test where there is no QEMU."""
    if shutil.which(_QEMU) is None:
        pytest.skip(f"needs {_QEMU}: scripts/install-field-tools.sh")
