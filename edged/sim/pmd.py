"""A simulated Polar Measurement Data service: its control point, and the frames that it sends.

Written from Polar's "Polar Measurement Data Specification for 3rd party" and from what H10 and Verity Sense
were seen to answer; it shares nothing with the decoder, which it helps to test.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import pairwise
from typing import Final, Protocol, Self

from edged.model import NS_PER_S, Packet
from edged.sim.device import radio_delay_ns

CONTROL_POINT: Final = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
DATA: Final = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"

PAYLOAD_BYTES: Final = 229
"""Most that a notification carries at the ATT MTU of 232 that Polar asks for."""

UNSET_CLOCK_NS: Final = 599_616_000 * NS_PER_S
"""2019-01-01, where an unset clock begins, in nanoseconds since the epoch of 2000-01-01."""

DELTA: Final = 0x80
"""In the frame type: the samples are differences, packed."""

_FEATURES: Final = 0x0F
_RESPONSE: Final = 0xF0
_HEADER_BYTES: Final = 10
_OFFLINE: Final = 0x80
_KEPT_ANSWERS: Final = 16


class MeasurementType(IntEnum):
    """What is measured, of what is simulated here and what is not."""

    ECG = 0
    PPG = 1
    ACC = 2
    PPI = 3
    GYRO = 5
    MAGNETOMETER = 6


class Setting(IntEnum):
    """The type of a setting, which tells how wide its values are."""

    SAMPLE_RATE = 0
    RESOLUTION = 1
    RANGE = 2
    CHANNELS = 4
    FACTOR = 5


class OpCode(IntEnum):
    """A command."""

    GET_SETTINGS = 1
    START = 2
    STOP = 3


class Status(IntEnum):
    """What becomes of a command."""

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
    INVALID_NUMBER_OF_CHANNELS = 11


_LAYOUTS: Final[Mapping[Setting, str]] = {
    Setting.SAMPLE_RATE: "<H",
    Setting.RESOLUTION: "<H",
    Setting.RANGE: "<H",
    Setting.CHANNELS: "<B",
    Setting.FACTOR: "<f",
}

_REFUSALS: Final[Mapping[Setting, Status]] = {
    Setting.SAMPLE_RATE: Status.INVALID_SAMPLE_RATE,
    Setting.RESOLUTION: Status.INVALID_RESOLUTION,
    Setting.RANGE: Status.INVALID_RANGE,
    Setting.CHANNELS: Status.INVALID_NUMBER_OF_CHANNELS,
}

Settings = Mapping[Setting, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Started:
    """A measurement that was started.

    Attributes:
        kind: what is measured.
        at_ns: when, in the device's time.
        chosen: the value of each setting.
    """

    kind: MeasurementType
    at_ns: int
    chosen: Mapping[Setting, int]


class Measurement(Protocol):
    """Something that a device can measure."""

    @property
    def kind(self) -> MeasurementType:
        """What it is."""

    @property
    def settings(self) -> Settings:
        """What may be chosen."""

    @property
    def factor(self) -> float | None:
        """What samples are to be multiplied by, where the device says so when it is started."""

    def frames(self, started: Started, start_ns: int, end_ns: int) -> Iterator[Packet]:
        """Yield the frames that arrive from ``start_ns`` to before ``end_ns``, oldest first."""


@dataclass(frozen=True, slots=True)
class MeasurementService:
    """The service: a value, as the commands so far left it.

    Attributes:
        measurements: what it can measure.
        seed: which device.
        started: what it measures now.
        answers: its latest ones, each at its time.
    """

    measurements: tuple[Measurement, ...]
    seed: int = 0
    started: tuple[Started, ...] = ()
    answers: tuple[Packet, ...] = ()

    @property
    def features(self) -> bytes:
        """What can be read from the control point: which measurements there are, a bit each."""
        bits = sum(1 << measurement.kind for measurement in self.measurements)
        return bytes((_FEATURES, bits)) + bytes(15)

    def notifications(self, start_ns: int, end_ns: int) -> list[Packet]:
        """Return answers and frames, unsorted."""
        told = [answer for answer in self.answers if start_ns <= answer.mono_ns < end_ns]
        of_kind = {measurement.kind: measurement for measurement in self.measurements}
        for started in self.started:
            told += of_kind[started.kind].frames(started, start_ns, end_ns)
        return told

    def written(self, data: bytes, at_ns: int) -> Self:
        """Return the service as a command to the control point leaves it."""
        op_code = data[0] if data else 0
        kind = data[1] if len(data) > 1 else 0
        status, parameters, started = self._obey(data, at_ns)
        more = b"\x00"  # all fits into one answer
        answer = bytes((_RESPONSE, op_code, kind, status)) + more + parameters
        arrival_ns = at_ns + radio_delay_ns(self.seed, "answer", at_ns)
        if self.answers:
            arrival_ns = max(arrival_ns, self.answers[-1].mono_ns + 1)
        kept = (*self.answers, Packet(CONTROL_POINT, answer, arrival_ns))[-_KEPT_ANSWERS:]
        return replace(self, started=started, answers=kept)

    def _obey(self, data: bytes, at_ns: int) -> tuple[Status, bytes, tuple[Started, ...]]:
        """Return what becomes of a command, what is told with it, and what is measured from now on."""
        measurement = next((m for m in self.measurements if data[1:2] == bytes((m.kind,))), None)
        if measurement is None or data[0] not in set(OpCode) or (len(data) > 2 and data[0] != OpCode.START):
            return _refusal(data), b"", self.started
        if data[0] == OpCode.GET_SETTINGS:
            return Status.SUCCESS, encode_settings(measurement.settings), self.started
        others = tuple(started for started in self.started if started.kind != measurement.kind)
        if (data[0] == OpCode.START) == (len(others) < len(self.started)):
            return Status.ALREADY_IN_STATE, b"", self.started
        if data[0] == OpCode.STOP:
            return Status.SUCCESS, b"", others
        status, chosen = _choose(measurement.settings, data[2:])
        if status is not Status.SUCCESS:
            return status, b"", self.started
        factor = measurement.factor
        told = b"" if factor is None else bytes((Setting.FACTOR, 1)) + struct.pack("<f", factor)
        return status, told, (*others, Started(measurement.kind, at_ns, chosen))


def encode_settings(settings: Settings) -> bytes:
    """Encode settings: of each the type, the number of values, and the values."""
    return b"".join(
        bytes((setting, len(values))) + b"".join(struct.pack(_LAYOUTS[setting], value) for value in values)
        for setting, values in settings.items()
    )


def frame(kind: MeasurementType, timestamp_ns: int, frame_type: int, content: bytes) -> bytes:
    """Encode a data frame; the timestamp is that of its last sample, since 2000-01-01."""
    return struct.pack("<BQB", kind, timestamp_ns, frame_type) + content


def stepped(data: bytes, step_ns: int) -> bytes:
    """Return a frame as a clock that was stepped stamps it; one without a timestamp stays as it is."""
    if len(data) < _HEADER_BYTES:
        return data
    kind, timestamp_ns, frame_type = struct.unpack_from("<BQB", data)
    if timestamp_ns == 0:
        return data
    return struct.pack("<BQB", kind, max(1, timestamp_ns + step_ns), frame_type) + data[_HEADER_BYTES:]


def encode_deltas(samples: list[list[int]], value_bytes: int, block: int = 16) -> bytes:
    """Encode samples as differences.

    The first sample stands as it is, each channel in ``value_bytes`` bytes. Then come blocks: the width of a
    difference in bits, the number of samples, and for each sample a difference for each channel, least
    significant bit first, padded with zeros to a whole byte.

    Args:
        samples: shape (n, channels), n at least 1.
        value_bytes: width of the first sample's values, little-endian, signed.
        block: samples in a block, 1 to 255.
    """
    content = b"".join(value.to_bytes(value_bytes, "little", signed=True) for value in samples[0])
    deltas = [[after - before for before, after in zip(*pair, strict=True)] for pair in pairwise(samples)]
    for start in range(0, len(deltas), block):
        part = deltas[start : start + block]
        # A bit for the sign: -4 takes three bits, 4 takes four.
        width = max(1, *((delta if delta >= 0 else ~delta).bit_length() + 1 for row in part for delta in row))
        bits = at = 0
        for row in part:
            for delta in row:
                bits |= (delta & ((1 << width) - 1)) << at
                at += width
        content += bytes((width, len(part))) + bits.to_bytes(-(-at // 8), "little")
    return content


def _refusal(data: bytes) -> Status:
    """Return what is wrong with a command that names nothing to be done."""
    if not data or data[0] not in set(OpCode):
        return Status.INVALID_OP_CODE
    if len(data) < 2 or (len(data) > 2 and data[0] != OpCode.START):
        return Status.INVALID_LENGTH
    known = data[1] & ~_OFFLINE in set(MeasurementType)
    return Status.NOT_SUPPORTED if known else Status.INVALID_MEASUREMENT_TYPE


def _choose(offered: Settings, data: bytes) -> tuple[Status, Mapping[Setting, int]]:
    """Return what a start command chooses of what is offered; what leaves no choice may be left out."""
    chosen = {setting: values[0] for setting, values in offered.items() if len(values) == 1}
    at = 0
    while at < len(data):
        if len(data) < at + 2:
            return Status.INVALID_LENGTH, {}
        type_, count = data[at], data[at + 1]
        if type_ not in offered or count != 1:
            return Status.INVALID_PARAMETER, {}
        setting = Setting(type_)
        at += 2
        layout = _LAYOUTS[setting]
        if len(data) < at + struct.calcsize(layout):
            return Status.INVALID_LENGTH, {}
        (value,) = struct.unpack_from(layout, data, at)
        at += struct.calcsize(layout)
        if value not in offered[setting]:
            return _REFUSALS[setting], {}
        chosen[setting] = value
    if len(chosen) < len(offered):
        return Status.INVALID_PARAMETER, {}
    return Status.SUCCESS, chosen
