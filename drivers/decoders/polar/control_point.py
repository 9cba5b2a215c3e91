"""The bytes of the PMD control point: features, commands, and the answers to them."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from math import isfinite
from typing import Final, Self

from drivers.decoders.fault import MalformedPacket
from drivers.decoders.polar.measurement import MeasurementType, SettingType

FEATURES: Final = 0x0F
"""First byte of what is read."""
RESPONSE: Final = 0xF0
"""First byte of an indication that answers a command."""
STOPPED: Final = 0x01
"""First byte of an indication that the device itself ended measurements."""

Settings = Mapping[SettingType, tuple[int, ...]]
"""What a device offers, or tells of what it started; a setting may have several values."""


class OpCode(IntEnum):
    """Commands."""

    GET_SETTINGS = 1
    START = 2
    STOP = 3


class ResponseCode(IntEnum):
    """How a command ended."""

    SUCCESS = 0
    INVALID_OP_CODE = 1
    INVALID_MEASUREMENT_TYPE = 2
    NOT_SUPPORTED = 3
    INVALID_LENGTH = 4
    INVALID_PARAMETER = 5
    ALREADY_IN_STATE = 6
    INVALID_RESOLUTION = 7
    INVALID_SAMPLE_RATE = 8
    INVALID_RANGE = 9
    INVALID_MTU = 10
    INVALID_NUMBER_OF_CHANNELS = 11
    INVALID_STATE = 12
    DEVICE_IN_CHARGER = 13
    DISK_FULL = 14


FOR_EVER: Final = frozenset(
    {ResponseCode.INVALID_OP_CODE, ResponseCode.INVALID_MEASUREMENT_TYPE, ResponseCode.NOT_SUPPORTED}
)
"""What asking again does not change."""

_WORDS: Final[Mapping[int, str]] = {
    ResponseCode.SUCCESS: "it was done",
    ResponseCode.INVALID_OP_CODE: "the device does not know the command",
    ResponseCode.INVALID_MEASUREMENT_TYPE: "the device does not know this measurement",
    ResponseCode.NOT_SUPPORTED: "the device does not support it",
    ResponseCode.INVALID_LENGTH: "the device found the command too long or too short",
    ResponseCode.INVALID_PARAMETER: "the device does not take a parameter",
    ResponseCode.ALREADY_IN_STATE: "the device does so already",
    ResponseCode.INVALID_RESOLUTION: "the device does not have this resolution",
    ResponseCode.INVALID_SAMPLE_RATE: "the device does not have this rate",
    ResponseCode.INVALID_RANGE: "the device does not have this range",
    ResponseCode.INVALID_MTU: "the packets of the connection are too small (MTU below 232)",
    ResponseCode.INVALID_NUMBER_OF_CHANNELS: "the device does not have so many channels",
    ResponseCode.INVALID_STATE: "the device is busy with something else, such as a recording of its own",
    ResponseCode.DEVICE_IN_CHARGER: "the device is in its charger",
    ResponseCode.DISK_FULL: "the device's memory is full",
}

_SIZES: Final[Mapping[int, int]] = {
    SettingType.SAMPLE_RATE: 2,
    SettingType.RESOLUTION: 2,
    SettingType.RANGE: 2,
    SettingType.RANGE_MILLI_UNIT: 4,
    SettingType.CHANNELS: 1,
    SettingType.FACTOR: 4,
}
"""Bytes of a value."""

_TYPE_MASK: Final = 0x3F  # above it is whether the device records it for itself


@dataclass(frozen=True, slots=True)
class Response:
    """An answer to a command.

    Attributes:
        op_code: of the command; a number where it is none of ``OpCode``, and so below.
        measurement_type: that it was about.
        code: a ``ResponseCode``.
        has_more: whether another answer goes on with the parameters.
        parameters: settings.
    """

    op_code: int
    measurement_type: int
    code: int
    has_more: bool = False
    parameters: bytes = b""

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read one.

        Raises:
            MalformedPacket: it is too short.
        """
        if len(data) < 4:
            raise MalformedPacket(f"{len(data)} bytes where an answer has at least 4")
        return cls(data[1], data[2] & _TYPE_MASK, data[3], data[4:5] not in {b"", b"\0"}, data[5:])


def in_words(code: int) -> str:
    """Return what a response code means, for a technician."""
    return _WORDS.get(code, f"the device says error {code}")


def parse_features(data: bytes) -> frozenset[MeasurementType]:
    """Return what a device can measure, of what is known here.

    Raises:
        MalformedPacket: it is too short.
    """
    if len(data) < 2:
        raise MalformedPacket("no features in it")
    return frozenset(kind for kind in MeasurementType if data[1] & 1 << kind)


def parse_settings(parameters: bytes) -> Settings:
    """Return settings, each with the values that are told.

    What follows a setting of an unknown type cannot be read and is left out, and so is a single byte at the
    end, which sensors add.

    Raises:
        MalformedPacket: a value is cut off.
    """
    settings: dict[SettingType, tuple[int, ...]] = {}
    at = 0
    while at + 2 < len(parameters):
        kind, count = parameters[at], parameters[at + 1]
        size = _SIZES.get(kind)
        if size is None:
            break
        at += 2
        values = parameters[at : at + count * size]
        if len(values) < count * size:
            raise MalformedPacket(f"{len(values)} bytes where {count} values of setting {kind} are announced")
        settings[SettingType(kind)] = tuple(
            int.from_bytes(values[n : n + size], "little") for n in range(0, len(values), size)
        )
        at += count * size
    return settings


def factor(settings: Settings) -> float:
    """Return what the samples are to be multiplied by: 1 where nothing is told, or no such number."""
    values = settings.get(SettingType.FACTOR, ())
    if not values:
        return 1.0
    value: float = struct.unpack("<f", struct.pack("<I", values[0]))[0]
    return value if isfinite(value) and value > 0 else 1.0


def choose(offered: Settings, wanted: Mapping[SettingType, int]) -> Mapping[SettingType, int]:
    """Return the offered settings nearest to those wanted, and the greatest of what is left open."""
    return {
        kind: _nearest(values, wanted[kind]) if kind in wanted else max(values)
        for kind, values in sorted(offered.items())
        if values and kind is not SettingType.FACTOR
    }


def get_settings(measurement_type: MeasurementType) -> bytes:
    """Encode the question what a device offers."""
    return bytes((OpCode.GET_SETTINGS, measurement_type))


def start(measurement_type: MeasurementType, settings: Mapping[SettingType, int]) -> bytes:
    """Encode the command to start, with one value a setting."""
    data = bytes((OpCode.START, measurement_type))
    for kind, value in settings.items():
        data += bytes((kind, 1)) + value.to_bytes(_SIZES[kind], "little")
    return data


def stop(measurement_type: MeasurementType) -> bytes:
    """Encode the command to stop."""
    return bytes((OpCode.STOP, measurement_type))


def _nearest(values: tuple[int, ...], wanted: int) -> int:
    return min(values, key=lambda value: (abs(value - wanted), value))
