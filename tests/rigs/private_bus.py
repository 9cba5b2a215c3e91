"""A real ``dbus-daemon`` of the test's own, in place of the system bus."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Final, Self

import pytest
from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

ADDRESS_VARIABLE: Final = "DBUS_SYSTEM_BUS_ADDRESS"
"""Read by bleak whenever it connects."""

_CONFIG: Final = """\
<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>{address}</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow own="*"/>
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
{rules}  </policy>
</busconfig>
"""
_DENY_BLUEZ: Final = '    <deny send_destination="org.bluez"/>\n'
_END_TIMEOUT_S: Final = 10.0


def find_dbus_daemon() -> str:
    """Return the daemon's path; skip the test where there is none."""
    found = shutil.which("dbus-daemon")
    if found is None:
        pytest.skip("needs dbus-daemon: apt-get install dbus")
    return found


class PrivateBus:
    """One bus whose address stays the same over restarts.

    ::

        with PrivateBus() as bus, bus.exported():
            ...
            bus.kill()
            bus.start()
    """

    def __init__(self) -> None:
        # a folder of its own: a socket's path has room for 107 characters, which pytest's folders exceed
        self._folder = TemporaryDirectory(prefix="bus-")
        self._socket = Path(self._folder.name, "bus")
        self._config = Path(self._folder.name, "bus.conf")
        self._log = Path(self._folder.name, "log")
        self._process: subprocess.Popen[bytes] | None = None
        self._write_config(rules="")

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"unix:path={self._socket}"

    def start(self) -> None:
        """Start, and return when it takes connections."""
        assert self._process is None, "it runs already"
        self._socket.unlink(missing_ok=True)
        command = [find_dbus_daemon(), "--nofork", f"--config-file={self._config}", "--print-address=1"]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log)
        assert self._process.stdout is not None
        with self._process.stdout as told:  # it tells its address once it listens
            if not told.readline():
                self.kill()
                raise RuntimeError(f"dbus-daemon did not start:\n{self._log.read_text(encoding='utf-8')}")

    def kill(self) -> None:
        """End it (SIGKILL): every client is cut off, nothing is said."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait(_END_TIMEOUT_S)

    async def deny_bluez(self, *, denied: bool = True) -> None:
        """Refuse (or no longer refuse) every client's calls to ``org.bluez``, as a bus policy does."""
        self._write_config(rules=_DENY_BLUEZ if denied else "")
        connection = await MessageBus(bus_address=self.address).connect()
        reply = await connection.call(to_bus("ReloadConfig"))
        assert reply is not None
        assert reply.message_type is MessageType.METHOD_RETURN, reply.body
        await hang_up(connection)

    @contextmanager
    def exported(self) -> Iterator[None]:
        """Have this process and its children take it for the system bus."""
        before = os.environ.get(ADDRESS_VARIABLE)
        os.environ[ADDRESS_VARIABLE] = self.address
        try:
            yield
        finally:
            del os.environ[ADDRESS_VARIABLE]
            if before is not None:
                os.environ[ADDRESS_VARIABLE] = before

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self._folder.cleanup()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self._folder.cleanup()

    def _write_config(self, rules: str) -> None:
        self._config.write_text(_CONFIG.format(address=self.address, rules=rules), encoding="utf-8")


def to_bus(member: str, *arguments: str) -> Message:
    """Return a call to the bus itself whose arguments are strings."""
    return Message(
        destination="org.freedesktop.DBus",
        path="/org/freedesktop/DBus",
        interface="org.freedesktop.DBus",
        member=member,
        signature="s" * len(arguments),
        body=list(arguments),
    )


async def hang_up(connection: MessageBus) -> None:
    """Close a connection to a bus, which may have ended it already."""
    connection.disconnect()
    with suppress(Exception):  # whatever had ended it
        await connection.wait_for_disconnect()
