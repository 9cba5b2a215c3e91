"""What every answer carries, and who is answered at all.

Everything is refused that is not let in: by an account's session, a token, the board's own socket, or by
sitting at a board that nobody has claimed. What remains is a hostile page in the technician's own
browser: it is kept out by the Host check (DNS rebinding), the Origin check and the token against forged
requests, by never allowing framing, and by a content policy under which nothing runs or loads that is
not ours.
"""

import logging
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from edged.access.audit import Note
from edged.access.caller import Caller
from edged.access.gate import Gate, Locked
from edged.access.secret import forgery_token, is_same
from edged.errors import EdgedError
from edged.log import log_event
from edged.messages import NOT_AUDITED
from edged.ops.instruments import WebStats
from edged.web import problem
from edged.web.auth.entrance import address_of, caller_of, is_over_socket, session_secret
from edged.web.auth.names import Names, host_of
from edged.web.body import OF_CALLERS, OF_STRANGERS, announced, limited, too_large

_OURS: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; "
)
PAGE_POLICY: Final = _OURS + "connect-src 'self'; frame-ancestors 'none'"
OVERLAY_POLICY: Final = _OURS + "connect-src 'self' ws: wss:"
"""An overlay talks to the broker it is told, and may stand in a frame of the producer's own page."""

OVERLAYS: Final = "/overlay/"
FORGERY_HEADER: Final = "x-edged-csrf"
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})

OPEN_FILES: Final = ("/static/", OVERLAYS)
OPEN: Final = frozenset({"/", "/favicon.ico", "/healthz", "/api/v1/session", "/api/v1/claim"})
"""What anybody may ask for: the page itself, which is the same everywhere, and the way in."""

_log: Final = logging.getLogger(__name__)


