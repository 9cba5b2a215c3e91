"""The decoder of Bluetooth power meters of a bicycle.

Bluetooth Cycling Power Service 1.1 (0x1818): 0x2A65 in section 3.1, 0x2A63 in 3.2.
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
from drivers.decoders.stream_cursor import StreamCursor
from edged.model import Channel, Chunk, Event, Packet, Quality, StreamInfo
from edged.sources.decoder import Decoded

POWER: Final = StreamInfo("power", "W")
PEDAL_POWER_BALANCE: Final = StreamInfo("pedal_power_balance", "%")
ACCUMULATED_TORQUE: Final = StreamInfo("accumulated_torque", "N.m")
EXTREME_FORCE: Final = StreamInfo("extreme_force", "N", channels=("maximum", "minimum"))
EXTREME_TORQUE: Final = StreamInfo("extreme_torque", "N.m", channels=("maximum", "minimum"))
EXTREME_ANGLE: Final = StreamInfo("extreme_angle", "deg", channels=("maximum", "minimum"))
TOP_DEAD_SPOT: Final = StreamInfo("top_dead_spot_angle", "deg")
BOTTOM_DEAD_SPOT: Final = StreamInfo("bottom_dead_spot_angle", "deg")
ACCUMULATED_ENERGY: Final = StreamInfo("accumulated_energy", "kJ")

QUIET_S: Final = 60.0
"""A meter may say nothing while nobody pedals."""


class CpFlags(IntFlag):
    """The first two bytes of a measurement (3.2.1.1); the bits not named are reserved and ignored."""

    PEDAL_POWER_BALANCE_PRESENT = 1 << 0
    PEDAL_POWER_BALANCE_IS_LEFT = 1 << 1
    ACCUMULATED_TORQUE_PRESENT = 1 << 2
    ACCUMULATED_TORQUE_IS_CRANK = 1 << 3
    WHEEL_REVOLUTION_DATA_PRESENT = 1 << 4
    CRANK_REVOLUTION_DATA_PRESENT = 1 << 5
    EXTREME_FORCE_PRESENT = 1 << 6
    EXTREME_TORQUE_PRESENT = 1 << 7
    EXTREME_ANGLES_PRESENT = 1 << 8
    TOP_DEAD_SPOT_PRESENT = 1 << 9
    BOTTOM_DEAD_SPOT_PRESENT = 1 << 10
    ACCUMULATED_ENERGY_PRESENT = 1 << 11
    OFFSET_COMPENSATION = 1 << 12


class CpFeature(IntFlag):
    """What a meter can do, 0x2A65 (3.1.1)."""

    PEDAL_POWER_BALANCE = 1 << 0
    ACCUMULATED_TORQUE = 1 << 1
    WHEEL_REVOLUTION_DATA = 1 << 2
    CRANK_REVOLUTION_DATA = 1 << 3
    EXTREME_MAGNITUDES = 1 << 4
    EXTREME_ANGLES = 1 << 5
    DEAD_SPOT_ANGLES = 1 << 6
    ACCUMULATED_ENERGY = 1 << 7
    OFFSET_COMPENSATION_INDICATOR = 1 << 8
    OFFSET_COMPENSATION = 1 << 9
    CONTENT_MASKING = 1 << 10
    MULTIPLE_SENSOR_LOCATIONS = 1 << 11
    CRANK_LENGTH_ADJUSTMENT = 1 << 12
    CHAIN_LENGTH_ADJUSTMENT = 1 << 13
    CHAIN_WEIGHT_ADJUSTMENT = 1 << 14
    SPAN_LENGTH_ADJUSTMENT = 1 << 15
    TORQUE_BASED = 1 << 16
    MEASUREMENT_DIRECTION = 1 << 17
    FACTORY_CALIBRATION_DATE = 1 << 18
    ENHANCED_OFFSET_COMPENSATION = 1 << 19


@dataclass(frozen=True, slots=True)
class Extremes:
    """The most and the least within a turn, in the unit of the field that holds them."""

    maximum: int
    minimum: int

    @classmethod
    def read_magnitudes(cls, fields: Fields, name: str) -> Self:
        """Read two signed numbers: 4 bytes.

        Raises:
            MalformedPacket: they are not whole.
        """
        return cls(fields.sint(16, f"maximum {name}"), fields.sint(16, f"minimum {name}"))

    @classmethod
    def read_angles(cls, fields: Fields) -> Self:
        """Read two unsigned numbers of 12 bits: 3 bytes.

        Raises:
            MalformedPacket: they are not whole.
        """
        both = fields.uint(24, "extreme angles")
        return cls(both & 0xFFF, both >> 12)


@dataclass(frozen=True, slots=True)
class CpMeasurement:
    """A Cycling Power Measurement, 0x2A63, as the device sent it; None for what it did not.

    Attributes:
        power: in W; less than 0 where a motor or a fixed gear drives the rider.
        balance: of one pedal, in 1/2 %.
        balance_is_left: whether that is known to be the left one.
        torque: accumulated, in 1/32 N.m, modulo 65536.
        torque_is_crank: whether it was measured at the crank, and not at the wheel.
        wheel: its turns, modulo 2**32, and the last one in 1/2048 s.
        crank: its turns, modulo 65536, and the last one in 1/1024 s.
        force: extremes in N.
        extreme_torque: extremes in 1/32 N.m.
        angles: where the extremes are, in degrees.
        top_dead_spot: in degrees.
        bottom_dead_spot: in degrees.
        energy: accumulated, in kJ; 65535 is as far as it counts.
        offset_compensation: whether the sensor says that it compensated its offset.
    """

    power: int
    balance: int | None = None
    balance_is_left: bool = False
    torque: int | None = None
    torque_is_crank: bool = False
    wheel: Turns | None = None
    crank: Turns | None = None
    force: Extremes | None = None
    extreme_torque: Extremes | None = None
    angles: Extremes | None = None
    top_dead_spot: int | None = None
    bottom_dead_spot: int | None = None
    energy: int | None = None
    offset_compensation: bool = False

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read one.

        Raises:
            MalformedPacket: it ends before a field that its flags announce.
        """
        fields = Fields(data)
        flags = CpFlags(fields.uint(16, "flags"))
        magnitudes = Extremes.read_magnitudes
        return cls(
            fields.sint(16, "power"),
            fields.uint(8, "balance") if flags & CpFlags.PEDAL_POWER_BALANCE_PRESENT else None,
            bool(flags & CpFlags.PEDAL_POWER_BALANCE_IS_LEFT),
            fields.uint(16, "torque") if flags & CpFlags.ACCUMULATED_TORQUE_PRESENT else None,
            bool(flags & CpFlags.ACCUMULATED_TORQUE_IS_CRANK),
            read_wheel(fields) if flags & CpFlags.WHEEL_REVOLUTION_DATA_PRESENT else None,
            read_crank(fields) if flags & CpFlags.CRANK_REVOLUTION_DATA_PRESENT else None,
            magnitudes(fields, "force") if flags & CpFlags.EXTREME_FORCE_PRESENT else None,
            magnitudes(fields, "torque") if flags & CpFlags.EXTREME_TORQUE_PRESENT else None,
            Extremes.read_angles(fields) if flags & CpFlags.EXTREME_ANGLES_PRESENT else None,
            fields.uint(16, "top dead spot") if flags & CpFlags.TOP_DEAD_SPOT_PRESENT else None,
            fields.uint(16, "bottom dead spot") if flags & CpFlags.BOTTOM_DEAD_SPOT_PRESENT else None,
            fields.uint(16, "energy") if flags & CpFlags.ACCUMULATED_ENERGY_PRESENT else None,
            bool(flags & CpFlags.OFFSET_COMPENSATION),
        )


