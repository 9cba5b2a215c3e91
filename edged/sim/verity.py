"""A simulated Polar Verity Sense: an armband that measures the pulse by light."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final, Self

from edged.model import NS_PER_S, Packet
from edged.sim.acceleration import AccMeasurement
from edged.sim.battery import BATTERY_EVERY_S, BATTERY_LEVEL, FULL, Battery
from edged.sim.device import DeviceInformation
from edged.sim.physiology import Heart
from edged.sim.pmd import CONTROL_POINT, MeasurementService, MeasurementType
from edged.sim.ppg import PPI_EVERY_S, PpgMeasurement, PpiMeasurement
from edged.sim.spell import NEVER, Stretch
from edged.sim.strap import BODY_SENSOR_LOCATION, HEART_RATE_MEASUREMENT, encode_heart_rate

_OTHER: Final = 0


@dataclass(frozen=True, slots=True)
class Verity:
    """An armband with a measurement service.

    Attributes:
        heart: whose pulse.
        battery: its charge.
        service: what it measures beside the heart rate.
    """

    heart: Heart
    battery: Battery
    service: MeasurementService

    @classmethod
    def on(cls, heart: Heart, battery: Battery = FULL, contact_lost: Stretch = NEVER) -> Self:
        """Return one, just switched on."""
        measurements = (
            PpgMeasurement(heart, contact_lost),
            AccMeasurement(heart, rates_hz=(52,), ranges_g=(8,), packed=True, channels=True),
            PpiMeasurement(heart, contact_lost),
        )
        return cls(heart, battery, MeasurementService(measurements, heart.seed))

    @property
    def information(self) -> DeviceInformation:
        """What it says that it is."""
        return DeviceInformation("Simulated Verity Sense", self.heart.seed)

    @property
    def readable(self) -> tuple[str, ...]:
        """Where it is worn, its battery, what it is, and what it can measure."""
        return (BODY_SENSOR_LOCATION, BATTERY_LEVEL, *self.information.readable, CONTROL_POINT)

    @property
    def writable(self) -> tuple[str, ...]:
        """The control point."""
        return (CONTROL_POINT,)

    def notifications(self, start_ns: int, end_ns: int) -> tuple[Packet, ...]:
        """Return heart rate, battery, answers and frames."""
        told = [*self._each_second(start_ns, end_ns), *self.service.notifications(start_ns, end_ns)]
        return tuple(sorted(told, key=lambda packet: packet.mono_ns))

    def read(self, channel: str, at_ns: int) -> bytes | None:
        """Return what a characteristic holds."""
        match channel:
            case "2a38":
                return bytes((_OTHER,))
            case "2a19":
                return bytes((self.battery.level(at_ns / NS_PER_S),))
            case _ if channel == CONTROL_POINT:
                return self.service.features
        return self.information.read(channel)

    def written(self, command: Packet, at_ns: int) -> Self:
        """Return it as a command to its control point leaves it."""
        if command.channel != CONTROL_POINT:
            return self
        return replace(self, service=self.service.written(command.data, at_ns))

    def _each_second(self, start_ns: int, end_ns: int) -> Iterator[Packet]:
        """Yield the heart rate, and now and then the battery.

        The real one cannot tell that it is not worn, sends no intervals with its heart rate, and while it
        measures pulse intervals has a new heart rate every 5 s only.
        """
        slow = any(started.kind is MeasurementType.PPI for started in self.service.started)
        for second in range(max(0, -(-start_ns // NS_PER_S)), -(-end_ns // NS_PER_S)):
            measured_s = second - second % PPI_EVERY_S if slow else second
            data = encode_heart_rate(round(self.heart.rate_at(measured_s)), contact=None)
            yield Packet(HEART_RATE_MEASUREMENT, data, second * NS_PER_S)
            if second and second % BATTERY_EVERY_S == 0:
                level = self.battery.level(second)
                yield Packet(BATTERY_LEVEL, bytes((level,)), second * NS_PER_S)
