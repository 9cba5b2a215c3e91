"""The decoder of Bluetooth heart-rate straps.

Bluetooth Heart Rate Service 1.0 (0x180D): 0x2A37 in section 3.1, 0x2A38 in 3.2.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Final, Self

from drivers.decoders.contact import Contact
from drivers.decoders.fault import MalformedPacket, fault
from drivers.decoders.gatt.decoder import GattDecoder
from drivers.decoders.gatt.service import Characteristic
from drivers.decoders.stream_cursor import StreamCursor
from edged.model import NS_PER_S, Channel, Event, Packet, Quality, StreamInfo
from edged.sources.decoder import Decoded

HEART_RATE: Final = StreamInfo("heart_rate", "/min")
RR_INTERVAL: Final = StreamInfo("rr_interval", "ms")
ENERGY_EXPENDED: Final = StreamInfo("energy_expended", "kJ")

RR_TICKS_PER_S: Final = 1024


class HeartRateFlags(IntFlag):
    """The first byte of a measurement (3.1.1.1); the bits not named are reserved and ignored."""

    VALUE_FORMAT_UINT16 = 1 << 0
    SENSOR_CONTACT_DETECTED = 1 << 1
    SENSOR_CONTACT_SUPPORTED = 1 << 2
    ENERGY_EXPENDED_PRESENT = 1 << 3
    RR_INTERVAL_PRESENT = 1 << 4


class BodySensorLocation(IntEnum):
    """Where the sensor is worn (3.2.1)."""

    OTHER = 0
    CHEST = 1
    WRIST = 2
    FINGER = 3
    HAND = 4
    EAR_LOBE = 5
    FOOT = 6


@dataclass(frozen=True, slots=True)
class HeartRateMeasurement:
    """A Heart Rate Measurement, 0x2A37, as the device sent it.

    Attributes:
        heart_rate: in 1/min; 0 while it has none.
        sensor_contact_detected: None where the sensor cannot tell.
        energy_expended: in kJ since the last reset; 65535 is as far as it counts.
        rr_intervals: in 1/1024 s, oldest first.
        odd_byte: whether half an interval followed.
    """

    heart_rate: int
    sensor_contact_detected: bool | None = None
    energy_expended: int | None = None
    rr_intervals: tuple[int, ...] = ()
    odd_byte: bool = False

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read one.

        Raises:
            MalformedPacket: it ends before a field that its flags announce.
        """
        flags = HeartRateFlags(data[0]) if data else HeartRateFlags(0)
        layout = "<BH" if flags & HeartRateFlags.VALUE_FORMAT_UINT16 else "<BB"
        if flags & HeartRateFlags.ENERGY_EXPENDED_PRESENT:
            layout += "H"
        size = struct.calcsize(layout)
        if len(data) < size:
            raise MalformedPacket(f"{len(data)} bytes where its flags need {size}")
        _, heart_rate, *energy_expended = struct.unpack_from(layout, data)
        intervals = data[size:] if flags & HeartRateFlags.RR_INTERVAL_PRESENT else b""
        count = len(intervals) // 2
        return cls(
            heart_rate,
            bool(flags & HeartRateFlags.SENSOR_CONTACT_DETECTED)
            if flags & HeartRateFlags.SENSOR_CONTACT_SUPPORTED
            else None,
            energy_expended[0] if energy_expended else None,
            struct.unpack_from(f"<{count}H", intervals),
            odd_byte=len(intervals) % 2 == 1,
        )


class HeartRateService:
    """Heart rate, RR intervals, energy expended and the contact of a strap.

    A measurement is stamped with its receipt. So is the last beat in it, and the beats before lie earlier by
    their intervals; see ``StreamCursor.chunk``. Intervals are the exact ``n * 1000 / 1024`` ms.
    """

    def __init__(self) -> None:
        self._heart_rate = StreamCursor(HEART_RATE)
        self._rr_interval = StreamCursor(RR_INTERVAL)
        self._energy_expended = StreamCursor(ENERGY_EXPENDED)
        self._contact = Contact()
        self._location: BodySensorLocation | None = None

    def start(self) -> list[Packet]:
        """Begin a connection: a strap needs no commands, and its packets are whole."""
        return []

    def characteristics(self) -> Mapping[str, Characteristic]:
        """Return what decodes each channel."""
        return {"2a37": self._heart_rate_measurement, "2a38": self._body_sensor_location}

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return all streams a strap can have."""
        return (HEART_RATE, RR_INTERVAL, ENERGY_EXPENDED)

    def channels(self) -> tuple[Channel, ...]:
        """Return the measurement, and where the strap is worn."""
        return (Channel("2a37"), Channel("2a38", "read", optional=True))

    def _heart_rate_measurement(self, packet: Packet) -> Decoded:
        measurement = HeartRateMeasurement.parse(packet.data)
        at_ns = packet.mono_ns
        events = self._contact.update(detected=measurement.sensor_contact_detected, mono_ns=at_ns)
        contact = self._contact.quality
        reading = Quality.GOOD if measurement.heart_rate else Quality.NO_READING
        chunks = [self._heart_rate.chunk(at_ns, [measurement.heart_rate], contact | reading)]
        if measurement.rr_intervals:
            ticks = measurement.rr_intervals
            chunks.append(
                self._rr_interval.chunk(
                    at_ns,
                    [n * 1000 / RR_TICKS_PER_S for n in ticks],
                    [contact | (Quality.ARTEFACT if n in {0, 0xFFFF} else Quality.GOOD) for n in ticks],
                    spacings_ns=[n * NS_PER_S // RR_TICKS_PER_S for n in ticks],
                )
            )
        if measurement.energy_expended is not None:
            full = measurement.energy_expended == 0xFFFF  # it stays there until reset (3.1.1.3)
            quality = Quality.SATURATED if full else Quality.GOOD
            chunks.append(self._energy_expended.chunk(at_ns, [measurement.energy_expended], quality))
        odd = fault(packet, "half an RR interval at its end").faults if measurement.odd_byte else ()
        return Decoded(tuple(chunks), events, faults=odd)

    def _body_sensor_location(self, packet: Packet) -> Decoded:
        if not packet.data:
            raise MalformedPacket("no location in it")
        try:
            location = BodySensorLocation(packet.data[0])
        except ValueError:
            raise MalformedPacket(f"body sensor location {packet.data[0]} is not known") from None
        if location is self._location:
            return Decoded()
        self._location = location
        detail = {"location": location.name.lower()}
        return Decoded(events=(Event("sensor_location", packet.mono_ns, detail=detail),))


class HeartRateDecoder(GattDecoder):
    """A heart-rate strap."""

    def __init__(self) -> None:
        super().__init__(HeartRateService())
