"""Asks chronyd by what it sets the clock: the report that `chronyc tracking` shows (candm.h, version 6)."""

import socket
import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import Final

ADDRESS: Final = ("127.0.0.1", 323)
TIMEOUT_S: Final = 0.3
REQUEST: Final = struct.pack(">BBBBHHIII", 6, 1, 0, 0, 33, 0, 1, 0, 0).ljust(104, b"\0")
"""REQ_TRACKING, sequence 1, as long as its answer: chronyd amplifies nothing."""

_ANSWER: Final = struct.Struct(">BBBBHHHHHHIII")
_RPY_TRACKING: Final = 5
_TRACKING: Final = struct.Struct(">I16sHHHHIIII")
"""Up to the offset: reference id, address, its family, padding, stratum, leap status, time, offset."""
_FLOAT_BITS, _COEFFICIENT_BITS = 7, 25
_UNSYNCED_LEAP: Final = 3


@dataclass(frozen=True, slots=True)
class Tracking:
    """What chronyd follows.

    Attributes:
        is_synced: whether it follows anything.
        server: address, or the name of a reference clock; empty for none.
        stratum: of this board; 0 for none.
        set_s: when it last heard of the time, seconds since 1970.
        offset_s: the clock is behind by, s.
    """

    is_synced: bool
    server: str
    stratum: int
    set_s: float
    offset_s: float


def ask(address: tuple[str, int] = ADDRESS) -> Tracking | None:
    """Return what chronyd says; None where none answers. Blocks for ``TIMEOUT_S`` at most."""
    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
            asked.settimeout(TIMEOUT_S)
            asked.connect(address)
            asked.send(REQUEST)
            return tracking(asked.recv(1024))
    except OSError:
        return None


def tracking(answer: bytes) -> Tracking | None:
    """Return what an answer says; None for what is none."""
    if len(answer) < _ANSWER.size + _TRACKING.size:
        return None
    version, kind, _, _, _, reply, status, *_ = _ANSWER.unpack_from(answer)
    if (version, kind, reply, status) != (6, 2, _RPY_TRACKING, 0):
        return None
    reference, raw, family, _, stratum, leap, high_s, low_s, _, offset = _TRACKING.unpack_from(
        answer, _ANSWER.size
    )
    server = _server(reference, raw, family)
    high_s = 0 if high_s == 0x7FFFFFFF else high_s
    return Tracking(
        leap != _UNSYNCED_LEAP and stratum > 0,
        server,
        stratum,
        float((high_s << 32) + low_s),
        _float(offset),
    )


def _server(reference: int, raw: bytes, family: int) -> str:
    if family == 1:
        return str(IPv4Address(raw[:4]))
    if family == 2:
        return str(IPv6Address(raw))
    name = struct.pack(">I", reference).strip(b"\0")
    return name.decode("ascii") if name.isalnum() else ""


def _float(word: int) -> float:
    """Return chrony's own kind of number: 7 bits of exponent, 25 of coefficient, both signed."""
    exponent, coefficient = word >> _COEFFICIENT_BITS, word & (1 << _COEFFICIENT_BITS) - 1
    exponent -= (exponent >> _FLOAT_BITS - 1) << _FLOAT_BITS
    coefficient -= (coefficient >> _COEFFICIENT_BITS - 1) << _COEFFICIENT_BITS
    return float(coefficient * 2.0 ** (exponent - _COEFFICIENT_BITS))
