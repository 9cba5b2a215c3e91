"""What systemd is told of this process (sd_notify(3)): ready, reloading, stopping, how it stands, alive."""

import logging
import os
import socket
import time
from collections.abc import Mapping
from typing import Final, Self

_log: Final = logging.getLogger(__name__)

RESULTS: Final[Mapping[str, str]] = {
    "watchdog": "it hung, and systemd's watchdog ended it",
    "oom-kill": "it ran out of memory",
    "timeout": "it did not start in time",
    "signal": "it was ended by a signal",
    "core-dump": "it crashed",
    "exit-code": "it ended with an error",
    "start-limit-hit": "it ended again and again",
    "resources": "systemd could not start it",
}
"""How a service ended, in words: ``$MONITOR_SERVICE_RESULT`` of systemd.exec(5), and ``Result`` of a unit."""


class Notifier:
    """Sends datagrams to the service manager; where there is none, to nobody.

    Args:
        address: of its socket, a path or ``@`` and an abstract name; empty where nobody listens.
        watchdog_s: how often at least it wants to hear that all is well, s; None where it does not care.
    """

    def __init__(self, address: str = "", watchdog_s: float | None = None) -> None:
        self.watchdog_s = watchdog_s
        self._address = address
        self._said = ""

    @classmethod
    def of_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Return the one that the service manager has asked for."""
        micros, pid = environment.get("WATCHDOG_USEC", ""), environment.get("WATCHDOG_PID", "")
        is_meant = micros.isdigit() and int(micros) > 0 and pid in {"", str(os.getpid())}
        return cls(environment.get("NOTIFY_SOCKET", ""), int(micros) / 1e6 if is_meant else None)

    def ready(self) -> None:
        """Say that the service is up, or has read its configuration anew."""
        self._send("READY=1")

    def reloading(self) -> None:
        """Say that the configuration is read anew; ``ready`` follows."""
        self._send(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """Say that the service takes its leave."""
        self._send("STOPPING=1")

    def alive(self) -> None:
        """Feed the watchdog."""
        self._send("WATCHDOG=1")

    def status(self, text: str) -> None:
        """Say in one line how it stands; the same line is not said twice."""
        line = " ".join(text.split())
        if line != self._said:
            self._said = line
            self._send(f"STATUS={line}")

    def _send(self, message: str) -> None:
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
                sender.settimeout(0)
                sender.connect(address)
                sender.send(message.encode())
        except OSError as error:  # it listens again, or restarts us: nothing here depends on it
            _log.debug("systemd was not told %s: %s", message.partition("=")[0], error)
