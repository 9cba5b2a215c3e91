"""Where on the body, or on the bicycle, a sensor is."""

from collections.abc import Mapping
from enum import IntEnum

from drivers.decoders.fault import MalformedPacket
from drivers.decoders.gatt.fields import Fields
from drivers.decoders.gatt.service import Characteristic
from edged.model import Channel, Event, Packet, StreamInfo
from edged.sources.decoder import Decoded


class Location(IntEnum):
    """Sensor Location, 0x2A5D."""

    OTHER = 0
    TOP_OF_SHOE = 1
    IN_SHOE = 2
    HIP = 3
    FRONT_WHEEL = 4
    LEFT_CRANK = 5
    RIGHT_CRANK = 6
    LEFT_PEDAL = 7
    RIGHT_PEDAL = 8
    FRONT_HUB = 9
    REAR_DROPOUT = 10
    CHAINSTAY = 11
    REAR_WHEEL = 12
    REAR_HUB = 13
    CHEST = 14
    SPIDER = 15
    CHAIN_RING = 16


class SensorLocation:
    """A characteristic that says where the sensor is, told as ``sensor_location`` when it changes.

    Args:
        channel: the characteristic.
        locations: its values.
    """

    def __init__(self, channel: str = "2a5d", locations: type[IntEnum] = Location) -> None:
        self._channel = channel
        self._locations = locations
        self._known: IntEnum | None = None

    def start(self) -> list[Packet]:
        """Begin a connection."""
        return []

    def characteristics(self) -> Mapping[str, Characteristic]:
        """Return what decodes the channel."""
        return {self._channel: self._characteristic}

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return none."""
        return ()

    def channels(self) -> tuple[Channel, ...]:
        """Return the characteristic, to be read once a connection."""
        return (Channel(self._channel, "read", optional=True),)

    def update(self, raw: int, mono_ns: int) -> tuple[Event, ...]:
        """Take a location; return the event that this is.

        Raises:
            MalformedPacket: the specification does not know it.
        """
        try:
            location = self._locations(raw)
        except ValueError:
            raise MalformedPacket(f"sensor location {raw} is not known") from None
        if location is self._known:
            return ()
        self._known = location
        return (Event("sensor_location", mono_ns, detail={"location": location.name.lower()}),)

    def _characteristic(self, packet: Packet) -> Decoded:
        raw = Fields(packet.data).uint(8, "sensor location")
        return Decoded(events=self.update(raw, packet.mono_ns))
