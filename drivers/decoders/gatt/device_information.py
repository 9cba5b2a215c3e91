"""Device Information Service 1.1 (0x180A): who made the device, and which one it is."""

import unicodedata
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from drivers.decoders.fault import MalformedPacket
from drivers.decoders.gatt.service import Characteristic
from edged.model import Channel, Event, Packet, StreamInfo
from edged.sources.decoder import Decoded

MAX_TEXT: Final = 64
"""Longer texts are cut, characters."""

_PNP_VENDOR_SOURCES: Final = {1: "bluetooth", 2: "usb"}
"""Who gave the vendor its number (section 3.9.1)."""


class DeviceInformationService:
    """What is known of a device, told as ``device_identified`` whenever it grows or changes.

    The detail holds every field known so far. It is kept over all connections: after an update of the
    firmware the new one is told.
    """

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def start(self) -> list[Packet]:
        """Begin a connection."""
        return []

    def characteristics(self) -> Mapping[str, Characteristic]:
        """Return what decodes each channel."""
        return {channel: partial(self._learn, name, read) for channel, (name, read) in _FIELDS.items()}

    def streams(self) -> tuple[StreamInfo, ...]:
        """Return none."""
        return ()

    def channels(self) -> tuple[Channel, ...]:
        """Return all fields, to be read once a connection."""
        return tuple(Channel(channel, "read", optional=True) for channel in _FIELDS)

    def _learn(self, name: str, read: Callable[[bytes], str], packet: Packet) -> Decoded:
        value = read(packet.data)
        if not value or self._known.get(name) == value:
            return Decoded()
        self._known[name] = value
        known = {field: self._known[field] for field, _ in _FIELDS.values() if field in self._known}
        return Decoded(events=(Event("device_identified", packet.mono_ns, detail=known),))


def _text(data: bytes) -> str:
    """Return a text without what cannot be printed; some devices pad it with NULs or end it with one."""
    text = data[: 8 * MAX_TEXT].decode("utf-8", errors="replace")
    printable = "".join(c for c in text if not unicodedata.category(c).startswith("C"))
    return printable.strip()[:MAX_TEXT].rstrip()


def _system_id(data: bytes) -> str:
    """Return an EUI-64: organisation (24 bits) and device (40 bits), the most significant first (3.7)."""
    if len(data) != 8:
        raise MalformedPacket(f"{len(data)} bytes, and a system ID has 8")
    return data[::-1].hex(":")


def _pnp_id(data: bytes) -> str:
    """Return ``source:vendor:product:version``, hexadecimal but for the source (3.9)."""
    if len(data) != 7:
        raise MalformedPacket(f"{len(data)} bytes, and a PnP ID has 7")
    source = _PNP_VENDOR_SOURCES.get(data[0], str(data[0]))
    vendor, product, version = (int.from_bytes(data[at : at + 2], "little") for at in (1, 3, 5))
    return f"{source}:{vendor:04x}:{product:04x}:{version:04x}"


_FIELDS: Final[Mapping[str, tuple[str, Callable[[bytes], str]]]] = {
    "2a29": ("manufacturer", _text),
    "2a24": ("model", _text),
    "2a25": ("serial", _text),
    "2a27": ("hardware", _text),
    "2a26": ("firmware", _text),
    "2a28": ("software", _text),
    "2a23": ("system_id", _system_id),
    "2a50": ("pnp_id", _pnp_id),
}
"""Channel to the name of the field and what reads it."""
