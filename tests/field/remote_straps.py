"""The straps in the guest, told from here what to do."""

import socket
from typing import Final

_ANSWER_S: Final = 15.0


class RemoteStraps:
    """Speaks to ``tests.field.straps``.

    Args:
        port: where it is reached on loopback.
    """

    def __init__(self, port: int) -> None:
        self._port = port

    def on(self, name: str) -> None:
        """Switch a strap on."""
        self._tell("on", name)

    def off(self, name: str) -> None:
        """Switch a strap off; it says goodbye."""
        self._tell("off", name)

    def away(self, name: str) -> None:
        """Carry a strap out of range; return when the connection has timed out."""
        self._tell("away", name)

    def back(self, name: str) -> None:
        """Bring a strap back into range."""
        self._tell("back", name)

    def hang(self, name: str) -> None:
        """Have a strap fall silent while its radio keeps the connection."""
        self._tell("hang", name)

    def answer(self, name: str) -> None:
        """Have a strap that hangs answer again."""
        self._tell("answer", name)

    def _tell(self, what: str, name: str) -> None:
        with socket.create_connection(("127.0.0.1", self._port), _ANSWER_S) as connection:
            connection.sendall(f"{what} {name}\n".encode())
            answer = connection.recv(64)
        assert answer == b"ok\n", f"{what} {name} was not done; see the journal of straps.service"
