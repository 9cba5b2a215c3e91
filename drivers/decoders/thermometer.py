"""The decoder of Bluetooth thermometers.

Bluetooth Health Thermometer Service 1.0 (0x1809): 0x2A1C in section 3.1, 0x2A1D in 3.2, 0x2A1E in 3.3.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Final, Self

from drivers.decoders.fault import MalformedPacket, fault
from drivers.decoders.gatt.date_time import DateTime, DeviceClock
from drivers.decoders.gatt.decoder import GattDecoder
from drivers.decoders.gatt.fields import Fields
from drivers.decoders.gatt.ieee11073 import MedicalNumber
from drivers.decoders.gatt.sensor_location import SensorLocation
from drivers.decoders.gatt.service import Characteristic
from drivers.decoders.stream_cursor import StreamCursor
from edged.model import Channel, Packet, Quality, StreamInfo
from edged.sources.decoder import Decoded

TEMPERATURE: Final = StreamInfo("temperature", "Cel")
INTERMEDIATE_TEMPERATURE: Final = StreamInfo("intermediate_temperature", "Cel")

QUIET_S: Final = 3600.0
"""One that is put into the ear speaks when it is; one that is worn tells in minutes rather than seconds."""

ABSOLUTE_ZERO_CEL: Final = -273.15


class TemperatureFlags(IntFlag):
    """The first byte of a measurement (3.1.1.1); the bits not named are reserved and ignored."""

    FAHRENHEIT = 1 << 0
    TIME_STAMP_PRESENT = 1 << 1
    TEMPERATURE_TYPE_PRESENT = 1 << 2


class TemperatureType(IntEnum):
    """Where on the body it is measured (3.2.1)."""

    ARMPIT = 1
    BODY = 2
    EAR = 3
    FINGER = 4
    GASTROINTESTINAL_TRACT = 5
    MOUTH = 6
    RECTUM = 7
    TOE = 8
    TYMPANUM = 9


@dataclass(frozen=True, slots=True)
class TemperatureMeasurement:
    """A Temperature Measurement, 0x2A1C, or an Intermediate Temperature, 0x2A1E, as the device sent it.

    Attributes:
        temperature: in degrees Celsius, or Fahrenheit.
        fahrenheit: in which of them.
        time_stamp: when, by the device's own clock.
        temperature_type: where on the body; the number that was sent.
    """

    temperature: MedicalNumber
    fahrenheit: bool = False
    time_stamp: DateTime | None = None
    temperature_type: int | None = None

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read one.

        Raises:
            MalformedPacket: it ends before a field that its flags announce.
        """
        fields = Fields(data)
        flags = TemperatureFlags(fields.uint(8, "flags"))
        has_type = flags & TemperatureFlags.TEMPERATURE_TYPE_PRESENT
        return cls(
            fields.float32("temperature"),
            bool(flags & TemperatureFlags.FAHRENHEIT),
            DateTime.read(fields) if flags & TemperatureFlags.TIME_STAMP_PRESENT else None,
            fields.uint(8, "temperature type") if has_type else None,
        )

    @property
    def celsius(self) -> float:
        """The temperature in degrees Celsius; NaN where there is none."""
        value = self.temperature.value
        return (value - 32) * 5 / 9 if self.fahrenheit else value

    @property
    def quality(self) -> Quality:
        """What it is worth."""
        if self.celsius < ABSOLUTE_ZERO_CEL:
            return Quality.ARTEFACT
        return self.temperature.quality


class ThermometerService:
    """Body temperature, stamped with its receipt."""

    def __init__(self) -> None:
        self._temperature = StreamCursor(TEMPERATURE)
        self._intermediate = StreamCursor(INTERMEDIATE_TEMPERATURE)
        self._clock = DeviceClock()
        self._location = SensorLocation("2a1d", TemperatureType)

    def start(self) -> list[Packet]:
        """Begin a connection."""
        return []

    def characteristics(self) -> Mapping[str, Characteristic]:
        """Return what decodes each channel."""
        return {
            "2a1c": self._measurement,
            "2a1e": self._intermediate_temperature,
            **self._location.characteristics(),
        }

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return what is measured, and what is shown on the way there."""
        return (TEMPERATURE, INTERMEDIATE_TEMPERATURE)

    def channels(self) -> tuple[Channel, ...]:
        """Return the measurement, and what may be had beside it."""
        return (
            Channel("2a1c", quiet_s=QUIET_S),
            Channel("2a1e", optional=True),
            *self._location.channels(),
        )

    def _measurement(self, packet: Packet) -> Decoded:
        measurement = TemperatureMeasurement.parse(packet.data)
        told = self._told(packet, measurement, self._temperature)
        if measurement.time_stamp is None:
            return told
        clock = self._clock.update(measurement.time_stamp, packet.mono_ns)
        return Decoded(told.chunks, told.events + clock, faults=told.faults)

    def _intermediate_temperature(self, packet: Packet) -> Decoded:
        return self._told(packet, TemperatureMeasurement.parse(packet.data), self._intermediate)

    def _told(self, packet: Packet, measurement: TemperatureMeasurement, cursor: StreamCursor) -> Decoded:
        chunk = cursor.chunk(packet.mono_ns, [measurement.celsius], measurement.quality)
        if measurement.temperature_type is None:
            return Decoded((chunk,))
        try:
            events = self._location.update(measurement.temperature_type, packet.mono_ns)
        except MalformedPacket as error:  # the temperature stands, wherever it is of
            return Decoded((chunk,), faults=fault(packet, str(error)).faults)
        return Decoded((chunk,), events)


class ThermometerDecoder(GattDecoder):
    """A thermometer."""

    def __init__(self) -> None:
        super().__init__(ThermometerService())
