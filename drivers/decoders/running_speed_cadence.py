"""The decoder of Bluetooth foot pods.

Bluetooth Running Speed and Cadence Service 1.0 (0x1814): 0x2A53 in section 3.1, 0x2A54 in 3.2, 0x2A5D in 3.3.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntFlag
from typing import Final, Self

from drivers.decoders.gatt.decoder import GattDecoder
from drivers.decoders.gatt.features import Features
from drivers.decoders.gatt.fields import Fields
from drivers.decoders.gatt.sensor_location import SensorLocation
from drivers.decoders.gatt.service import Characteristic
from drivers.decoders.stream_cursor import StreamCursor
from edged.model import Channel, Event, Packet, StreamInfo
from edged.sources.decoder import Decoded

SPEED: Final = StreamInfo("speed", "m/s")
CADENCE: Final = StreamInfo("cadence", "/min")
STRIDE_LENGTH: Final = StreamInfo("stride_length", "m")
DISTANCE: Final = StreamInfo("distance", "m")

QUIET_S: Final = 60.0
"""A pod may say nothing while nobody moves."""


class RscFlags(IntFlag):
    """The first byte of a measurement (3.1.1.1); the bits not named are reserved and ignored."""

    STRIDE_LENGTH_PRESENT = 1 << 0
    TOTAL_DISTANCE_PRESENT = 1 << 1
    RUNNING = 1 << 2


class RscFeature(IntFlag):
    """What a pod can do, 0x2A54 (3.2.1)."""

    INSTANTANEOUS_STRIDE_LENGTH = 1 << 0
    TOTAL_DISTANCE = 1 << 1
    WALKING_OR_RUNNING_STATUS = 1 << 2
    CALIBRATION_PROCEDURE = 1 << 3
    MULTIPLE_SENSOR_LOCATIONS = 1 << 4


@dataclass(frozen=True, slots=True)
class RscMeasurement:
    """An RSC Measurement, 0x2A53, as the device sent it.

    Attributes:
        speed: in 1/256 m/s.
        cadence: in 1/min.
        stride_length: in cm.
        total_distance: in dm, since the device began to count.
        running: or walking.
    """

    speed: int
    cadence: int
    stride_length: int | None = None
    total_distance: int | None = None
    running: bool = False

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read one.

        Raises:
            MalformedPacket: it ends before a field that its flags announce.
        """
        fields = Fields(data)
        flags = RscFlags(fields.uint(8, "flags"))
        return cls(
            fields.uint(16, "speed"),
            fields.uint(8, "cadence"),
            fields.uint(16, "stride length") if flags & RscFlags.STRIDE_LENGTH_PRESENT else None,
            fields.uint(32, "total distance") if flags & RscFlags.TOTAL_DISTANCE_PRESENT else None,
            bool(flags & RscFlags.RUNNING),
        )


class RunningSpeedCadenceService:
    """Speed, cadence, stride length and distance of a runner, stamped with their receipt."""

    def __init__(self) -> None:
        self._speed = StreamCursor(SPEED)
        self._cadence = StreamCursor(CADENCE)
        self._stride_length = StreamCursor(STRIDE_LENGTH)
        self._distance = StreamCursor(DISTANCE)
        self._running: bool | None = None

    def start(self) -> list[Packet]:
        """Begin a connection."""
        return []

    def characteristics(self) -> Mapping[str, Characteristic]:
        """Return what decodes the channel."""
        return {"2a53": self._rsc_measurement}

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return all streams a pod can have."""
        return (SPEED, CADENCE, STRIDE_LENGTH, DISTANCE)

    def channels(self) -> tuple[Channel, ...]:
        """Return the measurement."""
        return (Channel("2a53", quiet_s=QUIET_S),)

    def _rsc_measurement(self, packet: Packet) -> Decoded:
        measurement, at_ns = RscMeasurement.parse(packet.data), packet.mono_ns
        chunks = [
            self._speed.chunk(at_ns, [measurement.speed / 256]),
            self._cadence.chunk(at_ns, [measurement.cadence]),
        ]
        if measurement.stride_length is not None:
            chunks.append(self._stride_length.chunk(at_ns, [measurement.stride_length / 100]))
        if measurement.total_distance is not None:
            chunks.append(self._distance.chunk(at_ns, [measurement.total_distance / 10]))
        if measurement.running is self._running:
            return Decoded(tuple(chunks))
        self._running = measurement.running
        detail = {"gait": "running" if measurement.running else "walking"}
        return Decoded(tuple(chunks), (Event("gait", at_ns, detail=detail),))


class RunningSpeedCadenceDecoder(GattDecoder):
    """A foot pod."""

    def __init__(self) -> None:
        super().__init__(RunningSpeedCadenceService(), SensorLocation(), Features("2a54", RscFeature, 16))
