"""A made-up ``/sys``: the part of it that tells what a Bluetooth adapter is plugged into."""

import os
import shutil
from pathlib import Path
from typing import Final, Literal

AdapterBus = Literal["usb", "uart"]

_USB: Final = Path("devices/pci0000:00/0000:00:14.0/usb1")
_UART: Final = Path("devices/platform/soc/fe201000.serial/serial0")


class SysTree:
    """Laid out as Linux does, with symbolic links where it has them.

    Args:
        folder: an empty folder; ``root`` below it stands for ``/sys``.
    """

    def __init__(self, folder: Path) -> None:
        self.root = folder / "sys"
        for name in ("class/bluetooth", "class/rfkill", "bus/usb", "bus/serial"):
            (self.root / name).mkdir(parents=True)
        self._rfkill = 0

    def plug(self, name: str, *, bus: AdapterBus = "usb", port: str = "1-1") -> None:
        """Add an adapter under its hci name; on USB at a port such as ``1-1``, authorized."""
        if bus == "usb":
            self._plug_usb(port)
        device = self._device(bus, port)
        device.mkdir(parents=True, exist_ok=True)
        self._link(device / "subsystem", self.root / "bus" / ("usb" if bus == "usb" else "serial"))
        adapter = device / "bluetooth" / name
        assert not list(adapter.parent.glob("*")), "another adapter is plugged in there"
        adapter.mkdir(parents=True)
        self._link(adapter / "device", device)
        self._link(adapter / "subsystem", self.root / "class/bluetooth")
        self._link(self.root / "class/bluetooth" / name, adapter)
        self._add_rfkill(adapter)

    def unplug(self, name: str, *, port: str = "") -> None:
        """Remove an adapter; with a port, what it was plugged in as too."""
        link = self.root / "class/bluetooth" / name
        adapter = link.resolve()
        for switch in adapter.glob("rfkill*"):
            (self.root / "class/rfkill" / switch.name).unlink()
        link.unlink()
        shutil.rmtree(adapter)
        if port:
            shutil.rmtree(self._port(port))

    def authorized(self, port: str) -> bool:
        """Return whether the kernel may use what is at a USB port, as was last written."""
        return (self._port(port) / "authorized").read_text(encoding="ascii").strip() != "0"

    def block(self, name: str, *, soft: bool = False, hard: bool = False) -> None:
        """Set the rfkill switches of an adapter."""
        for switch in (self.root / "class/bluetooth" / name).resolve().glob("rfkill*"):
            _write(switch / "soft", str(int(soft)))
            _write(switch / "hard", str(int(hard)))

    def _plug_usb(self, port: str) -> None:
        usb = self._port(port)
        if usb.exists():
            return  # it was there all the time, not authorized
        usb.mkdir(parents=True)
        _write(usb / "authorized", "1")
        _write(usb / "busnum", "1")
        _write(usb / "devnum", "4")
        _write(usb / "idVendor", "0a5c")
        _write(usb / "idProduct", "21e8")
        self._link(usb / "subsystem", self.root / "bus/usb")

    def _add_rfkill(self, adapter: Path) -> None:
        switch = adapter / f"rfkill{self._rfkill}"
        self._rfkill += 1  # the kernel never gives a number twice
        switch.mkdir()
        for file, text in (("type", "bluetooth"), ("name", adapter.name), ("soft", "0"), ("hard", "0")):
            _write(switch / file, text)
        self._link(switch / "device", adapter)
        self._link(self.root / "class/rfkill" / switch.name, switch)

    def _port(self, port: str) -> Path:
        return self.root / _USB / port

    def _device(self, bus: AdapterBus, port: str) -> Path:
        return self._port(port) / f"{port}:1.0" if bus == "usb" else self.root / _UART / "serial0-0"

    @staticmethod
    def _link(link: Path, target: Path) -> None:
        if not link.is_symlink():
            link.symlink_to(os.path.relpath(target, link.parent))  # relative, as the kernel's are


def _write(file: Path, text: str) -> None:
    file.write_text(f"{text}\n", encoding="ascii")
