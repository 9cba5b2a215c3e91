"""The strength that a radio receives a device with: not of the device, but told with its packets."""

from collections.abc import Mapping
from typing import Final

from drivers.decoders.fault import MalformedPacket
from drivers.decoders.gatt.service import Characteristic
from drivers.decoders.stream_cursor import StreamCursor
from edged.model import Channel, Packet, StreamInfo
from edged.sources.decoder import Decoded

RSSI: Final = StreamInfo("rssi", "dBm")

NOT_AVAILABLE_DBM: Final = 127
"""The controller does not know it (Bluetooth Core 5.4, volume 4, part E, section 7.5.4)."""


class ReceivedStrength:
    """The channel ``rssi``, one signed byte, dBm."""

    def __init__(self) -> None:
        self._rssi = StreamCursor(RSSI)

    def start(self) -> list[Packet]:
        """Begin a connection."""
        return []

    def characteristics(self) -> Mapping[str, Characteristic]:
        """Return what decodes the channel."""
        return {"rssi": self._strength}

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return the strength."""
        return (RSSI,)

    def channels(self) -> tuple[Channel, ...]:
        """Return none: a radio tells it unasked."""
        return ()

    def _strength(self, packet: Packet) -> Decoded:
        if len(packet.data) != 1:
            raise MalformedPacket(f"{len(packet.data)} bytes, and a strength is one")
        strength = int.from_bytes(packet.data, "little", signed=True)
        if strength == NOT_AVAILABLE_DBM:
            return Decoded()
        return Decoded((self._rssi.chunk(packet.mono_ns, [strength]),))
