"""The decoder of Bluetooth speed and cadence sensors of a bicycle.

Bluetooth Cycling Speed and Cadence Service 1.0 (0x1816): 0x2A5B in section 3.1, 0x2A5C in 3.2, 0x2A5D in 3.3.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntFlag
from typing import Final, Self

from drivers.decoders.gatt.decoder import GattDecoder
from drivers.decoders.gatt.features import Features
from drivers.decoders.gatt.fields import Fields
from drivers.decoders.gatt.revolutions import Turns
from drivers.decoders.gatt.sensor_location import SensorLocation
from drivers.decoders.gatt.service import Characteristic
from drivers.decoders.gatt.wheel_and_crank import WHEEL_MM, WheelAndCrank, read_crank, read_wheel
from edged.model import Channel, Packet, StreamInfo
from edged.sources.decoder import Decoded

QUIET_S: Final = 300.0
"""A sensor may say nothing while nothing turns; most of them fall asleep before this."""


class CscFlags(IntFlag):
    """The first byte of a measurement (3.1.1.1); the bits not named are reserved and ignored."""

    WHEEL_REVOLUTION_DATA_PRESENT = 1 << 0
    CRANK_REVOLUTION_DATA_PRESENT = 1 << 1


class CscFeature(IntFlag):
    """What a sensor can do, 0x2A5C (3.2.1)."""

    WHEEL_REVOLUTION_DATA = 1 << 0
    CRANK_REVOLUTION_DATA = 1 << 1
    MULTIPLE_SENSOR_LOCATIONS = 1 << 2


@dataclass(frozen=True, slots=True)
class CscMeasurement:
    """A CSC Measurement, 0x2A5B, as the device sent it.

    Attributes:
        wheel: its turns, modulo 2**32, and the last one in 1/1024 s.
        crank: its turns, modulo 65536, and the last one in 1/1024 s.
    """

    wheel: Turns | None = None
    crank: Turns | None = None

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read one.

        Raises:
            MalformedPacket: it ends before a field that its flags announce.
        """
        fields = Fields(data)
        flags = CscFlags(fields.uint(8, "flags"))
        return cls(
            read_wheel(fields) if flags & CscFlags.WHEEL_REVOLUTION_DATA_PRESENT else None,
            read_crank(fields) if flags & CscFlags.CRANK_REVOLUTION_DATA_PRESENT else None,
        )


class CyclingSpeedCadenceService:
    """Speed and cadence of a bicycle.

    Args:
        wheel_mm: circumference of the wheel, mm, as text.

    Raises:
        DriverError: it cannot be that.
    """

    def __init__(self, wheel_mm: str = WHEEL_MM) -> None:
        self._turns = WheelAndCrank(wheel_mm, wheel_ticks_per_s=1024)

    def start(self) -> list[Packet]:
        """Begin a connection: forget the turns of the last one."""
        self._turns.start()
        return []

    def characteristics(self) -> Mapping[str, Characteristic]:
        """Return what decodes the channel."""
        return {"2a5b": self._csc_measurement}

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return all streams a sensor can have."""
        return self._turns.streams()

    def channels(self) -> tuple[Channel, ...]:
        """Return the measurement."""
        return (Channel("2a5b", quiet_s=QUIET_S),)

    def _csc_measurement(self, packet: Packet) -> Decoded:
        measurement = CscMeasurement.parse(packet.data)
        return Decoded(tuple(self._turns.chunks(measurement.wheel, measurement.crank, packet.mono_ns)))


class CyclingSpeedCadenceDecoder(GattDecoder):
    """A speed sensor, a cadence sensor, or both in one.

    Args:
        wheel_mm: circumference of the wheel, mm, as text.

    Raises:
        DriverError: it cannot be that.
    """

    def __init__(self, wheel_mm: str = WHEEL_MM) -> None:
        super().__init__(
            CyclingSpeedCadenceService(wheel_mm), SensorLocation(), Features("2a5c", CscFeature, 16)
        )
