"""Measurements of the Bluetooth Pulse Oximeter Service 1.0, as sent: 0x2A5E in section 3.1, 0x2A5F in 3.2."""

from dataclasses import dataclass
from enum import IntFlag
from typing import Self

from drivers.decoders.gatt.date_time import DateTime
from drivers.decoders.gatt.fields import Fields
from drivers.decoders.gatt.ieee11073 import MedicalNumber


class SpotCheckFlags(IntFlag):
    """The first byte of a spot check; the bits not named are reserved and ignored."""

    TIMESTAMP_PRESENT = 1 << 0
    MEASUREMENT_STATUS_PRESENT = 1 << 1
    DEVICE_AND_SENSOR_STATUS_PRESENT = 1 << 2
    PULSE_AMPLITUDE_INDEX_PRESENT = 1 << 3
    DEVICE_CLOCK_NOT_SET = 1 << 4


class ContinuousFlags(IntFlag):
    """The first byte of a continuous measurement; the bits not named are reserved and ignored."""

    FAST_PRESENT = 1 << 0
    SLOW_PRESENT = 1 << 1
    MEASUREMENT_STATUS_PRESENT = 1 << 2
    DEVICE_AND_SENSOR_STATUS_PRESENT = 1 << 3
    PULSE_AMPLITUDE_INDEX_PRESENT = 1 << 4


class MeasurementStatus(IntFlag):
    """How far a measurement has got, and what it is worth."""

    MEASUREMENT_ONGOING = 1 << 5
    EARLY_ESTIMATED_DATA = 1 << 6
    VALIDATED_DATA = 1 << 7
    FULLY_QUALIFIED_DATA = 1 << 8
    DATA_FROM_STORAGE = 1 << 9
    DATA_FOR_DEMONSTRATION = 1 << 10
    DATA_FOR_TESTING = 1 << 11
    CALIBRATION_ONGOING = 1 << 12
    MEASUREMENT_UNAVAILABLE = 1 << 13
    QUESTIONABLE_MEASUREMENT = 1 << 14
    INVALID_MEASUREMENT = 1 << 15


class DeviceAndSensorStatus(IntFlag):
    """How the device and its sensor are."""

    EXTENDED_DISPLAY_UPDATE_ONGOING = 1 << 0
    EQUIPMENT_MALFUNCTION = 1 << 1
    SIGNAL_PROCESSING_IRREGULARITY = 1 << 2
    INADEQUATE_SIGNAL = 1 << 3
    POOR_SIGNAL = 1 << 4
    LOW_PERFUSION = 1 << 5
    ERRATIC_SIGNAL = 1 << 6
    NONPULSATILE_SIGNAL = 1 << 7
    QUESTIONABLE_PULSE = 1 << 8
    SIGNAL_ANALYSIS_ONGOING = 1 << 9
    SENSOR_INTERFERENCE = 1 << 10
    SENSOR_UNCONNECTED_TO_USER = 1 << 11
    UNKNOWN_SENSOR = 1 << 12
    SENSOR_DISPLACED = 1 << 13
    SENSOR_MALFUNCTIONING = 1 << 14
    SENSOR_DISCONNECTED = 1 << 15


class PlxFeature(IntFlag):
    """What a device says that it can do, 0x2A60 (3.3)."""

    MEASUREMENT_STATUS = 1 << 0
    DEVICE_AND_SENSOR_STATUS = 1 << 1
    MEASUREMENT_STORAGE = 1 << 2
    TIMESTAMP = 1 << 3
    SPO2PR_FAST = 1 << 4
    SPO2PR_SLOW = 1 << 5
    PULSE_AMPLITUDE_INDEX = 1 << 6
    MULTIPLE_BONDS = 1 << 7


@dataclass(frozen=True, slots=True)
class SpO2PR:
    """A saturation in %, and the pulse rate in 1/min that goes with it."""

    spo2: MedicalNumber
    pulse_rate: MedicalNumber

    @classmethod
    def read(cls, fields: Fields, name: str) -> Self:
        """Read both.

        Raises:
            MalformedPacket: they are not whole.
        """
        return cls(fields.sfloat(f"{name} SpO2"), fields.sfloat(f"{name} pulse rate"))


@dataclass(frozen=True, slots=True)
class PlxStatus:
    """What both kinds of measurement may end with; None where it was not sent.

    Attributes:
        measurement: how far it has got.
        device_and_sensor: how the device is.
        pulse_amplitude_index: the perfusion index, %.
    """

    measurement: MeasurementStatus | None = None
    device_and_sensor: DeviceAndSensorStatus | None = None
    pulse_amplitude_index: MedicalNumber | None = None

    @classmethod
    def read(cls, fields: Fields, *, measurement: bool, device: bool, index: bool) -> Self:
        """Read the fields that are there.

        Raises:
            MalformedPacket: one of them is not whole.
        """
        return cls(
            MeasurementStatus(fields.uint(16, "measurement status")) if measurement else None,
            DeviceAndSensorStatus(fields.uint(24, "device and sensor status")) if device else None,
            fields.sfloat("pulse amplitude index") if index else None,
        )


@dataclass(frozen=True, slots=True)
class SpotCheck:
    """A Spot-check Measurement, 0x2A5E, as the device sent it.

    Attributes:
        normal: what it measured.
        timestamp: when, by the device's own clock.
        clock_is_set: whether that was ever set.
        status: what else it says.
    """

    normal: SpO2PR
    timestamp: DateTime | None = None
    clock_is_set: bool = True
    status: PlxStatus = PlxStatus()

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read one.

        Raises:
            MalformedPacket: it ends before a field that its flags announce.
        """
        fields = Fields(data)
        flags = SpotCheckFlags(fields.uint(8, "flags"))
        return cls(
            SpO2PR.read(fields, "spot-check"),
            DateTime.read(fields) if flags & SpotCheckFlags.TIMESTAMP_PRESENT else None,
            not flags & SpotCheckFlags.DEVICE_CLOCK_NOT_SET,
            PlxStatus.read(
                fields,
                measurement=bool(flags & SpotCheckFlags.MEASUREMENT_STATUS_PRESENT),
                device=bool(flags & SpotCheckFlags.DEVICE_AND_SENSOR_STATUS_PRESENT),
                index=bool(flags & SpotCheckFlags.PULSE_AMPLITUDE_INDEX_PRESENT),
            ),
        )


@dataclass(frozen=True, slots=True)
class Continuous:
    """A Continuous Measurement, 0x2A5F, as the device sent it.

    Attributes:
        normal: averaged as the device thinks best.
        fast: averaged over less.
        slow: averaged over more.
        status: what else it says.
    """

    normal: SpO2PR
    fast: SpO2PR | None = None
    slow: SpO2PR | None = None
    status: PlxStatus = PlxStatus()

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read one.

        Raises:
            MalformedPacket: it ends before a field that its flags announce.
        """
        fields = Fields(data)
        flags = ContinuousFlags(fields.uint(8, "flags"))
        return cls(
            SpO2PR.read(fields, "normal"),
            SpO2PR.read(fields, "fast") if flags & ContinuousFlags.FAST_PRESENT else None,
            SpO2PR.read(fields, "slow") if flags & ContinuousFlags.SLOW_PRESENT else None,
            PlxStatus.read(
                fields,
                measurement=bool(flags & ContinuousFlags.MEASUREMENT_STATUS_PRESENT),
                device=bool(flags & ContinuousFlags.DEVICE_AND_SENSOR_STATUS_PRESENT),
                index=bool(flags & ContinuousFlags.PULSE_AMPLITUDE_INDEX_PRESENT),
            ),
        )
