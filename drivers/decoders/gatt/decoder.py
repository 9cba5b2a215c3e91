"""The base of every decoder of Bluetooth GATT devices: put together of services."""

from itertools import chain

from drivers.decoders.fault import MalformedPacket, fault
from drivers.decoders.gatt.battery import BatteryService
from drivers.decoders.gatt.device_information import DeviceInformationService
from drivers.decoders.gatt.received_strength import ReceivedStrength
from drivers.decoders.gatt.service import GattService
from drivers.decoders.once import Once
from edged.model import Channel, Packet, StreamInfo
from edged.sources.decoder import Decoded


class GattDecoder:
    """Decodes a device by its services.

    Beside those given, every device may have Battery Service and Device Information Service, and links
    tell the strength it is received with.

    Args:
        services: the most important first.
    """

    def __init__(self, *services: GattService) -> None:
        self._services: tuple[GattService, ...] = (
            *services,
            BatteryService(),
            ReceivedStrength(),
            DeviceInformationService(),
        )
        self._characteristics = {
            channel: decode
            for service in reversed(self._services)  # where two have the same one, the first has it
            for channel, decode in service.characteristics().items()
        }
        self._unknown = Once()

    def start(self) -> list[Packet]:
        """Begin a connection; return the commands of all services, in their order."""
        return [command for service in self._services for command in service.start()]

    def feed(self, packet: Packet) -> Decoded:
        """Take one value of a characteristic."""
        decode = self._characteristics.get(packet.channel)
        if decode is None:
            if self._unknown.is_new(packet.channel):
                return fault(packet, "a characteristic that its decoder does not know; left out from here on")
            return Decoded()
        try:
            return decode(packet)
        except MalformedPacket as error:
            return fault(packet, str(error))

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return all streams that such a device can have."""
        return tuple(chain.from_iterable(service.streams() for service in self._services))

    def channels(self) -> tuple[Channel, ...]:
        """Return what is essential, and then what may be had beside it."""
        wanted: dict[str, Channel] = {}
        for service in self._services:
            for channel in service.channels():
                wanted.setdefault(channel.name, channel)
        return tuple(sorted(wanted.values(), key=lambda channel: channel.optional))
