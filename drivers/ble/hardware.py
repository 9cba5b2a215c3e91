"""What the kernel tells of an adapter beside BlueZ: its bus, its rfkill switch, its plug."""

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from edged.clock import Clock

Block = Literal["", "soft", "hard"]

_OUT_S: Final = 1.0
_under_way: Final[set[asyncio.Future[bool]]] = set()


@dataclass(frozen=True, slots=True)
class Hardware:
    """The machine's adapters, by their ``hci`` name.

    Attributes:
        sys: where sysfs is mounted.
    """

    sys: Path = Path("/sys")

    def bus(self, hci: str) -> str:
        """Return what an adapter hangs on: ``usb``, ``uart``, or nothing where that cannot be told."""
        place = self._place(hci)
        if place is None:
            return ""
        if self._plug(place) is not None:
            return "usb"
        return "uart" if any("tty" in part or "serial" in part for part in place.parts) else ""

    def block(self, hci: str) -> Block:
        """Return whether rfkill blocks an adapter, by software or by a switch."""
        for switch in sorted((self.sys / "class/rfkill").glob("rfkill*")):
            if _read(switch / "name") == hci:
                if _read(switch / "hard") == "1":
                    return "hard"
                return "soft" if _read(switch / "soft") == "1" else ""
        return ""

    async def replug(self, hci: str, clock: Clock) -> bool:
        """Take an adapter's USB plug out and put it in again; return whether that could be done."""
        place = self._place(hci)
        plug = self._plug(place) if place else None
        if plug is None:
            return False
        switch = plug / "authorized"
        if not await asyncio.to_thread(_write, switch, "0"):
            return False
        try:
            await clock.sleep(_OUT_S)
        finally:
            # not left out, whatever happens meanwhile; the kernel may take its time with a dongle that hangs
            back = asyncio.ensure_future(asyncio.to_thread(_write, switch, "1"))
            _under_way.add(back)
            back.add_done_callback(_under_way.discard)
        return await back

    def suspended_ns(self) -> int:
        """Return how long this machine has slept since it was booted."""
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) - time.clock_gettime_ns(time.CLOCK_MONOTONIC)

    def _place(self, hci: str) -> Path | None:
        link = self.sys / "class/bluetooth" / hci
        return link.resolve() if hci and link.exists() else None

    @staticmethod
    def _plug(place: Path) -> Path | None:
        """Return the USB device that something belongs to."""
        plugs = (at for at in place.parents if (at / "authorized").exists() and (at / "busnum").exists())
        return next(plugs, None)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _write(path: Path, text: str) -> bool:
    try:
        path.write_text(text, encoding="ascii")
    except OSError:
        return False
    return True
