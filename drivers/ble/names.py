"""Names of GATT services and characteristics: UUIDs, in short where the Bluetooth SIG assigned them."""

import re
from collections.abc import Collection
from typing import Final

_BASE: Final = "-0000-1000-8000-00805f9b34fb"
_SHORT: Final = re.compile(r"[0-9a-f]{4}")
_POLAR: Final = ("polar h10", "polar sense", "polar verity", "polar oh1")
_FULL: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

SERVICES: Final = {
    "1800": "generic access",
    "1801": "generic attribute",
    "1809": "thermometer",
    "180a": "device information",
    "180d": "heart rate",
    "180f": "battery",
    "1814": "running speed",
    "1816": "cycling speed",
    "1818": "cycling power",
    "181a": "environment",
    "1822": "pulse oximeter",
    "fb005c80-02e7-f387-1cad-8acd2d8df0c8": "Polar measurement data",
}
"""Services that there is a decoder for, or that help to know a device (Bluetooth Assigned Numbers 3.4)."""


_DECODERS: Final = {
    "fb005c80-02e7-f387-1cad-8acd2d8df0c8": "polar",
    "180d": "heart_rate",
    "1822": "pulse_oximeter",
    "1809": "thermometer",
    "1818": "cycling_power",
    "1816": "cycling_speed_cadence",
    "1814": "running_speed_cadence",
    "181a": "environment",
}
"""Service to the decoder for who offers it; of several the first counts."""


def decoder_for(services: Collection[str], name: str) -> str:
    """Return the decoder that a device looks like, by its services in short; empty where it looks like none.

    A Polar strap advertises its heart rate alone: its name tells that there is more to have.
    """
    if "180d" in services and name.casefold().startswith(_POLAR):
        return "polar"
    return next((decoder for service, decoder in _DECODERS.items() if service in services), "")


def short(uuid: str) -> str:
    """Return ``180d`` for ``0000180d-0000-1000-8000-00805f9b34fb``, and others in full, lower case."""
    uuid = uuid.lower()
    known = _FULL.fullmatch(uuid) and uuid.startswith("0000") and uuid.endswith(_BASE)
    return uuid[4:8] if known else uuid


def full(name: str) -> str:
    """Return the UUID in full."""
    return f"0000{name}{_BASE}" if len(name) == 4 else name


def is_name(text: str) -> bool:
    """Return whether a text is a UUID, short or in full, in lower case."""
    return bool(_SHORT.fullmatch(text) or _FULL.fullmatch(text))
