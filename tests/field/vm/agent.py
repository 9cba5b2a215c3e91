"""Commands in the guest, by the QEMU guest agent (protocol: QEMU's ``guest-agent`` reference)."""

import base64
import json
import socket
import time
from pathlib import Path
from typing import Any, Final, cast

_LOOK_S: Final = 0.1


class Agent:
    """The agent's end on this side.

    Args:
        path: the socket of its serial port.

    Raises:
        OSError: nobody listens there.
    """

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        try:
            self._socket.connect(str(path))
        except OSError:
            self._socket.close()
            raise
        self._lines = self._socket.makefile("rb")

    def close(self) -> None:
        """Close the socket."""
        self._lines.close()
        self._socket.close()

    def wait(self, timeout_s: float) -> None:
        """Return when the agent answers.

        Raises:
            TimeoutError: it did not.
        """
        # asked once: the port keeps the question until the agent is there to read it
        self._socket.settimeout(timeout_s)
        self._ask("guest-sync", id=1)

    def run(self, *command: str, timeout_s: float = 60.0) -> str:
        """Run a command as root; return what it wrote to standard output.

        Raises:
            RuntimeError: it failed.
            TimeoutError: it, or the agent, did not end in time.
        """
        self._socket.settimeout(timeout_s)
        ends_s = time.monotonic() + timeout_s
        started = self._ask("guest-exec", **{"path": command[0], "arg": command[1:], "capture-output": True})
        while True:
            status = self._ask("guest-exec-status", pid=started["pid"])
            if status["exited"]:
                break
            if time.monotonic() > ends_s:
                raise TimeoutError(f"{' '.join(command)} did not end within {timeout_s:g} s")
            time.sleep(_LOOK_S)
        if status.get("exitcode") != 0:
            raise RuntimeError(f"{' '.join(command)}: {status}: {_text(status, 'err-data')}")
        return _text(status, "out-data")

    def _ask(self, command: str, **arguments: object) -> Any:
        request = {"execute": command, "arguments": arguments}
        self._socket.sendall(json.dumps(request).encode() + b"\n")
        answer = cast("dict[str, Any]", json.loads(self._lines.readline()))
        if "error" in answer:
            raise RuntimeError(f"{command}: {answer['error']['desc']}")
        return answer["return"]


def _text(status: dict[str, str], stream: str) -> str:
    return base64.b64decode(status.get(stream, "")).decode(errors="replace")
