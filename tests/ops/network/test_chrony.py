"""What chronyd answers: by its own layout, over a real socket, and what is no answer."""

import socket
import struct
import threading
from ipaddress import IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edged.ops.network.chrony import REQUEST, Tracking, ask, tracking


def number(value: float) -> int:
    """Return chrony's kind of number, as its UTI_FloatHostToNetwork makes it."""
    if value == 0:
        return 0
    exponent, coefficient = 0, value
    while abs(coefficient) < 2**23:
        coefficient, exponent = coefficient * 2, exponent - 1
    return ((exponent + 25) & 0x7F) << 25 | round(coefficient) & 0x1FFFFFF


def answer(
    *,
    offset: float = 0.0,
    family: int = 1,
    address: bytes = b"\xc0\xa8\x01\x01",
    leap: int = 0,
    stratum: int = 3,
) -> bytes:
    head = struct.pack(">BBBBHHHHHHIII", 6, 2, 0, 0, 33, 5, 0, 0, 0, 0, 1, 0, 0)
    body = struct.pack(">I16sHH", 0xC0A80101, address, family, 0)
    body += struct.pack(">HHIII", stratum, leap, 0, 1_767_225_600, 0)
    return head + body + struct.pack(">9I", number(offset), *[0] * 8)


def test_it_is_as_long_as_the_answer() -> None:
    assert len(REQUEST) == len(answer()) == 104


def test_a_server_that_is_followed() -> None:
    assert tracking(answer(offset=0.0625)) == Tracking(
        is_synced=True, server="192.168.1.1", stratum=3, set_s=1_767_225_600.0, offset_s=0.0625
    )


@pytest.mark.parametrize("offset", [0.0, 1e-6, -1e-6, 0.5, -2.25, 3600.0, -86_400.0])
def test_offsets(offset: float) -> None:
    found = tracking(answer(offset=offset))
    assert found is not None
    assert found.offset_s == pytest.approx(offset, rel=1e-6)


def test_a_server_of_version_6_a_clock_and_none() -> None:
    six = tracking(answer(family=2, address=IPv6Address("fd00::1").packed))
    assert six is not None
    assert six.server == "fd00::1"
    receiver = bytearray(answer(family=0, address=b""))
    receiver[28:32] = b"PPS\0"
    clock = tracking(bytes(receiver))
    assert clock is not None
    assert clock.server == "PPS"
    lost = tracking(answer(family=0, address=b"", leap=3, stratum=0))
    assert lost is not None
    assert (lost.is_synced, lost.server) == (False, "")


@pytest.mark.parametrize(
    "other", [b"", answer()[:-40], b"\x05" + answer()[1:], answer()[:8] + b"\x00\x01" + answer()[10:]]
)
def test_what_is_no_answer(other: bytes) -> None:
    assert tracking(other) is None


@given(st.binary(max_size=200))
def test_whatever_comes_is_read(data: bytes) -> None:
    tracking(data)
    tracking(answer()[:28] + data.ljust(80, b"\xff"))


def test_it_is_asked_over_udp() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as chronyd:
        chronyd.bind(("127.0.0.1", 0))
        asked: list[bytes] = []

        def serve() -> None:
            request, who = chronyd.recvfrom(1024)
            asked.append(request)
            chronyd.sendto(answer(offset=-0.001), who)

        thread = threading.Thread(target=serve)
        thread.start()
        found = ask(chronyd.getsockname())
        thread.join()
    assert asked == [REQUEST]
    assert found is not None
    assert found.offset_s == pytest.approx(-0.001, rel=1e-6)


def test_nobody_answers() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        where = free.getsockname()
    assert ask(where) is None
