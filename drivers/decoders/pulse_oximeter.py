"""The decoder of Bluetooth pulse oximeters.

Bluetooth Pulse Oximeter Service 1.0 (0x1822): 0x2A5E in section 3.1, 0x2A5F in 3.2, 0x2A60 in 3.3.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from drivers.decoders.contact import Contact
from drivers.decoders.gatt.date_time import DeviceClock
from drivers.decoders.gatt.decoder import GattDecoder
from drivers.decoders.gatt.features import names
from drivers.decoders.gatt.fields import Fields
from drivers.decoders.gatt.ieee11073 import MedicalNumber
from drivers.decoders.gatt.plx import (
    Continuous,
    DeviceAndSensorStatus,
    MeasurementStatus,
    PlxFeature,
    PlxStatus,
    SpO2PR,
    SpotCheck,
)
from drivers.decoders.gatt.service import Characteristic
from drivers.decoders.options import one_of
from drivers.decoders.stream_cursor import StreamCursor
from edged.model import Channel, Chunk, Event, Packet, Quality, StreamInfo
from edged.sources.decoder import Decoded

SPO2: Final = StreamInfo("spo2", "%")
PULSE_RATE: Final = StreamInfo("pulse_rate", "/min")
SPO2_FAST: Final = StreamInfo("spo2_fast", "%")
PULSE_RATE_FAST: Final = StreamInfo("pulse_rate_fast", "/min")
SPO2_SLOW: Final = StreamInfo("spo2_slow", "%")
PULSE_RATE_SLOW: Final = StreamInfo("pulse_rate_slow", "/min")
PERFUSION_INDEX: Final = StreamInfo("perfusion_index", "%")

CONTINUOUS: Final = "continuous"
SPOT_CHECK: Final = "spot_check"

SPOT_CHECK_QUIET_S: Final = 3600.0
"""Nobody measures more often than they want to."""

MOST_PER_MIN: Final = 300.0
"""No pulse is faster."""

_OFF_THE_SKIN: Final = (
    DeviceAndSensorStatus.SENSOR_UNCONNECTED_TO_USER
    | DeviceAndSensorStatus.SENSOR_DISPLACED
    | DeviceAndSensorStatus.SENSOR_DISCONNECTED
)
_DOUBTED_BY_DEVICE: Final = (
    DeviceAndSensorStatus.EQUIPMENT_MALFUNCTION
    | DeviceAndSensorStatus.SIGNAL_PROCESSING_IRREGULARITY
    | DeviceAndSensorStatus.INADEQUATE_SIGNAL
    | DeviceAndSensorStatus.POOR_SIGNAL
    | DeviceAndSensorStatus.ERRATIC_SIGNAL
    | DeviceAndSensorStatus.NONPULSATILE_SIGNAL
    | DeviceAndSensorStatus.QUESTIONABLE_PULSE
    | DeviceAndSensorStatus.SENSOR_INTERFERENCE
    | DeviceAndSensorStatus.UNKNOWN_SENSOR
    | DeviceAndSensorStatus.SENSOR_MALFUNCTIONING
)
_DOUBTED_BY_MEASUREMENT: Final = (
    MeasurementStatus.QUESTIONABLE_MEASUREMENT
    | MeasurementStatus.INVALID_MEASUREMENT
    | MeasurementStatus.DATA_FOR_DEMONSTRATION
    | MeasurementStatus.DATA_FOR_TESTING
)
_NOT_OF_NOW: Final = MeasurementStatus.DATA_FROM_STORAGE | MeasurementStatus.CALIBRATION_ONGOING
_TOLD: Final = DeviceAndSensorStatus(0xFFFF) & ~(
    DeviceAndSensorStatus.EXTENDED_DISPLAY_UPDATE_ONGOING | DeviceAndSensorStatus.SIGNAL_ANALYSIS_ONGOING
)
"""As events; the others come and go with the work of the device, or are reserved."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """Where a saturation and its pulse rate go."""

    spo2: StreamCursor
    pulse_rate: StreamCursor

    def chunks(self, at_ns: int, values: SpO2PR, quality: Quality) -> tuple[Chunk, Chunk]:
        spo2, rate = values.spo2, values.pulse_rate
        return (
            self.spo2.chunk(at_ns, [spo2.value], quality | _within(spo2, 100.0)),
            self.pulse_rate.chunk(at_ns, [rate.value], quality | _within(rate, MOST_PER_MIN)),
        )


class PulseOximeterService:
    """Saturation, pulse rate and perfusion index, stamped with their receipt.

    A device has continuous measurements, spot checks or both, and nothing tells beforehand which.

    Args:
        mode: which of them the source is of no use without: ``continuous`` or ``spot_check``.
    """

    def __init__(self, mode: str = CONTINUOUS) -> None:
        self._mode = mode
        self._normal = _Pair(StreamCursor(SPO2), StreamCursor(PULSE_RATE))
        self._fast = _Pair(StreamCursor(SPO2_FAST), StreamCursor(PULSE_RATE_FAST))
        self._slow = _Pair(StreamCursor(SPO2_SLOW), StreamCursor(PULSE_RATE_SLOW))
        self._perfusion_index = StreamCursor(PERFUSION_INDEX)
        self._contact = Contact()
        self._clock = DeviceClock()
        self._supported = DeviceAndSensorStatus(0)
        self._status = DeviceAndSensorStatus(0)
        self._features: PlxFeature | None = None

    def start(self) -> list[Packet]:
        """Begin a connection."""
        return []

    def characteristics(self) -> Mapping[str, Characteristic]:
        """Return what decodes each channel."""
        return {"2a5f": self._continuous, "2a5e": self._spot_check, "2a60": self._plx_features}

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return all streams an oximeter can have."""
        return (
            SPO2,
            PULSE_RATE,
            SPO2_FAST,
            PULSE_RATE_FAST,
            SPO2_SLOW,
            PULSE_RATE_SLOW,
            PERFUSION_INDEX,
        )

    def channels(self) -> tuple[Channel, ...]:
        """Return the two measurements, of which the mode says which one is needed, and the features."""
        return (
            Channel("2a5f", optional=self._mode != CONTINUOUS),
            Channel("2a5e", optional=self._mode != SPOT_CHECK, quiet_s=SPOT_CHECK_QUIET_S),
            Channel("2a60", "read", optional=True),
        )

    def _continuous(self, packet: Packet) -> Decoded:
        measurement, at_ns = Continuous.parse(packet.data), packet.mono_ns
        quality, events = self._judge(measurement.status, at_ns)
        chunks = [*self._normal.chunks(at_ns, measurement.normal, quality)]
        if measurement.fast is not None:
            chunks += self._fast.chunks(at_ns, measurement.fast, quality)
        if measurement.slow is not None:
            chunks += self._slow.chunks(at_ns, measurement.slow, quality)
        chunks += self._perfusion(at_ns, measurement.status, quality)
        return Decoded(tuple(chunks), events)

    def _spot_check(self, packet: Packet) -> Decoded:
        measurement, at_ns = SpotCheck.parse(packet.data), packet.mono_ns
        quality, events = self._judge(measurement.status, at_ns)
        chunks = [*self._normal.chunks(at_ns, measurement.normal, quality)]
        chunks += self._perfusion(at_ns, measurement.status, quality)
        if measurement.timestamp is not None:
            events += self._clock.update(measurement.timestamp, at_ns, is_set=measurement.clock_is_set)
        return Decoded(tuple(chunks), events)

    def _perfusion(self, at_ns: int, status: PlxStatus, quality: Quality) -> list[Chunk]:
        index = status.pulse_amplitude_index
        if index is None:
            return []
        return [self._perfusion_index.chunk(at_ns, [index.value], quality | index.quality)]

    def _judge(self, status: PlxStatus, at_ns: int) -> tuple[Quality, tuple[Event, ...]]:
        """Return what the status means for the samples beside it, and the events that it is."""
        events: tuple[Event, ...] = ()
        quality = Quality.GOOD
        device = status.device_and_sensor
        if device is not None:
            self._supported |= device
            is_told = bool(self._supported & _OFF_THE_SKIN)
            events += self._contact.update(
                detected=not device & _OFF_THE_SKIN if is_told else None, mono_ns=at_ns
            )
            if device & _DOUBTED_BY_DEVICE:
                quality |= Quality.ARTEFACT
            if device & _TOLD != self._status:
                self._status = device & _TOLD
                detail = {"status": names(self._status)}
                events += (Event("sensor_status", at_ns, detail=detail),)
        measurement = status.measurement or MeasurementStatus(0)
        if measurement & _DOUBTED_BY_MEASUREMENT:
            quality |= Quality.ARTEFACT
        if measurement & MeasurementStatus.MEASUREMENT_UNAVAILABLE:
            quality |= Quality.NO_READING
        if measurement & _NOT_OF_NOW:
            quality |= Quality.HELD
        return quality | self._contact.quality, events

    def _plx_features(self, packet: Packet) -> Decoded:
        fields = Fields(packet.data)
        features = PlxFeature(fields.uint(16, "features"))
        if features & PlxFeature.MEASUREMENT_STATUS:
            fields.uint(16, "supported measurement status")
        if features & PlxFeature.DEVICE_AND_SENSOR_STATUS:
            bits = fields.uint(24, "supported device and sensor status")
            self._supported |= DeviceAndSensorStatus(bits)
        if features == self._features:
            return Decoded()
        self._features = features
        detail = {"features": names(features)}
        return Decoded(events=(Event("device_features", packet.mono_ns, detail=detail),))


class PulseOximeterDecoder(GattDecoder):
    """A pulse oximeter.

    Args:
        mode: ``continuous`` for one that is worn, ``spot_check`` for one that is put on to measure once.

    Raises:
        DriverError: the mode is neither.
    """

    def __init__(self, mode: str = CONTINUOUS) -> None:
        super().__init__(PulseOximeterService(one_of("mode", mode, (CONTINUOUS, SPOT_CHECK))))


def _within(number: MedicalNumber, most: float) -> Quality:
    """Return the quality of a number that is 0 while there is none, and cannot be more than ``most``."""
    if number.special is not None:
        return number.quality
    if number.value == 0:
        return Quality.NO_READING
    return Quality.GOOD if 0 < number.value <= most else Quality.ARTEFACT
