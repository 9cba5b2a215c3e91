"""Where the page listens: an address, or a Unix socket for the commands on this machine."""

import errno
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from edged.errors import ConfigError, EdgedError, PortInUse, SocketInUse

BACKLOG: Final = 64
SEND_BUFFER_BYTES: Final = 64 * 1024
"""What the kernel may hold for a peer that does not read: some seconds of updates, not minutes."""

SOCKET_MODE: Final = 0o660
"""Who may open the Unix socket: the daemon's user and its group."""


@contextmanager
def on_address(host: str, port: int) -> Iterator[socket.socket]:
    """Listen on an address; ``::`` is all of IPv4, too.

    Raises:
        PortInUse: another program listens there.
        ConfigError: this address or port cannot be had at all.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    is_for_all = host == "::" and socket.has_dualstack_ipv6()
    try:
        listener = socket.create_server(
            (host, port), family=family, backlog=BACKLOG, dualstack_ipv6=is_for_all
        )
    except OSError as error:
        raise _explain(error, host, port) from error
    with closing(listener):
        listener.settimeout(0)
        # Both are inherited by what it accepts. asyncio sets the first on sockets that it made itself only;
        # without it every answer waits 40 ms for the peer's delayed acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        yield listener


@contextmanager
def on_socket(path: Path) -> Iterator[socket.socket]:
    """Listen on a Unix socket, in place of one that nobody listens on any more; it is removed at the end.

    Raises:
        SocketInUse: another program listens there.
        ConfigError: there can be no socket there.
    """
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as listener:
        listener.settimeout(0)
        try:
            _make_way(path)
            listener.bind(str(path))
            mine = path.lstat()
            path.chmod(SOCKET_MODE)  # before anybody can connect
            listener.listen(BACKLOG)
        except OSError as error:
            raise ConfigError(
                f"there can be no socket at {path}: {error.strerror or error}",
                key="web.socket",
                mend="Name a path of at most 107 bytes in a folder that edged may write to.",
            ) from error
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
        try:
            yield listener
        finally:
            with suppress(OSError):  # it is gone already
                if os.path.samestat(path.lstat(), mine):
                    path.unlink()


def _make_way(path: Path) -> None:
    """Remove a socket that was left behind.

    Raises:
        SocketInUse: somebody listens on it.
        ConfigError: it is something else.
        OSError: it cannot be removed.
    """
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise ConfigError(
            f"{path} is there, and is no socket", key="web.socket", mend="Remove it, or name another path."
        )
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)) as probe:
        probe.settimeout(0)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
        except BlockingIOError:  # so many wait that somebody must be there
            pass
    raise SocketInUse(path)


def _explain(error: OSError, host: str, port: int) -> EdgedError:
    if error.errno == errno.EADDRINUSE:
        return PortInUse(host, port, setting="web.port")
    if error.errno in {errno.EACCES, errno.EPERM}:
        return ConfigError(
            f"port {port} may be used by the administrator only",
            key="web.port",
            mend="Choose one from 1024 up.",
        )
    return ConfigError(
        f"cannot listen on {host} port {port}: {error.strerror}",
        key="web.host",
        mend="Use 127.0.0.1.",
    )
