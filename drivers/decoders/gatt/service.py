"""What a GATT service is to a decoder."""

from collections.abc import Callable, Mapping
from typing import Protocol

from edged.model import Channel, Packet, StreamInfo
from edged.sources.decoder import Decoded

Characteristic = Callable[[Packet], Decoded]
"""Takes one value of a characteristic.

Raises:
    MalformedPacket: it is not what the specification says; nothing has changed by it.
"""


class GattService(Protocol):
    """A GATT service, as a part of a ``GattDecoder``."""

    def start(self) -> list[Packet]:
        """Begin a connection: forget what was cut off; return commands to send."""

    def characteristics(self) -> Mapping[str, Characteristic]:
        """Return what decodes each channel of the service."""

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return all streams that the service can have."""

    def channels(self) -> tuple[Channel, ...]:
        """Return the channels it wants, in the order to start them."""
