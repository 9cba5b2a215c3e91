"""Runs a command where programs of arm64 run too, emulated, and where there is no network.

    python foreign.py COMMAND ARGUMENT ...

Which program runs what (binfmt_misc) can be said in a user namespace of its own, by a kernel from 6.7 on:
this machine does not know of it, and it ends with the command. Exit status 77: this kernel does not let us.
"""

import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

_NEW_NAMESPACES = 0x1000_0000 | 0x0002_0000 | 0x4000_0000
"""Of users, mounts and network (clone(2))."""
_SIOCSIFFLAGS = 0x8914
_IFF_UP = 1
_NOT_LET = 77
_KNOWN = Path("/proc/sys/fs/binfmt_misc")
_ARM64 = (
    rb":arm64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:"
    rb"\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:"
    rb"/usr/bin/qemu-aarch64-static:F"
)


def main() -> None:
    """Become the command; a child of ours is the one who maps our users, which only a process outside may."""
    told, tell = os.pipe()
    mapped, map_done = os.pipe()
    ours = os.getpid()
    if os.fork() == 0:
        os.read(told, 1)
        for name in ("uid_map", "gid_map"):
            Path(f"/proc/{ours}/{name}").write_text("0 0 65536\n", encoding="ascii")
        os.write(map_done, b".")
        os._exit(0)
    if ctypes.CDLL(None).unshare(_NEW_NAMESPACES) != 0:
        sys.exit(_NOT_LET)
    os.write(tell, b".")
    os.read(mapped, 1)
    os.setgid(0)
    os.setuid(0)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh", b"lo", _IFF_UP))
    if subprocess.run(["mount", "-t", "binfmt_misc", "binfmt_misc", _KNOWN], check=False).returncode != 0:
        sys.exit(_NOT_LET)
    (_KNOWN / "register").write_bytes(_ARM64)
    os.execvp(sys.argv[1], sys.argv[1:])  # noqa: S606  running the command it is given is all that this script is for


if __name__ == "__main__":
    main()
