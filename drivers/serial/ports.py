"""The serial ports of this board, by way of pyserial."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from serial.tools.list_ports import comports
from serial.tools.list_ports_common import ListPortInfo

_NAMES: Final = ("edged", "serial/by-id", "serial/by-path")
"""Folders of names that stay when the number changes, the best first."""


_DECODERS: Final = {"2341": "board", "2a03": "board", "2e8a": "board", "1546": "nmea"}
"""USB vendor to decoder: Arduino (twice), Raspberry Pi, u-blox."""


@dataclass(frozen=True, slots=True)
class Port:
    """A port that is there.

    Attributes:
        device: its node now, such as ``/dev/ttyUSB0``.
        path: the name to configure: one that stays, where there is one.
        maker: as the device tells it; empty where it tells none, as the rest.
        product: as the device tells it.
        serial_number: as the device tells it; cheap adapters have none.
        usb_id: of vendor and product, such as ``0403:6001``.
        place: of the USB socket, such as ``1-1.4``.
    """

    device: str
    path: str
    maker: str = ""
    product: str = ""
    serial_number: str = ""
    usb_id: str = ""
    place: str = ""

    @property
    def name(self) -> str:
        """Maker and product, as people name it."""
        if self.product.casefold().startswith(self.maker.casefold()):
            return self.product
        return f"{self.maker} {self.product}".strip()


def decoder_for(port: Port) -> str:
    """Return the decoder that a port looks like; empty where anything may be behind it."""
    return _DECODERS.get(port.usb_id.partition(":")[0], "")


def list_ports(dev: Path = Path("/dev"), sys: Path = Path("/sys")) -> list[Port]:
    """Return the ports that are there, by device node."""
    infos = sorted((info for info in comports() if _is_there(info, sys)), key=lambda info: info.device)
    names = _stable_names(dev)
    twins = Counter(_kind(info) for info in infos if not info.serial_number)
    return [_port(info, names, is_twin=twins[_kind(info)] > 1) for info in infos]


def _port(info: ListPortInfo, names: Mapping[str, Mapping[str, str]], *, is_twin: bool) -> Port:
    """Return what is known of a port; of twins that cannot be told apart the name by their sockets."""
    folders = [folder for folder in _NAMES if not (is_twin and folder == "serial/by-id")]
    stable = [names[folder][info.device] for folder in folders if info.device in names[folder]]
    return Port(
        info.device,
        stable[0] if stable else info.device,
        info.manufacturer or "",
        info.product or "",
        info.serial_number or "",
        _kind(info),
        info.location or "",
    )


def _kind(info: ListPortInfo) -> str:
    return "" if info.vid is None or info.pid is None else f"{info.vid:04x}:{info.pid:04x}"


def _is_there(info: ListPortInfo, sys: Path) -> bool:
    """Return whether a node has hardware behind it; the kernel makes ``ttyS0`` to ``ttyS3`` anyway."""
    try:
        return (sys / "class/tty" / info.name / "type").read_text(encoding="ascii").strip() != "0"
    except OSError:
        return True


def _stable_names(dev: Path) -> dict[str, dict[str, str]]:
    """Return folder to device node to name; of several names the first."""
    return {folder: _links((dev / folder).glob("*")) for folder in _NAMES}


def _links(paths: Iterable[Path]) -> dict[str, str]:
    return {str(path.resolve()): str(path) for path in sorted(paths, reverse=True)}
