"""The raw samples in data frames."""

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from drivers.decoders.fault import MalformedPacket


class SampleFormat(IntEnum):
    """How a number is written, little-endian."""

    I16 = 0
    U16 = 1
    I24 = 2
    I32 = 3
    F32 = 4


_SIZES: Final[Mapping[int, int]] = {
    SampleFormat.I16: 2,
    SampleFormat.U16: 2,
    SampleFormat.I24: 3,
    SampleFormat.I32: 4,
    SampleFormat.F32: 4,
}
_TYPES: Final[Mapping[int, str]] = {
    SampleFormat.I16: "<i2",
    SampleFormat.U16: "<u2",
    SampleFormat.I32: "<i4",
    SampleFormat.F32: "<f4",
}


def size(formats: Sequence[int]) -> int:
    """Return the bytes of one sample over all channels.

    Raises:
        MalformedPacket: a format is not known.
    """
    for sample_format in formats:
        if sample_format not in _SIZES:
            raise MalformedPacket(f"sample format {sample_format} is not known")
    return sum(_SIZES[sample_format] for sample_format in formats)


def unpack(samples: bytes, count: int, formats: Sequence[int]) -> NDArray[np.float64]:
    """Return raw values of shape ``(count, channels)``; bytes after them are ignored.

    Raises:
        MalformedPacket: there are fewer samples than that, or a format is not known.
    """
    width = size(formats)
    if len(samples) < count * width:
        raise MalformedPacket(f"{len(samples)} bytes of samples where {count} of them take {count * width}")
    table = np.frombuffer(samples, np.uint8, count * width).reshape(count, width)
    values = np.empty((count, len(formats)))
    at = 0
    for channel, sample_format in enumerate(formats):
        column = table[:, at : at + _SIZES[sample_format]]
        at += _SIZES[sample_format]
        if sample_format == SampleFormat.I24:
            shifted = np.zeros((count, 4), np.uint8)  # the sign comes out of the top byte
            shifted[:, 1:] = column
            values[:, channel] = shifted.view("<i4")[:, 0] >> 8
        else:
            values[:, channel] = np.ascontiguousarray(column).view(_TYPES[sample_format])[:, 0]
    return values


def pack(values: NDArray[np.float64], formats: Sequence[int]) -> bytes:
    """Return raw values of shape ``(count, channels)`` as a board sends them; each must fit its format."""
    columns: list[NDArray[np.uint8]] = []
    for channel, sample_format in enumerate(formats):
        wide = _TYPES.get(sample_format, "<i4")
        column = np.ascontiguousarray(values[:, channel : channel + 1]).astype(wide).view(np.uint8)
        columns.append(column[:, : _SIZES[sample_format]])
    return np.hstack(columns).tobytes()


def ramp(first: int, count: int, formats: Sequence[int]) -> NDArray[np.float64]:
    """Return the test pattern of a stream, of shape ``(count, channels)``.

    Of channel c and sample n since the start: ``(n + 256 c) mod 1024``, less 512 where the format has a sign.
    """
    samples = np.arange(first, first + count)[:, np.newaxis]
    offsets = 256 * np.arange(len(formats))
    signed = np.array([sample_format != SampleFormat.U16 for sample_format in formats])
    values: NDArray[np.float64] = ((samples + offsets) % 1024 - 512 * signed).astype(np.float64)
    return values
