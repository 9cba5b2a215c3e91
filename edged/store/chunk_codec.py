"""Packs a chunk's samples into bytes and back, without loss.

Layout, little-endian: version u8 (1) | layout u8 | n varint | first time i64 | times | values | quality.
Layout bits 0-2 choose the narrowest value type that holds every value exactly, bit 3 the times
(0: evenly spaced, f64 spacing; 1: n - 1 differences as zigzag varints), bits 4-5 the quality (0: all
good, 1: one u16 for all, 2: a u16 a sample). The stream's description is kept once, beside the stream.
"""

import math
import struct
from typing import Final

import numpy as np
from numpy.typing import NDArray

from edged.errors import StoreCorrupt
from edged.model import Chunk, StreamInfo

_VERSION: Final = 1
_TYPES: Final = ("<i1", "<i2", "<i4", "<f4", "<f8")
_DIFFERENCES: Final = 1 << 3
_QUALITY_ONE: Final = 1 << 4
_QUALITY_EACH: Final = 2 << 4
_KNOWN_BITS: Final = 0b111 | _DIFFERENCES | _QUALITY_ONE | _QUALITY_EACH


def pack(chunk: Chunk) -> bytes:
    """Return the samples of a chunk as bytes."""
    n = len(chunk)
    kind, values = _narrowest(chunk.values)
    layout = kind
    spacing = _even_spacing(chunk.times_ns)
    if spacing is None:
        layout |= _DIFFERENCES
        times = b"".join(_varint(_zigzag(int(d))) for d in np.diff(chunk.times_ns))
    else:
        times = struct.pack("<d", spacing) if n > 1 else b""
    quality = b""
    first = int(chunk.quality[0])
    if np.any(chunk.quality != first):
        layout |= _QUALITY_EACH
        quality = chunk.quality.astype("<u2").tobytes()
    elif first:
        layout |= _QUALITY_ONE
        quality = struct.pack("<H", first)
    head = struct.pack("<BB", _VERSION, layout) + _varint(n) + struct.pack("<q", int(chunk.times_ns[0]))
    return head + times + values + quality


def unpack(data: bytes, info: StreamInfo, seq: int) -> Chunk:
    """Return the chunk that ``pack`` was given.

    Raises:
        StoreCorrupt: the bytes are not a packed chunk of that stream.
    """
    try:
        return _unpack(data, info, seq)
    except (ValueError, IndexError, struct.error) as error:
        raise StoreCorrupt(f"a packed chunk of {info.quantity} cannot be read: {error}") from error


def _unpack(data: bytes, info: StreamInfo, seq: int) -> Chunk:
    version, layout = data[0], data[1]
    if version != _VERSION:
        raise ValueError(f"its layout version is {version}, known is {_VERSION}")
    if layout & ~_KNOWN_BITS or layout & (_QUALITY_ONE | _QUALITY_EACH) == _QUALITY_ONE | _QUALITY_EACH:
        raise ValueError(f"its layout {layout:#x} is not known")
    n, at = _read_varint(data, 2)
    if not 1 <= n <= len(data):  # a sample takes a byte at least
        raise ValueError(f"it claims {n} samples")
    times, at = _unpack_times(data, at, n, even=not layout & _DIFFERENCES)
    width = len(info.channels)
    dtype = np.dtype(_TYPES[layout & 0b111])
    with np.errstate(invalid="ignore"):  # a signalling NaN is one too
        values = np.frombuffer(data, dtype, n * width, at).astype(np.float64).reshape(n, width)
    at += n * width * dtype.itemsize
    if layout & _QUALITY_EACH:
        quality = np.frombuffer(data, "<u2", n, at).astype(np.uint16)
        at += 2 * n
    elif layout & _QUALITY_ONE:
        (one,) = struct.unpack_from("<H", data, at)
        quality = np.full(n, one, dtype=np.uint16)
        at += 2
    else:
        quality = np.zeros(n, dtype=np.uint16)
    if at != len(data):
        raise ValueError(f"{len(data) - at} bytes are left over")
    return Chunk(info, seq, times, values, quality)


def _unpack_times(data: bytes, at: int, n: int, *, even: bool) -> tuple[NDArray[np.int64], int]:
    (first,) = struct.unpack_from("<q", data, at)
    at += 8
    if n == 1:
        return np.array([first], dtype=np.int64), at
    if even:
        (spacing,) = struct.unpack_from("<d", data, at)
        if not math.isfinite(spacing):
            raise ValueError(f"its samples are {spacing} ns apart")
        return _spaced(first, spacing, n), at + 8
    steps = [first]
    for _ in range(1, n):
        step, at = _read_varint(data, at)
        steps.append(_unzigzag(step))
    return np.cumsum(np.array(steps, dtype=np.int64)), at


def _even_spacing(times_ns: NDArray[np.int64]) -> float | None:
    """Return the spacing in ns that gives exactly these times; None if they are uneven."""
    if len(times_ns) == 1:
        return 0.0
    spacing = (int(times_ns[-1]) - int(times_ns[0])) / (len(times_ns) - 1)
    return spacing if np.array_equal(_spaced(int(times_ns[0]), spacing, len(times_ns)), times_ns) else None


def _spaced(first: int, spacing: float, n: int) -> NDArray[np.int64]:
    with np.errstate(invalid="ignore", over="ignore"):  # what does not fit is found to be uneven
        offsets: NDArray[np.int64] = np.rint(np.arange(n) * spacing).astype(np.int64)
    return first + offsets


def _narrowest(values: NDArray[np.float64]) -> tuple[int, bytes]:
    """Return the first type that holds every value to the bit, and the values in it.

    A negative zero and a value that is not a number are kept too: integers have neither.
    """
    exact = values.tobytes()
    with np.errstate(invalid="ignore", over="ignore"):
        for kind, name in enumerate(_TYPES[:-1]):
            narrow = values.astype(name)
            if narrow.astype(np.float64).tobytes() == exact:
                return kind, narrow.tobytes()
    return len(_TYPES) - 1, values.astype(_TYPES[-1]).tobytes()


def _zigzag(number: int) -> int:
    """Map -2**63 .. 2**63 - 1 to 0 .. 2**64 - 1, small ones to small ones."""
    return number << 1 ^ number >> 63


def _unzigzag(number: int) -> int:
    return number >> 1 ^ -(number & 1)


def _varint(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[at]
        number |= (byte & 0x7F) << shift
        at += 1
        if number >> 64:
            raise ValueError("a number does not end")
        if not byte & 0x80:
            return number, at
        shift += 7
