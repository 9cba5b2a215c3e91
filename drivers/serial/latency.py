"""The latency timer of FTDI adapters: they keep bytes back for 16 ms unless told otherwise."""

from contextlib import suppress
from pathlib import Path
from typing import Final

_SYS: Final = Path("/sys")


def lower_latency(device: str, sys: Path = _SYS) -> None:
    """Set it to 1 ms, where there is one and it may be set: the udev rules do so for those who may not."""
    timer = sys / "class/tty" / Path(device).name / "device/latency_timer"
    with suppress(OSError):
        if timer.exists():
            timer.write_text("1", encoding="ascii")
