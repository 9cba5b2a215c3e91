"""Consistent Overhead Byte Stuffing (Cheshire and Baker, 1999): no zero within, so that a zero can end it."""

from typing import Final

from drivers.decoders.fault import MalformedPacket

_BLOCK: Final = 254
"""Bytes without a zero after which a block ends without one."""


def encode(data: bytes) -> bytes:
    """Return it encoded, without the delimiter."""
    encoded = bytearray()
    *before_zeros, last = data.split(b"\0")
    for run in before_zeros:
        encoded += _blocks(run, len(run) // _BLOCK)
    encoded += _blocks(last, max(0, len(last) - 1) // _BLOCK)  # nothing follows, so the last may be full
    return bytes(encoded)


def decode(encoded: bytes) -> bytes:
    """Return what was encoded; any bytes but zeros are taken, canonical or not.

    Raises:
        MalformedPacket: it ends within a block.
    """
    decoded = bytearray()
    at = 0
    while at < len(encoded):
        code = encoded[at]
        block = encoded[at + 1 : at + code]
        if len(block) < code - 1:
            raise MalformedPacket(f"cut off, {code - 1 - len(block)} bytes before the end of a block")
        decoded += block
        at += code
        if code <= _BLOCK and at < len(encoded):
            decoded.append(0)
    return bytes(decoded)


def _blocks(run: bytes, full: int) -> bytes:
    """Return bytes without a zero as so many full blocks and another one."""
    cuts = range(0, (full + 1) * _BLOCK, _BLOCK)
    parts = [run[cut : cut + _BLOCK] for cut in cuts]
    return b"".join(bytes([len(part) + 1]) + part for part in parts)
