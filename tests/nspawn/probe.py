"""Tries what the daemon may do and what it may not; run in its sandbox, in its place."""

import ctypes
import json
import mmap
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

LIBC = ctypes.CDLL(None, use_errno=True)
AF_BLUETOOTH, AF_NETLINK, AF_PACKET, AF_VSOCK = 31, 16, 17, 40
CLONE_NEWUSER = 0x10000000
PR_GET_NO_NEW_PRIVS = 39


def call(name: str, *arguments: object) -> None:
    """Call a function of the C library."""
    if getattr(LIBC, name)(*arguments) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def touch(path: str) -> Callable[[], object]:
    return lambda: Path(path).write_text("x", encoding="utf-8")


def family(number: int, kind: int = socket.SOCK_DGRAM) -> Callable[[], None]:
    return lambda: socket.socket(number, kind).close()


def gain() -> None:
    """Become somebody else by a program that may."""
    if LIBC.prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1:
        return
    done = subprocess.run(
        ["/usr/bin/su", "-c", "id", "root"], capture_output=True, check=False, stdin=subprocess.DEVNULL
    )
    if b"uid=0" not in done.stdout:
        raise PermissionError("new privileges are not given")


def credential() -> None:
    name = Path(os.environ["CREDENTIALS_DIRECTORY"]) / "edged_mqtt-password"
    if name.read_text(encoding="utf-8") != "s3cret":
        raise ValueError(name)


def executable_memory() -> None:
    mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC).close()


TRIES: dict[str, Callable[[], object]] = {
    "write the state": touch("/var/lib/edged/probe"),
    "write the configuration": touch("/etc/edged/probe"),
    "write a private temporary file": touch("/tmp/probe"),  # noqa: S108  what is tried out is that /tmp is private to the service
    "an internet socket": family(socket.AF_INET),
    "a local socket": family(socket.AF_UNIX),
    "read a credential handed over": credential,
    "write /usr": touch("/usr/probe"),
    "write /etc": touch("/etc/probe"),
    "write /var/lib": touch("/var/lib/probe"),
    "write /opt": touch("/opt/edged/probe"),
    "write /home": touch("/home/probe"),
    "write /sys": touch("/sys/kernel/probe"),
    "read the secrets": lambda: list(Path("/etc/edged/credentials").iterdir()),
    "read the shadow": lambda: Path("/etc/shadow").read_text(encoding="utf-8"),
    "see other processes": lambda: Path("/proc/1/cmdline").read_bytes(),
    "a Bluetooth socket": family(AF_BLUETOOTH, socket.SOCK_RAW),
    "a netlink socket": family(AF_NETLINK, socket.SOCK_RAW),
    "a packet socket": family(AF_PACKET),
    "a vsock": family(AF_VSOCK, socket.SOCK_STREAM),
    "new privileges": gain,
    "another user": lambda: os.setuid(0),
    "set the clock": lambda: time.clock_settime(time.CLOCK_REALTIME, time.time()),
    "mount": lambda: call("mount", b"none", b"/mnt", b"tmpfs", 0, None),
    "a namespace of its own": lambda: call("unshare", CLONE_NEWUSER),
    "a raw disk": lambda: os.close(os.open("/dev/vda", os.O_RDONLY)),
    "the memory": lambda: os.close(os.open("/dev/mem", os.O_RDONLY)),
    "a name for the host": lambda: socket.sethostname("probe"),
    "be in real time": lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)),
    "memory that is written and run": executable_memory,
    "trace another": lambda: call("ptrace", 16, 1, 0, 0),
    "load a module": lambda: call("syscall", 175, b"", 0, b""),
    "restart the board": lambda: call("reboot", 0),
}


def main() -> None:
    """Try everything; write what came of it."""
    said = {}
    for name, attempt in TRIES.items():
        try:
            attempt()
            said[name] = "done"
        except (OSError, ValueError) as error:
            said[name] = f"{type(error).__name__}: {error}"
    for left in ("/etc/edged/probe", "/var/lib/edged/probe"):
        Path(left).unlink(missing_ok=True)
    Path(sys.argv[1]).write_text(json.dumps(said), encoding="utf-8")


main()
