"""What only the kernel itself tells of the network: IPv4 addresses, the name of a Wi-Fi (netdevice(7))."""

import ctypes
import fcntl
import socket
import struct
from collections.abc import Iterator
from typing import Final, Protocol

from edged.ops.network.tables import IFREQ_BYTES, Placed, ipv4_addresses, ipv4_of, prefix_of

_SIOCGIFCONF: Final = 0x8912
_SIOCGIFNETMASK: Final = 0x891B
_SIOCGIWESSID: Final = 0x8B1B
"""Of the wireless extensions (linux/wireless.h), which the kernel offers for every Wi-Fi driver."""
_MOST: Final = 64
_LONGEST_SSID: Final = 32


class Kernel(Protocol):
    """Answers what no file does."""

    def ipv4(self) -> list[Placed]:
        """Return the addresses of all interfaces that are up."""

    def wifi_name(self, interface: str) -> str:
        """Return the SSID of the Wi-Fi that an interface is in; empty where nobody tells of one."""


class LinuxKernel:
    """Asks by ioctl(2), which a sandbox without netlink lets through."""

    def ipv4(self) -> list[Placed]:
        """Return the addresses of all interfaces that are up; none where it may not be asked."""
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
                return list(_ipv4(asked.fileno()))
        except OSError:
            return []

    def wifi_name(self, interface: str) -> str:
        """Return the SSID; see ``Kernel``."""
        name = ctypes.create_string_buffer(_LONGEST_SSID + 1)
        request = struct.pack("16sPHH", interface.encode()[:15], ctypes.addressof(name), _LONGEST_SSID, 0)
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
                answer = fcntl.ioctl(asked.fileno(), _SIOCGIWESSID, request.ljust(IFREQ_BYTES, b"\0"))
        except OSError:
            return ""
        length = min(struct.unpack_from("16sPHH", answer)[2], _LONGEST_SSID)
        return name.raw[:length].rstrip(b"\0").decode("utf-8", "replace")


def _ipv4(descriptor: int) -> Iterator[Placed]:
    room = ctypes.create_string_buffer(_MOST * IFREQ_BYTES)
    asked = struct.pack("iP", len(room), ctypes.addressof(room))
    (length,) = struct.unpack_from("i", fcntl.ioctl(descriptor, _SIOCGIFCONF, asked))
    for interface, address, _ in ipv4_addresses(room.raw[: max(length, 0)]):
        yield Placed(interface, address, _prefix(descriptor, interface))


def _prefix(descriptor: int, interface: str) -> int | None:
    try:
        request = interface.encode()[:15].ljust(IFREQ_BYTES, b"\0")
        mask = ipv4_of(fcntl.ioctl(descriptor, _SIOCGIFNETMASK, request))
    except OSError:  # it has gone meanwhile
        return None
    return None if mask is None else prefix_of(mask)
