"""What every answer carries, and who is answered at all.

The page has no accounts and listens on loopback. What remains is a hostile page in the technician's own
browser: it is kept out by the Host check (DNS rebinding), by never allowing framing, and by a content
policy under which nothing runs or loads that is not ours.
"""

from http import HTTPStatus
from ipaddress import ip_address
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from edged.web import problem

_OURS: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; "
)
PAGE_POLICY: Final = _OURS + "connect-src 'self'; frame-ancestors 'none'"
OVERLAY_POLICY: Final = _OURS + "connect-src 'self' ws: wss:"
"""An overlay talks to the broker it is told, and may stand in a frame of the producer's own page."""

OVERLAYS: Final = "/overlay/"


class Guard:
    """ASGI middleware: refuses foreign hosts, sets security and cache headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or WebSocket."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                _harden(MutableHeaders(scope=message), scope["path"])
            await send(message)

        if is_local(Headers(scope=scope).get("host", "")):
            await self._app(scope, receive, send_guarded)
        elif scope["type"] == "websocket":
            await WebSocketClose()(scope, receive, send)
        else:
            refusal = problem.response(
                HTTPStatus.FORBIDDEN, "This page answers only to localhost, 127.0.0.1 and [::1]."
            )
            await refusal(scope, receive, send_guarded)


def is_local(host: str) -> bool:
    """Say whether a Host header names this machine's loopback, whatever the port.

    A rebound name is a name: addresses of the loopback net cannot be rebound.
    """
    name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    if name.lower() == "localhost":
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _harden(headers: MutableHeaders, path: str) -> None:
    headers["Content-Security-Policy"] = OVERLAY_POLICY if path.startswith(OVERLAYS) else PAGE_POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    is_file = path == "/" or path.startswith(("/static/", OVERLAYS))
    # Files are asked for again each time and answered 304 by their ETag: after an update no old script
    # meets a new page.
    headers["Cache-Control"] = "no-cache" if is_file and "etag" in headers else "no-store"