class CyclingPowerService:
    """Power, and what a meter tells beside it, stamped with its receipt.

    Args:
        wheel_mm: circumference of the wheel, mm, as text.

    Raises:
        DriverError: it cannot be that.
    """

    def __init__(self, wheel_mm: str = WHEEL_MM) -> None:
        self._turns = WheelAndCrank(wheel_mm, wheel_ticks_per_s=2048)
        self._cursors = {info.quantity: StreamCursor(info) for info in _STREAMS}
        self._reference: str | None = None
        self._torque_source: str | None = None

    def start(self) -> list[Packet]:
        """Begin a connection: forget the turns of the last one."""
        self._turns.start()
        return []

    def characteristics(self) -> Mapping[str, Characteristic]:
        """Return what decodes the channel."""
        return {"2a63": self._cp_measurement}

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return all streams a meter can have."""
        return (*_STREAMS, *self._turns.streams())

    def channels(self) -> tuple[Channel, ...]:
        """Return the measurement."""
        return (Channel("2a63", quiet_s=QUIET_S),)

    def _cp_measurement(self, packet: Packet) -> Decoded:
        measurement, at_ns = CpMeasurement.parse(packet.data), packet.mono_ns
        told = (
            (POWER, measurement.power, 1, Quality.GOOD),
            (PEDAL_POWER_BALANCE, measurement.balance, 2, _at_most(measurement.balance, 200)),
            (ACCUMULATED_TORQUE, measurement.torque, 32, Quality.GOOD),
            (TOP_DEAD_SPOT, measurement.top_dead_spot, 1, _at_most(measurement.top_dead_spot, 360)),
            (BOTTOM_DEAD_SPOT, measurement.bottom_dead_spot, 1, _at_most(measurement.bottom_dead_spot, 360)),
            (ACCUMULATED_ENERGY, measurement.energy, 1, _full(measurement.energy)),
        )
        extremes = (
            (EXTREME_FORCE, measurement.force, 1),
            (EXTREME_TORQUE, measurement.extreme_torque, 32),
            (EXTREME_ANGLE, measurement.angles, 1),
        )
        chunks: list[Chunk] = [
            self._cursors[info.quantity].chunk(at_ns, [raw / parts], quality)
            for info, raw, parts, quality in told
            if raw is not None
        ]
        chunks += [
            self._cursors[info.quantity].chunk(at_ns, [[both.maximum / parts, both.minimum / parts]])
            for info, both, parts in extremes
            if both is not None
        ]
        chunks += self._turns.chunks(measurement.wheel, measurement.crank, at_ns)
        return Decoded(tuple(chunks), self._references(measurement, at_ns))

    def _references(self, measurement: CpMeasurement, at_ns: int) -> tuple[Event, ...]:
        """Tell whose balance and torque it is, when that is first told or changes."""
        events = []
        if measurement.balance is not None:
            reference = "left" if measurement.balance_is_left else "unknown"
            if reference != self._reference:
                self._reference = reference
                events.append(Event("pedal_power_reference", at_ns, detail={"pedal": reference}))
        if measurement.torque is not None:
            source = "crank" if measurement.torque_is_crank else "wheel"
            if source != self._torque_source:
                self._torque_source = source
                events.append(Event("torque_source", at_ns, detail={"source": source}))
        return tuple(events)


class CyclingPowerDecoder(GattDecoder):
    """A power meter.

    Args:
        wheel_mm: circumference of the wheel, mm, as text.

    Raises:
        DriverError: it cannot be that.
    """

    def __init__(self, wheel_mm: str = WHEEL_MM) -> None:
        super().__init__(CyclingPowerService(wheel_mm), SensorLocation(), Features("2a65", CpFeature, 32))


_STREAMS: Final = (
    POWER,
    PEDAL_POWER_BALANCE,
    ACCUMULATED_TORQUE,
    EXTREME_FORCE,
    EXTREME_TORQUE,
    EXTREME_ANGLE,
    TOP_DEAD_SPOT,
    BOTTOM_DEAD_SPOT,
    ACCUMULATED_ENERGY,
)


def _at_most(raw: int | None, most: int) -> Quality:
    return Quality.ARTEFACT if raw is not None and raw > most else Quality.GOOD


def _full(energy: int | None) -> Quality:
    return Quality.SATURATED if energy == 0xFFFF else Quality.GOOD
