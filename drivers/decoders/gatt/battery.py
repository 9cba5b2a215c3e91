"""Battery Service 1.0 (0x180F)."""

from collections.abc import Mapping
from typing import Final

from drivers.decoders.fault import MalformedPacket
from drivers.decoders.gatt.service import Characteristic
from drivers.decoders.stream_cursor import StreamCursor
from edged.model import Channel, Packet, StreamInfo
from edged.sources.decoder import Decoded

BATTERY: Final = StreamInfo("battery", "%")


class BatteryService:
    """The charge of a device, 0x2A19 (section 3.1)."""

    def __init__(self) -> None:
        self._battery = StreamCursor(BATTERY)

    def start(self) -> list[Packet]:
        """Begin a connection."""
        return []

    def characteristics(self) -> Mapping[str, Characteristic]:
        """Return what decodes each channel."""
        return {"2a19": self._battery_level}

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return the charge."""
        return (BATTERY,)

    def channels(self) -> tuple[Channel, ...]:
        """Return the charge: told on change, so read too."""
        return (Channel("2a19", "both", optional=True),)

    def _battery_level(self, packet: Packet) -> Decoded:
        if not packet.data:
            raise MalformedPacket("no battery level in it")
        level = packet.data[0]
        if level > 100:
            raise MalformedPacket(f"a battery level of {level} %, more than 100")
        return Decoded((self._battery.chunk(packet.mono_ns, [level]),))
