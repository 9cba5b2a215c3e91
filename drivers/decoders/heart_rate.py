"""The decoder of Bluetooth heart-rate straps.

Bluetooth Heart Rate Service 1.0 (0x2A37 in section 3.1, 0x2A38 in 3.2), Battery Service 1.0 (0x2A19 in 3.1).
"""

import struct
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Final, Self

from drivers.decoders.contact import Contact
from drivers.decoders.once import Once
from drivers.decoders.stream_cursor import StreamCursor
from edged.model import NS_PER_S, Channel, Event, Packet, Quality, StreamInfo
from edged.sources.decoder import Decoded

HEART_RATE: Final = StreamInfo("heart_rate", "/min")
RR_INTERVAL: Final = StreamInfo("rr_interval", "ms")
ENERGY_EXPENDED: Final = StreamInfo("energy_expended", "kJ")
BATTERY: Final = StreamInfo("battery", "%")

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
            ValueError: it ends before a field that its flags announce.
        """
        flags = HeartRateFlags(data[0]) if data else HeartRateFlags(0)
        layout = "<BH" if flags & HeartRateFlags.VALUE_FORMAT_UINT16 else "<BB"
        if flags & HeartRateFlags.ENERGY_EXPENDED_PRESENT:
            layout += "H"
        size = struct.calcsize(layout)
        if len(data) < size:
            raise ValueError(f"{len(data)} bytes where its flags need {size}")
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


class HeartRateDecoder:
    """Heart rate, RR intervals, energy expended and battery of a strap.

    A measurement is stamped with its receipt. So is the last beat in it, and the beats before lie earlier by
    their intervals; see ``StreamCursor.chunk``. Intervals are the exact ``n * 1000 / 1024`` ms.
    """

    def __init__(self) -> None:
        self._heart_rate = StreamCursor(HEART_RATE)
        self._rr_interval = StreamCursor(RR_INTERVAL)
        self._energy_expended = StreamCursor(ENERGY_EXPENDED)
        self._battery = StreamCursor(BATTERY)
        self._contact = Contact()
        self._location: BodySensorLocation | None = None
        self._unknown = Once()
        self._characteristics = {
            "2a37": self._heart_rate_measurement,
            "2a19": self._battery_level,
            "2a38": self._body_sensor_location,
        }

    def start(self) -> list[Packet]:
        """Begin a connection: a strap needs no commands, and its packets are whole."""
        return []

    def feed(self, packet: Packet) -> Decoded:
        """Take one notification."""
        decode = self._characteristics.get(packet.channel)
        if decode is not None:
            return decode(packet)
        if self._unknown.is_new(packet.channel):
            return _fault(packet, "not a characteristic of a heart-rate strap; left out from here on")
        return Decoded()

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return all streams a strap can have."""
        return (HEART_RATE, RR_INTERVAL, ENERGY_EXPENDED, BATTERY)

    def channels(self) -> tuple[Channel, ...]:
        """Return the measurement, and what may be had beside it."""
        return (
            Channel("2a37"),
            Channel("2a19", "both", optional=True),
            Channel("2a38", "read", optional=True),
        )

    def _heart_rate_measurement(self, packet: Packet) -> Decoded:
        try:
            measurement = HeartRateMeasurement.parse(packet.data)
        except ValueError as error:
            return _fault(packet, str(error))
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
        odd = _fault(packet, "half an RR interval at its end").faults if measurement.odd_byte else ()
        return Decoded(tuple(chunks), events, faults=odd)

    def _battery_level(self, packet: Packet) -> Decoded:
        if not packet.data:
            return _fault(packet, "no battery level in it")
        level = packet.data[0]
        if level > 100:
            return _fault(packet, f"a battery level of {level} %, more than 100")
        return Decoded((self._battery.chunk(packet.mono_ns, [level]),))

    def _body_sensor_location(self, packet: Packet) -> Decoded:
        if not packet.data:
            return _fault(packet, "no location in it")
        try:
            location = BodySensorLocation(packet.data[0])
        except ValueError:
            return _fault(packet, f"body sensor location {packet.data[0]} is not known")
        if location is self._location:
            return Decoded()
        self._location = location
        detail = {"location": location.name.lower()}
        return Decoded(events=(Event("sensor_location", packet.mono_ns, detail=detail),))


def _fault(packet: Packet, what: str) -> Decoded:
    return Decoded(faults=(f"{packet.channel[:40]!r} ({packet.data[:24].hex(' ')}): {what}",))
