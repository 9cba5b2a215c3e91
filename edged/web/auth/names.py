"""The names by which the page may be asked: any address, this machine's name, and configured ones."""

import re
import socket
from collections.abc import Collection, Iterable
from ipaddress import ip_address


class Names:
    """What a Host header may say. A rebound name is a name: addresses cannot be rebound (DNS rebinding).

    Args:
        more: beside those that every board has.
    """

    def __init__(self, more: Iterable[str] = ()) -> None:
        own = socket.gethostname().lower()
        # Where two boards have the same name, mDNS gives one of them another (RFC 6762, section 9).
        self._renamed = re.compile(rf"{re.escape(own.partition('.')[0])}-[0-9]{{1,3}}\.local")
        self._names: Collection[str] = {
            "localhost",
            own,
            own.partition(".")[0],
            f"{own.partition('.')[0]}.local",
            *(name.lower() for name in more),
        } - {""}

    def __contains__(self, host: str) -> bool:
        """Say whether a Host header is one of ours, whatever the port."""
        name = host_of(host)
        if name in self._names or self._renamed.fullmatch(name):
            return True
        try:
            ip_address(name)
        except ValueError:
            return False
        return True


def host_of(host: str) -> str:
    """Return the name or address in a Host header, without port and brackets, lower case."""
    if host.startswith("["):
        return host[1:].partition("]")[0].lower()
    return host.partition(":")[0].lower()
