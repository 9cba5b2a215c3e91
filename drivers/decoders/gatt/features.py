"""What a device says that it can do."""

from collections.abc import Mapping
from enum import IntFlag

from drivers.decoders.gatt.fields import Fields
from drivers.decoders.gatt.service import Characteristic
from edged.model import Channel, Event, Packet, StreamInfo
from edged.sources.decoder import Decoded


def names(flags: IntFlag) -> list[str]:
    """Return the names of the bits that are set, in lower case; bits without a name are left out."""
    return [flag.name.lower() for flag in type(flags) if flag in flags and flag.name]


class Features:
    """A characteristic of flags, told as ``device_features`` when it is first read and when it changes.

    Args:
        channel: the characteristic.
        flags: its bits.
        bits: how many it has, a multiple of 8.
    """

    def __init__(self, channel: str, flags: type[IntFlag], bits: int) -> None:
        self._channel = channel
        self._flags = flags
        self._bits = bits
        self._known: int | None = None

    def start(self) -> list[Packet]:
        """Begin a connection."""
        return []

    def characteristics(self) -> Mapping[str, Characteristic]:
        """Return what decodes the channel."""
        return {self._channel: self._features}

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return none."""
        return ()

    def channels(self) -> tuple[Channel, ...]:
        """Return the characteristic, to be read once a connection."""
        return (Channel(self._channel, "read", optional=True),)

    def _features(self, packet: Packet) -> Decoded:
        raw = Fields(packet.data).uint(self._bits, "features")
        if raw == self._known:
            return Decoded()
        self._known = raw
        detail = {"features": names(self._flags(raw))}
        return Decoded(events=(Event("device_features", packet.mono_ns, detail=detail),))
