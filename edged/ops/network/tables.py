"""The kernel's tables of the network (proc(5), netdevice(7)); what is no entry is left out."""

import re
import socket
import struct
import sys
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final, NamedTuple

_RTF_UP, _RTF_GATEWAY = 0x1, 0x2
_NAME_BYTES: Final = 16
IFREQ_BYTES: Final = _NAME_BYTES + (24 if sys.maxsize > 2**32 else 16)
"""``struct ifreq``: a name, and the largest that can stand beside it."""
_SERVERS: Final = 8


class Route(NamedTuple):
    """A default route."""

    metric: int
    gateway: IPv4Address | IPv6Address
    interface: str


class Placed(NamedTuple):
    """An address of an interface; without a prefix where that is not known."""

    interface: str
    address: IPv4Address | IPv6Address
    prefix: int | None


class Signal(NamedTuple):
    """How a Wi-Fi is received."""

    level_dbm: int | None


def ipv4_routes(table: str) -> list[Route]:
    """Return the default routes of ``/proc/net/route``; its addresses are in the machine's own byte order."""
    found = []
    for row in table.splitlines()[1:]:
        fields = row.split()
        try:
            name, destination, gateway, flags, metric, mask = (*fields[:4], fields[6], fields[7])
            is_default = not int(destination, 16) and not int(mask, 16)
            if is_default and int(flags, 16) & (_RTF_UP | _RTF_GATEWAY) == _RTF_UP | _RTF_GATEWAY:
                address = IPv4Address(struct.pack("=I", int(gateway, 16)))
                found.append(Route(int(metric), address, name))
        except (ValueError, IndexError, struct.error):
            continue
    return found


def ipv6_routes(table: str) -> list[Route]:
    """Return the default routes of ``/proc/net/ipv6_route``."""
    found = []
    for row in table.splitlines():
        fields = row.split()
        try:
            destination, length, gateway, metric, flags, name = (*fields[:2], *fields[4:6], *fields[8:10])
            is_default = not int(destination, 16) and not int(length, 16)
            if is_default and int(flags, 16) & _RTF_GATEWAY:
                found.append(Route(int(metric, 16), IPv6Address(bytes.fromhex(gateway)), name))
        except (ValueError, IndexError):
            continue
    return found


def ipv6_addresses(table: str) -> list[Placed]:
    """Return the addresses of ``/proc/net/if_inet6``."""
    found = []
    for row in table.splitlines():
        fields = row.split()
        try:
            address = IPv6Address(bytes.fromhex(fields[0]))
            found.append(Placed(fields[5], address, _prefix(int(fields[2], 16), 128)))
        except (ValueError, IndexError):
            continue
    return found


def ipv4_addresses(requests: bytes) -> list[Placed]:
    """Return the addresses of what SIOCGIFCONF has written: ``struct ifreq`` after ``struct ifreq``."""
    found = []
    for start in range(0, len(requests) - IFREQ_BYTES + 1, IFREQ_BYTES):
        address = ipv4_of(requests[start : start + IFREQ_BYTES])
        name = requests[start : start + _NAME_BYTES].split(b"\0", 1)[0].decode("ascii", "replace")
        if address is not None and name:
            found.append(Placed(name.partition(":")[0], address, None))
    return found


def ipv4_of(request: bytes) -> IPv4Address | None:
    """Return the address in a ``struct ifreq``; None where there is another thing."""
    if len(request) < _NAME_BYTES + 8:
        return None
    (family,) = struct.unpack_from("=H", request, _NAME_BYTES)
    return IPv4Address(request[_NAME_BYTES + 4 : _NAME_BYTES + 8]) if family == socket.AF_INET else None


def prefix_of(mask: IPv4Address) -> int | None:
    """Return the length of the prefix that a mask leaves; None for what is no mask."""
    bits = f"{int(mask):032b}"
    return bits.count("1") if "01" not in bits else None


def signals(table: str) -> dict[str, Signal]:
    """Return how each interface of ``/proc/net/wireless`` is received."""
    found = {}
    for row in table.splitlines():
        if match := re.fullmatch(r"\s*(\S{1,15}):\s+[0-9a-fA-F]+\s+-?\d+\.?\s+(-?\d{1,4})(\.?)\s.*", row):
            level = int(match[2])
            found[match[1]] = Signal(level if -200 < level < 0 else None)
    return found


def name_servers(text: str) -> list[str]:
    """Return the name servers of a ``resolv.conf`` (resolv.conf(5)), eight at most."""
    return list(_servers(text))[:_SERVERS]


def _servers(text: str) -> Iterator[str]:
    for line in text.splitlines():
        words = line.split()
        if len(words) > 1 and words[0] == "nameserver":
            try:
                yield str(ip_address(words[1]))
            except ValueError:
                continue


def _prefix(length: int, most: int) -> int | None:
    return length if 0 <= length <= most else None