class Refused(Exception):
    """The guard lets a request not pass.

    Args:
        status: of HTTP.
        reason: a word, for the metrics.
        detail: what is wrong, and the mend.
    """

    def __init__(self, status: HTTPStatus, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.reason = reason
        self.detail = detail

    @property
    def headers(self) -> dict[str, str]:
        """Of the answer: who is not known is told how programs make themselves known (RFC 6750)."""
        return {"WWW-Authenticate": "Bearer"} if self.status == HTTPStatus.UNAUTHORIZED else {}


class Guard:
    """ASGI middleware: lets in who belongs, sets security and cache headers, counts answers, audits writes.

    Args:
        app: what it stands around.
        stats: where answers are counted.
        gate: who belongs; None where there are no accounts: then only this machine is answered.
        names: by which the page may be asked.
    """

    def __init__(
        self, app: ASGIApp, stats: WebStats, gate: Gate | Locked | None = None, names: Names | None = None
    ) -> None:
        self._app = app
        self._stats = stats
        self._gate = gate
        self._names = names or Names()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request or WebSocket."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        status = HTTPStatus.INTERNAL_SERVER_ERROR.value

        async def send_guarded(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                self._stats.responses[status] += 1
                _harden(MutableHeaders(scope=message), scope["path"])
            await send(message)

        note, caller = Note(), Caller.nobody(address_of(scope))
        try:
            caller = await self._let_in(scope)
            scope.setdefault("state", {}).update(caller=caller, note=note)
            if scope["type"] == "http":
                most = OF_STRANGERS if caller.role is None else OF_CALLERS
                _demand_small(scope, most)
                receive = limited(receive, most)
            await self._app(scope, receive, send_guarded)
        except Refused as refused:
            if isinstance(self._gate, Gate):
                self._gate.stats.refusals[refused.reason] += 1
            if scope["type"] == "websocket":
                await WebSocketClose()(scope, receive, send)
                return
            await problem.response(refused.status, refused.detail, refused.headers)(
                scope, receive, send_guarded
            )
        finally:
            if scope["type"] == "http" and scope["method"] not in READING:
                await self._audit(scope, caller, status, note)

    async def _let_in(self, scope: Scope) -> Caller:
        """Return who asks, where he may.

        Raises:
            Refused: he may not.
        """
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not is_over_socket(scope) and host not in self._names:
            raise Refused(
                HTTPStatus.FORBIDDEN,
                "host",
                f"This page does not answer to the name {host_of(host)!r}. Ask it by its address, by "
                "localhost, or add the name to web.names.",
            )
        try:
            caller = await caller_of(scope, self._gate)
        except EdgedError as error:
            raise Refused(HTTPStatus.SERVICE_UNAVAILABLE, "locked", str(error)) from error
        if scope["type"] == "websocket" or scope["method"] not in READING:
            self._demand_own_page(scope, headers, caller)
        if caller.role is None and not _is_open(scope["path"]):
            raise self._stranger()
        return caller

    def _demand_own_page(self, scope: Scope, headers: Headers, caller: Caller) -> None:
        """Demand that it is our page that writes, or listens, and none that is open beside it.

        Raises:
            Refused: it is another one's.
        """
        origin = headers.get("origin")
        if origin is not None and urlsplit(origin).netloc != headers.get("host"):
            raise Refused(HTTPStatus.FORBIDDEN, "origin", f"A page of {origin} may not do this.")
        if caller.way == "session" and scope["type"] == "http":
            wanted = forgery_token(session_secret(headers))
            if not is_same(headers.get(FORGERY_HEADER, ""), wanted):
                detail = "This does not come from the page that is logged in. Load the page anew."
                raise Refused(HTTPStatus.FORBIDDEN, "forged", detail)

    def _stranger(self) -> Refused:
        """Return why somebody is not let in of whom nothing is known."""
        if isinstance(self._gate, Locked):
            return Refused(HTTPStatus.SERVICE_UNAVAILABLE, "locked", self._gate.reason)
        if self._gate is None:
            return Refused(HTTPStatus.FORBIDDEN, "unclaimed", "This page answers on the board itself only.")
        if not self._gate.is_claimed:
            detail = "This board is not claimed yet. Open its page; `sudo edged claim` tells the code."
            return Refused(HTTPStatus.FORBIDDEN, "unclaimed", detail)
        return Refused(HTTPStatus.UNAUTHORIZED, "unknown", "Log in, or send a token that has not expired.")

    async def _audit(self, scope: Scope, caller: Caller, status: int, note: Note) -> None:
        if not isinstance(self._gate, Gate) or note.is_read:
            return
        is_refused = status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}
        is_strangers = caller.role is None and not note.who
        if (is_refused or is_strangers) and not self._gate.audit.takes_refusal(caller.address):
            return
        word = "refused" if is_refused else "done" if status < HTTPStatus.BAD_REQUEST else "failed"
        what = f"{scope['method']} {scope['path']}"
        try:
            await self._gate.audit.note(caller, what, f"{word} {status}", note)
        except EdgedError as error:
            log_event(_log, NOT_AUDITED, what=what, account=caller.name, reason=error)


def _demand_small(scope: Scope, most: int) -> None:
    """Demand that a request announces no more than may be sent.

    Raises:
        Refused: it does.
    """
    if announced(Headers(scope=scope).getlist("content-length")) > most:
        error = too_large(most)
        raise Refused(HTTPStatus(error.status_code), "large", error.detail)


def _is_open(path: str) -> bool:
    return path in OPEN or path.startswith(OPEN_FILES)


def _harden(headers: MutableHeaders, path: str) -> None:
    headers["Content-Security-Policy"] = OVERLAY_POLICY if path.startswith(OVERLAYS) else PAGE_POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    is_file = path == "/" or path.startswith(OPEN_FILES)
    # Files are asked for again each time and answered 304 by their ETag: after an update no old script
    # meets a new page.
    headers["Cache-Control"] = "no-cache" if is_file and "etag" in headers else "no-store"
