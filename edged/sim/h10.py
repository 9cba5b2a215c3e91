"""A simulated Polar H10: a heart-rate strap that also sends its electrocardiogram and acceleration."""

from dataclasses import dataclass, replace
from typing import Self

from edged.model import Packet
from edged.sim.acceleration import AccMeasurement
from edged.sim.device import DeviceInformation
from edged.sim.ecg import EcgMeasurement
from edged.sim.pmd import CONTROL_POINT, MeasurementService
from edged.sim.strap import Strap


@dataclass(frozen=True, slots=True)
class H10:
    """A strap with a measurement service.

    Attributes:
        strap: the heart-rate side of it.
        service: the other side.
    """

    strap: Strap
    service: MeasurementService

    @classmethod
    def on(cls, strap: Strap) -> Self:
        """Return one, just switched on, that is worn as a strap is."""
        measurements = (
            EcgMeasurement(strap.heart, strap.contact_lost),
            AccMeasurement(strap.heart, rates_hz=(25, 50, 100, 200), ranges_g=(2, 4, 8)),
        )
        return cls(strap, MeasurementService(measurements, strap.heart.seed))

    @property
    def information(self) -> DeviceInformation:
        """What it says that it is."""
        return DeviceInformation("Simulated H10", self.strap.heart.seed)

    @property
    def readable(self) -> tuple[str, ...]:
        """What a strap has, what it is, and what it can measure."""
        return (*self.strap.readable, *self.information.readable, CONTROL_POINT)

    @property
    def writable(self) -> tuple[str, ...]:
        """The control point."""
        return (CONTROL_POINT,)

    def notifications(self, start_ns: int, end_ns: int) -> tuple[Packet, ...]:
        """Return heart rate, answers and frames."""
        told = [*self.strap.notifications(start_ns, end_ns), *self.service.notifications(start_ns, end_ns)]
        return tuple(sorted(told, key=lambda packet: packet.mono_ns))

    def read(self, channel: str, at_ns: int) -> bytes | None:
        """Return what a characteristic holds."""
        if channel == CONTROL_POINT:
            return self.service.features
        return self.information.read(channel) or self.strap.read(channel, at_ns)

    def written(self, command: Packet, at_ns: int) -> Self:
        """Return it as a command to its control point leaves it."""
        if command.channel != CONTROL_POINT:
            return self
        return replace(self, service=self.service.written(command.data, at_ns))
