"""The look around: straps in the air and ports of the board, while somebody wants to see them."""

from http import HTTPStatus
from typing import Final, Literal

from fastapi import APIRouter
from pydantic import Field

from edged.ops.devices import Devices
from edged.ops.document import Document
from edged.ops.status import NodeView
from edged.ops.words import signal_word
from edged.sources.decoder import known_decoders
from edged.sources.nearby import Device
from edged.web.auth.permission import TheNote
from edged.web.view import TheDevices, View

router = APIRouter(prefix="/scan", tags=["devices"])
"""Looks."""
actions = APIRouter(prefix="/scan", tags=["devices"])
"""Begins."""

MOST: Final = 100
"""Devices that are told: a hall is full of phones, and a page needs the nearest."""

DeviceKind = Literal["strap", "port", "other"]


class FoundDocument(Document):
    """A device that is there."""

    kind: DeviceKind = Field(description="`other`: in the air, and nothing that there is a decoder for.")
    link: str = Field(description="For a source's `link`.")
    name: str = Field(description="As the device tells it: any text; empty where it tells none.")
    address: str = Field(description="By which the system knows it.")
    rssi_dbm: int | None = Field(description="How strong it was received; null where that is not known.")
    signal: Literal["strong", "fair", "weak"] | None = Field(description="The same as a word.")
    battery_pct: int | None = Field(description="As it said itself; null where nobody has asked.")
    services: list[str] = Field(description="Those that it says it has, in words where there are.")
    decoder: str = Field(description="What it looks like, for a source's `decoder`; empty: not known.")
    source: str | None = Field(description="That has it already, or names it.")
    connected: bool = Field(description="With this board.")
    used_by: str = Field(description="Other programs that have it open.")
    age_s: float = Field(ge=0, description="Since it was last heard.")
    faded: bool = Field(description="Not heard for 10 s: it may be gone.")


class ScanDocument(Document):
    """The look around."""

    running: bool
    left_s: float = Field(ge=0, description="For so long it still goes on, if it is asked for at all.")
    devices: list[FoundDocument] = Field(description="Strongest first, ports after what was received.")
    left_out: int = Field(ge=0, description="More that are there, weaker than those.")
    problems: list[str] = Field(description="What is in the way, and the mend; it is tried again by itself.")
    decoders: list[str] = Field(description="All there are, for what looks like none.")


@router.get("", summary="What is around")
async def get_scan(devices: TheDevices, view: View) -> ScanDocument:
    """Return what was found so far; asked for each second it goes on for 30 s, else it ends sooner."""
    return _document(devices, view)


@actions.post("", summary="Look around", status_code=HTTPStatus.ACCEPTED)
async def start_scan(devices: TheDevices, view: View, note: TheNote) -> ScanDocument:
    """Begin to look around, for 30 s; nothing where it runs already. Straps that stream go on undisturbed."""
    note.is_read = True
    devices.start_scan()
    return _document(devices, view)


def _document(devices: Devices, view: NodeView) -> ScanDocument:
    nearby = devices.nearby()
    batteries = {source.name: source.battery_pct for source in view.status().sources}
    ranked = sorted((_found(device, batteries) for device in nearby.devices()), key=_rank)
    left_s = devices.scan_left_s
    return ScanDocument(
        running=left_s > 0,
        left_s=left_s,
        devices=ranked[:MOST],
        left_out=max(len(ranked) - MOST, 0),
        problems=[str(problem) for problem in nearby.problems],
        decoders=known_decoders(),
    )


def _found(device: Device, batteries: dict[str, int | None]) -> FoundDocument:
    found = device.found
    source = device.owner.source if device.owner else None
    return FoundDocument(
        kind=_kind(device),
        link=found.link,
        name=found.name,
        address=found.address,
        rssi_dbm=found.rssi_dbm,
        signal=None if found.rssi_dbm is None else signal_word(found.rssi_dbm),
        battery_pct=batteries.get(source) if found.battery_pct is None and source else found.battery_pct,
        services=[service.word or service.id for service in found.services],
        decoder=found.decoder,
        source=source,
        connected=found.connected,
        used_by=found.used_by,
        age_s=device.age_s,
        faded=device.faded,
    )


def _kind(device: Device) -> DeviceKind:
    if device.found.kind == "serial":
        return "port"
    return "strap" if device.found.decoder or device.owner else "other"


def _rank(found: FoundDocument) -> tuple[bool, float]:
    """Put what is of use first, then the strongest."""
    return found.kind == "other", -(found.rssi_dbm if found.rssi_dbm is not None else float("-inf"))
