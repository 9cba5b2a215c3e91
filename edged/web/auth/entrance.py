"""Who asks, as his request shows."""

from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.types import Scope

from edged.access.caller import Caller
from edged.access.gate import Gate, Locked
from edged.web.auth.names import host_of

COOKIE: Final = "edged_session"
BEARER: Final = "Bearer "


def is_over_socket(scope: Scope) -> bool:
    """Say whether a request came over the Unix socket, where there is a path in the place of host and port.

    No browser opens one: who may is said by the permissions of its file.
    """
    server = scope.get("server")
    return server is not None and server[1] is None and server[0].startswith("/")


def address_of(scope: Scope) -> str:
    """Return the IP address that a request comes from; empty where it comes from none.

    An IPv4 address is told as such, also where one socket takes both kinds (RFC 4291, section 2.5.5.2).
    """
    client = scope.get("client")
    address = client[0] if client else ""
    return str(_understood(address) or address)


def is_loopback(name: str) -> bool:
    """Say whether an address, or the name in a Host header, is of this machine alone."""
    ip = _understood(name)
    return ip.is_loopback if ip else name == "localhost"


def session_secret(headers: Headers) -> str:
    """Return the secret in the session's cookie; empty where there is none.

    Cookies know no ports: those of other programs on the board come along, whatever is in them.
    """
    return next(filter(None, (cookie_parser(line).get(COOKIE) for line in headers.getlist("cookie"))), "")


async def caller_of(scope: Scope, gate: Gate | Locked | None) -> Caller:
    """Return who makes a request.

    Before the claim the board itself is known by its address, and by the name it asks for: that of who comes
    through a proxy on the board, or by a name that was made to point at it, is another one.

    Args:
        scope: of the request.
        gate: None where there are no accounts, and none can be made.

    Raises:
        StoreUnavailable: the file of accounts cannot be used now.
    """
    address = address_of(scope)
    if is_over_socket(scope):
        return Caller.over_the_socket()
    if isinstance(gate, Locked):
        return Caller.nobody(address)
    headers = Headers(scope=scope)
    if gate is not None and gate.is_claimed:
        authorization = headers.get("authorization", "")
        if authorization:
            token = authorization.removeprefix(BEARER).strip() if authorization.startswith(BEARER) else ""
            return await gate.by_token(token, address) or Caller.nobody(address)
        secret = session_secret(headers)
        return await gate.by_session(secret, address) or Caller.nobody(address)
    is_here = is_loopback(address) and is_loopback(host_of(headers.get("host", "")))
    return Caller.at_the_board(address) if is_here else Caller.nobody(address)


def _understood(name: str) -> IPv4Address | IPv6Address | None:
    try:
        ip = ip_address(name)
    except ValueError:
        return None
    return (ip.ipv4_mapped if isinstance(ip, IPv6Address) else None) or ip
