"""The kernel's tables: as Linux writes them, and as nobody would."""

import socket
import struct
import sys
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edged.ops.network.tables import (
    IFREQ_BYTES,
    Placed,
    Route,
    Signal,
    ipv4_addresses,
    ipv4_of,
    ipv4_routes,
    ipv6_addresses,
    ipv6_routes,
    name_servers,
    prefix_of,
    signals,
)

ROUTE = """\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
wlan0\t00000000\t0101000A\t0003\t0\t0\t600\t00000000\t0\t0\t0
eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
wwan0\t00000000\t00000000\t0001\t0\t0\t700\t00000000\t0\t0\t0
"""
ROUTE_6 = """\
fd000000000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 1 0 00000001     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 3 0 00000003     eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 1 0 00200200       lo
"""  # noqa: E501  a line of the kernel's table, byte for byte
IF_INET6 = """\
00000000000000000000000000000001 01 80 10 80       lo
fd000000000000000000000000000002 02 40 00 82     eth0
fe8000000000000000fc00fffe000001 02 40 20 80     eth0
"""
WIRELESS = """\
Inter-| sta-|   Quality        |   Discarded packets               | Missed | WE
 face | tus | link level noise |  nwid  crypt   frag  retry   misc | beacon | 22
 wlan0: 0000   54.  -56.  -256        0      0      0      0     11        0
 wlan1: 0000    0.  -256.  -256        0      0      0      0     11        0
"""


@pytest.mark.skipif(sys.byteorder == "big", reason="the table is in the machine's own byte order")
def test_default_routes() -> None:
    assert ipv4_routes(ROUTE) == [
        Route(100, IPv4Address("192.168.1.1"), "eth0"),
        Route(600, IPv4Address("10.0.1.1"), "wlan0"),
    ]
    assert ipv6_routes(ROUTE_6) == [Route(1024, IPv6Address("fe80::1"), "eth0")]


def test_addresses_of_version_6() -> None:
    assert ipv6_addresses(IF_INET6) == [
        Placed("lo", IPv6Address("::1"), 128),
        Placed("eth0", IPv6Address("fd00::2"), 64),
        Placed("eth0", IPv6Address("fe80::fc:ff:fe00:1"), 64),
    ]


def request(name: bytes, address: str, family: int = socket.AF_INET) -> bytes:
    """Return a ``struct ifreq``."""
    told = struct.pack("=16sHH4s", name, family, 0, IPv4Address(address).packed)
    return told.ljust(IFREQ_BYTES, b"\0")


def test_addresses_of_version_4() -> None:
    told = request(b"eth0", "192.168.1.7") + request(b"eth0:1", "10.0.0.1") + request(b"can0", "10.0.0.2", 29)
    assert ipv4_addresses(told) == [
        Placed("eth0", IPv4Address("192.168.1.7"), None),
        Placed("eth0", IPv4Address("10.0.0.1"), None),
    ]
    assert ipv4_of(request(b"eth0", "255.255.255.0")) == IPv4Address("255.255.255.0")


@pytest.mark.parametrize(
    ("mask", "length"),
    [("255.255.255.0", 24), ("0.0.0.0", 0), ("255.255.255.255", 32), ("255.0.255.0", None)],  # noqa: S104  a text that is parsed or compared; nothing listens there
)
def test_masks(mask: str, length: int | None) -> None:
    assert prefix_of(IPv4Address(mask)) == length


def test_how_a_wifi_is_received() -> None:
    assert signals(WIRELESS) == {"wlan0": Signal(-56), "wlan1": Signal(None)}


def test_name_servers() -> None:
    text = (
        "# nameserver 9.9.9.9\nnameserver 192.168.1.1\nnameserver\tfe80::1%eth0\nnameserver x\nsearch hall\n"
    )
    assert name_servers(text) == ["192.168.1.1", "fe80::1%eth0"]
    assert len(name_servers("nameserver 1.1.1.1\n" * 50)) == 8


TABLES = st.sampled_from([ROUTE, ROUTE_6, IF_INET6, WIRELESS, "nameserver 1.1.1.1\n"])
CUT = st.builds(
    lambda text, start, end, junk: text[:start] + junk + text[end:],
    TABLES,
    st.integers(0, 400),
    st.integers(0, 400),
    st.text(max_size=40),
)


@given(st.one_of(st.text(), CUT))
def test_whatever_stands_there_is_read(text: str) -> None:
    for route in [*ipv4_routes(text), *ipv6_routes(text)]:
        assert route.interface
        assert route.metric >= 0 or route.gateway.version == 4
    for placed in ipv6_addresses(text):
        assert placed.prefix is None or 0 <= placed.prefix <= 128
    for signal in signals(text).values():
        assert signal.level_dbm is None or -200 < signal.level_dbm < 0
    assert len(name_servers(text)) <= 8


@given(st.binary(max_size=5 * IFREQ_BYTES))
def test_whatever_the_kernel_wrote_is_read(data: bytes) -> None:
    for placed in ipv4_addresses(data):
        assert placed.interface
    ipv4_of(data)


@given(st.ip_addresses(v=4), st.integers(0, 32))
def test_a_mask_is_told_from_what_is_none(address: IPv4Address, length: int) -> None:
    mask = IPv4Address((0xFFFFFFFF << (32 - length)) & 0xFFFFFFFF)
    assert prefix_of(mask) == length
    assert (
        prefix_of(address) is None
        or int(address) == (0xFFFFFFFF << (32 - (prefix_of(address) or 0))) & 0xFFFFFFFF
    )
