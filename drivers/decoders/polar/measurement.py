"""The measurements of the Polar Measurement Data service (PMD), and what they are as streams.

Polar Measurement Data Specification for 3rd Party; where it is silent, the vendor's SDK for phones.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

from edged.model import StreamInfo

CONTROL_POINT: Final = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
DATA: Final = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"


class MeasurementType(IntEnum):
    """What can be asked for, also the bits of the features; others are not decoded here."""

    ECG = 0
    PPG = 1
    ACC = 2
    PPI = 3
    GYRO = 5
    MAG = 6

    @property
    def option(self) -> str:
        """The name that the option ``streams`` gives it."""
        return self.name.lower()


class SettingType(IntEnum):
    """What of a measurement can be set, or is told of it."""

    SAMPLE_RATE = 0
    RESOLUTION = 1
    RANGE = 2
    RANGE_MILLI_UNIT = 3
    CHANNELS = 4
    FACTOR = 5


@dataclass(frozen=True, slots=True)
class Measurement:
    """A measurement as a stream.

    Attributes:
        info: the stream, with the rate that is asked for unless an option says another.
        known: values that sensors are known to offer, a setting that can be chosen; rates in Hz, ranges in
            ``g`` or degrees per second.
        wanted: those that are asked for by default.
    """

    info: StreamInfo
    known: Mapping[SettingType, tuple[int, ...]] = field(default_factory=dict)
    wanted: Mapping[SettingType, int] = field(default_factory=dict)


_AXES: Final = ("x", "y", "z")
_RATE, _RANGE = SettingType.SAMPLE_RATE, SettingType.RANGE

MEASUREMENTS: Final[Mapping[MeasurementType, Measurement]] = {
    MeasurementType.ECG: Measurement(StreamInfo("ecg", "uV", 130), {_RATE: (130,)}, {_RATE: 130}),
    MeasurementType.ACC: Measurement(
        StreamInfo("acceleration", "m[g]", 50, _AXES),
        {_RATE: (25, 26, 50, 52, 100, 104, 200, 208, 416), _RANGE: (2, 4, 8, 16)},
        {_RATE: 50, _RANGE: 8},
    ),
    MeasurementType.PPG: Measurement(
        StreamInfo("ppg", "{count}", 55, ("ppg0", "ppg1", "ppg2", "ambient")),
        {_RATE: (28, 44, 55, 130, 135, 176)},
        {_RATE: 55},
    ),
    MeasurementType.PPI: Measurement(StreamInfo("pp_interval", "ms")),
    MeasurementType.GYRO: Measurement(
        StreamInfo("angular_velocity", "deg/s", 52, _AXES),
        {_RATE: (26, 52, 104, 208, 416), _RANGE: (250, 500, 1000, 2000)},
        {_RATE: 52, _RANGE: 2000},
    ),
    MeasurementType.MAG: Measurement(
        StreamInfo("magnetic_field", "G", 50, _AXES), {_RATE: (10, 20, 50, 100)}, {_RATE: 50}
    ),
}
