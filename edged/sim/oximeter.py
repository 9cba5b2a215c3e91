"""A simulated pulse oximeter (Pulse Oximeter Service 1.0.1, sections 3.2 and 3.3)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntFlag
from math import sin, tau
from typing import Final, Self

from edged.model import NS_PER_S, Packet
from edged.sim.battery import BATTERY_EVERY_S, BATTERY_LEVEL, FULL, Battery
from edged.sim.device import DeviceInformation
from edged.sim.physiology import Heart, Profile, chance
from edged.sim.spell import NEVER, Stretch

PLX_CONTINUOUS_MEASUREMENT: Final = "2a5f"
PLX_FEATURES: Final = "2a60"

SFLOAT_NAN: Final = 0x07FF
"""Not a number: it has no reading."""


class MeasurementStatus(IntFlag):
    """How a measurement is (3.2.1.6), of what this one says."""

    MEASUREMENT_ONGOING = 1 << 5
    VALIDATED_DATA = 1 << 7
    MEASUREMENT_UNAVAILABLE = 1 << 13


class SensorStatus(IntFlag):
    """How device and sensor are (3.2.1.7), of what this one says."""

    LOW_PERFUSION_DETECTED = 1 << 5
    SENSOR_UNCONNECTED_TO_USER = 1 << 11


_STATUS_PRESENT: Final = 0x04 | 0x08 | 0x10
"""Flags of a measurement with both of them, and with the pulse amplitude index."""

_FEATURES: Final = 0x01 | 0x02 | 0x40
"""It supports measurement status, device and sensor status, and the pulse amplitude index."""

_SATURATION: Final = {
    Profile.RESTING: 97.6,
    Profile.STRESS: 97.4,
    Profile.RECOVERY: 96.8,
    Profile.EXERCISE: 95.8,
}
_AVERAGED_S: Final = 8
_LOW_PERFUSION: Final = 0.4


@dataclass(frozen=True, slots=True)
class Oximeter:
    """An oximeter on a finger, that notifies once a second.

    Attributes:
        heart: whose pulse.
        battery: its charge.
        contact_lost: while the finger is out of it.
    """

    heart: Heart
    battery: Battery = FULL
    contact_lost: Stretch = NEVER

    @property
    def information(self) -> DeviceInformation:
        """What it says that it is."""
        return DeviceInformation("Simulated Oximeter", self.heart.seed)

    @property
    def readable(self) -> tuple[str, ...]:
        """Its battery, what it supports, and what it is."""
        return (BATTERY_LEVEL, PLX_FEATURES, *self.information.readable)

    @property
    def writable(self) -> tuple[str, ...]:
        """It takes no commands: it keeps no measurements that could be asked for."""
        return ()

    def notifications(self, start_ns: int, end_ns: int) -> tuple[Packet, ...]:
        """Return the measurements, each second on the second, and now and then the battery."""
        return tuple(self._each_second(start_ns, end_ns))

    def read(self, channel: str, at_ns: int) -> bytes | None:
        """Return what a characteristic holds."""
        match channel:
            case "2a19":
                return bytes((self.battery.level(at_ns / NS_PER_S),))
            case "2a60":
                sensor = sum(SensorStatus).to_bytes(3, "little")
                return struct.pack("<HH", _FEATURES, sum(MeasurementStatus)) + sensor
        return self.information.read(channel)

    def written(self, command: Packet, at_ns: int) -> Self:
        """Take a command and forget it."""
        _ = command, at_ns
        return self

    def _each_second(self, start_ns: int, end_ns: int) -> Iterator[Packet]:
        for second in range(max(0, -(-start_ns // NS_PER_S)), -(-end_ns // NS_PER_S)):
            at_ns = second * NS_PER_S
            yield Packet(PLX_CONTINUOUS_MEASUREMENT, self._measurement(second), at_ns)
            if second and second % BATTERY_EVERY_S == 0:
                yield Packet(BATTERY_LEVEL, bytes((self.battery.level(second),)), at_ns)

    def _measurement(self, second: int) -> bytes:
        if self.contact_lost.covers(second):
            return encode_plx(
                None,
                None,
                None,
                MeasurementStatus.MEASUREMENT_UNAVAILABLE,
                SensorStatus.SENSOR_UNCONNECTED_TO_USER,
            )
        amplitude = self._amplitude(second)
        return encode_plx(
            self._saturation(second),
            self._pulse_rate(second),
            amplitude,
            MeasurementStatus.MEASUREMENT_ONGOING | MeasurementStatus.VALIDATED_DATA,
            SensorStatus.LOW_PERFUSION_DETECTED if amplitude < _LOW_PERFUSION else SensorStatus(0),
        )

    def _saturation(self, second: int) -> float:
        seed = self.heart.seed
        slow = sin(tau * second / 47.0 + tau * chance(seed, "saturation"))
        mean = _SATURATION[self.heart.profile] + 1.6 * (chance(seed, "saturation mean") - 0.5)
        return min(100.0, float(round(mean + 0.7 * slow)))

    def _pulse_rate(self, second: int) -> float:
        """Return the mean over the last seconds, as oximeters do."""
        rates = [self.heart.rate_at(max(0, second - back)) for back in range(_AVERAGED_S)]
        return float(round(sum(rates) / len(rates)))

    def _amplitude(self, second: int) -> float:
        seed = self.heart.seed
        slow = sin(tau * second / 83.0 + tau * chance(seed, "perfusion"))
        return round((1.0 + 5.0 * chance(seed, "perfusion mean")) * (1.0 + 0.15 * slow), 1)


def encode_plx(
    saturation: float | None,
    pulse_rate: float | None,
    amplitude: float | None,
    measurement: MeasurementStatus,
    sensor: SensorStatus,
) -> bytes:
    """Encode a continuous measurement (3.2.1).

    Args:
        saturation: SpO2 in %; None for no reading.
        pulse_rate: in 1/min.
        amplitude: pulse amplitude index in %, to a tenth.
        measurement: how the measurement is.
        sensor: how the sensor is, 24 bits.
    """
    return (
        struct.pack("<BHHH", _STATUS_PRESENT, _sfloat(saturation), _sfloat(pulse_rate), measurement)
        + int(sensor).to_bytes(3, "little")
        + struct.pack("<H", _sfloat(amplitude, exponent=-1))
    )


def _sfloat(value: float | None, *, exponent: int = 0) -> int:
    """Return a 16-bit SFLOAT (IEEE 11073-20601): an exponent of ten in 4 bits, a mantissa in 12."""
    if value is None:
        return SFLOAT_NAN
    return (exponent & 0xF) << 12 | (round(value / 10.0**exponent) & 0xFFF)
