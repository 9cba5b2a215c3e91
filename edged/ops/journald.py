"""The native protocol of systemd-journald: one datagram an entry, a sealed memory file where it is large.

https://systemd.io/JOURNAL_NATIVE_PROTOCOL/
"""

import errno
import fcntl
import os
import socket
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

SOCKET: Final = Path("/run/systemd/journal/socket")
_STDERR: Final = 2
_SEND_BUFFER_BYTES: Final = 1024 * 1024
_TOO_LARGE: Final = frozenset({errno.EMSGSIZE, errno.ENOBUFS})
_SEALS: Final = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SEAL


def is_connected(environment: Mapping[str, str] = os.environ, descriptor: int = _STDERR) -> bool:
    """Return whether standard error is the journal, and not somewhere else it was led to (systemd.exec(5)).

    Args:
        environment: in which systemd tells device and inode of its stream, ``$JOURNAL_STREAM``.
        descriptor: that is to be it.
    """
    try:
        stream = os.fstat(descriptor)
    except OSError:  # closed
        return False
    return environment.get("JOURNAL_STREAM", "") == f"{stream.st_dev}:{stream.st_ino}"


class Journald:
    """Sends entries; it never waits, whatever journald does.

    Args:
        path: of journald's socket.
    """

    def __init__(self, path: Path = SOCKET) -> None:
        self._path = str(path)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.settimeout(0)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)

    def send(self, fields: Iterable[tuple[str, str]]) -> None:
        """Send an entry.

        Args:
            fields: names of A-Z, 0-9 and ``_``, no ``_`` first; a name may come more than once.

        Raises:
            BlockingIOError: journald does not keep up; the entry is not sent.
            OSError: journald is not there.
        """
        entry = encoded(fields)
        try:
            self._socket.sendto(entry, self._path)
        except OSError as error:
            if error.errno not in _TOO_LARGE:
                raise
            self._send_file(entry)

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def _send_file(self, entry: bytes) -> None:
        file = os.memfd_create("edged-log", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        try:
            with os.fdopen(file, "wb", closefd=False) as memory:
                memory.write(entry)
            fcntl.fcntl(file, fcntl.F_ADD_SEALS, _SEALS)
            rights = (socket.SOL_SOCKET, socket.SCM_RIGHTS, file.to_bytes(4, sys.byteorder))
            self._socket.sendmsg([b""], [rights], 0, self._path)
        finally:
            os.close(file)


def encoded(fields: Iterable[tuple[str, str]]) -> bytes:
    """Return an entry: ``NAME=value`` lines, a value of several lines with its length before it."""
    return b"".join(_field(name.encode("ascii"), value.encode("utf-8", "replace")) for name, value in fields)


def _field(name: bytes, value: bytes) -> bytes:
    if b"\n" in value:
        return name + b"\n" + len(value).to_bytes(8, "little") + value + b"\n"
    return name + b"=" + value + b"\n"
