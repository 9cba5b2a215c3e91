"""Asks the daemon on this machine, as the commands do: over its Unix socket, or at its address."""

import json
import socket
import ssl
from collections.abc import Mapping
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from edged.errors import ConfigError, NodeUnreachable, RefusedError

TIMEOUT_S: Final = 5.0
_REFUSALS: Final = frozenset(
    {HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.TOO_MANY_REQUESTS}
)
"""What the daemon does not grant; everything else is a daemon that cannot be asked."""
_LARGEST_BYTES: Final = 8 * 1024 * 1024
_UP: Final = "Is the service up? `systemctl status edged`. (Where web.enabled is false it cannot be asked.)"


class LocalApi:
    """The API of one daemon.

    Args:
        place: path of its socket, or URL of its page.
        timeout_s: most that an answer may take.

    Raises:
        ConfigError: it is no URL.
    """

    def __init__(self, place: Path | str, timeout_s: float = TIMEOUT_S) -> None:
        self._place = place
        self._timeout_s = timeout_s
        if isinstance(place, str):
            _checked(place)

    def get(self, path: str) -> str:
        """Return the JSON text at a path of the API.

        Raises:
            NodeUnreachable: nobody answers, or not this.
        """
        return self.send("GET", path)

    def get_bytes(self, path: str, kind: str) -> bytes:
        """Return what is at a path of the API, as it is.

        Args:
            path: of the API.
            kind: its media type.

        Raises:
            NodeUnreachable: nobody answers, or not this.
        """
        return self._asked("GET", path, None, {"Accept": kind})

    def send(self, method: str, path: str, body: Mapping[str, object] | None = None) -> str:
        """Ask for something; return the JSON text of the answer.

        Args:
            method: of HTTP.
            path: of the API.
            body: sent as JSON; None, and nothing is.

        Raises:
            NodeUnreachable: nobody answers, or not this.
            RefusedError: it is not granted; with what the daemon says.
        """
        content = None if body is None else json.dumps(body).encode()
        headers = {"Accept": "application/json"} | ({"Content-Type": "application/json"} if content else {})
        return self._asked(method, path, content, headers).decode("utf-8", "replace")

    def _asked(self, method: str, path: str, content: bytes | None, headers: Mapping[str, str]) -> bytes:
        where = str(self._place)
        connection = self._connection()
        try:
            connection.request(method, path, content, headers)
            with connection.getresponse() as answer:
                status, told = answer.status, answer.read(_LARGEST_BYTES)
        except PermissionError as error:
            mend = "Root may, and the group edged: `sudo edged status`."
            raise NodeUnreachable("you may not ask the daemon", where=where, mend=mend) from error
        except ssl.SSLError as error:
            mend = "Ask over its socket, on the board itself."
            raise NodeUnreachable(
                f"its certificate is not trusted: {error.reason}", where=where, mend=mend
            ) from error
        except TimeoutError as error:
            what = f"the daemon does not answer within {self._timeout_s:g} s"
            raise NodeUnreachable(what, where=where, mend=_UP) from error
        except OSError as error:
            what = f"the daemon does not answer: {error.strerror or error}"
            raise NodeUnreachable(what, where=where, mend=_UP) from error
        except HTTPException as error:
            raise NodeUnreachable("what answers there is not edged", where=where) from error
        finally:
            connection.close()
        if status in _REFUSALS and (why := _detail(told)):
            raise RefusedError(why)
        if status >= HTTPStatus.BAD_REQUEST:
            raise NodeUnreachable(f"it answers {status}", where=where, mend=_detail(told))
        return told

    def _connection(self) -> HTTPConnection:
        if isinstance(self._place, Path):
            return _SocketConnection(self._place, self._timeout_s)
        url = urlsplit(self._place)
        kind = HTTPSConnection if url.scheme == "https" else HTTPConnection
        return kind(url.hostname or "", url.port, timeout=self._timeout_s)


class _SocketConnection(HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path, timeout_s: float) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _checked(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_one = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port)
    except ValueError:
        is_one = False
    if not is_one:
        raise ConfigError(f"{url!r} is no address of a page", mend="Write http://127.0.0.1:8080")


def _detail(body: bytes) -> str:
    """Return what a problem document says (RFC 9457)."""
    try:
        problem = json.loads(body)
    except ValueError:
        return ""
    return str(problem.get("detail", "")) if isinstance(problem, Mapping) else ""
