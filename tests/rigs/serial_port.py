"""A serial port without hardware: a pseudo-terminal under a name in ``by-id``, that can be unplugged."""

import fcntl
import os
import select
import termios
import tty
from pathlib import Path
from types import TracebackType
from typing import Final, Self

NAME: Final = "usb-Arduino__www.arduino.cc__0043_75833353035351F0C1A2-if00"
_TIOCGEXCL: Final = 0x80045440
"""See ioctl_tty(2)."""
_MOST: Final = 65536
_PATIENCE_MS: Final = 5000


class SerialPort:
    """A device at the far end of a port.

    What it says has reached the port when ``say`` returns: then whoever reads it is ready to. The rate of a
    pseudo-terminal is kept, though it does not matter; modem lines it has none.

    Args:
        folder: stands for ``/dev``.
        name: in ``serial/by-id`` below it.
    """

    def __init__(self, folder: Path, name: str = NAME) -> None:
        self.path = folder / "serial/by-id" / name
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._master = self._slave = -1

    def __enter__(self) -> Self:
        self.plug()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.is_plugged:
            self.unplug()

    @property
    def is_plugged(self) -> bool:
        """Whether it is plugged in."""
        return self._master >= 0

    @property
    def url(self) -> str:
        """Of the link to it."""
        return f"serial:{self.path}"

    @property
    def device(self) -> str:
        """Its node now."""
        return os.ttyname(self._slave)

    def plug(self) -> None:
        """Plug it in: under the lowest number that is free."""
        self._master, self._slave = os.openpty()
        _set_up(self._slave)
        os.set_blocking(self._master, False)
        self.path.symlink_to(self.device)

    def unplug(self) -> None:
        """Pull it: the name vanishes, and whoever has it open reads its end."""
        self.path.unlink()
        for fd in (self._master, self._slave):
            os.close(fd)
        self._master = self._slave = -1

    def say(self, data: bytes) -> int:
        """Send; return how many bytes there was room for, the first of which have arrived."""
        try:
            taken = os.write(self._master, data)
        except BlockingIOError:
            taken = 0
        arrived = select.poll()
        arrived.register(self._slave, select.POLLIN)
        assert arrived.poll(_PATIENCE_MS), "what was said never arrived"
        return taken

    def heard(self) -> bytes:
        """Take what has come to it by now."""
        try:
            return os.read(self._master, _MOST)
        except BlockingIOError:
            return b""

    def hear(self, count: int) -> bytes:
        """Take what was sent to it, so many bytes at least: they take their time to get there."""
        data, coming = self.heard(), select.poll()
        coming.register(self._master, select.POLLIN)
        while len(data) < count:
            assert coming.poll(_PATIENCE_MS), f"no more than {data!r} came"
            data += self.heard()
        return data

    def waiting(self) -> bool:
        """Return whether something that it said was not read yet."""
        unread = select.poll()
        unread.register(self._slave, select.POLLIN)
        return bool(unread.poll(0))

    def is_exclusive(self) -> bool:
        """Return whether nobody but root may open it any more."""
        return fcntl.ioctl(self._slave, _TIOCGEXCL, bytes(4)) != bytes(4)

    def attributes(self) -> list[int]:
        """Return how its line is set: iflag, oflag, cflag, lflag, ispeed, ospeed (termios(3))."""
        return [flags for flags in termios.tcgetattr(self._slave) if isinstance(flags, int)]


def _set_up(fd: int) -> None:
    """Make it raw before anybody finds it, or its output would echo; and hang up at the end, as ports do."""
    tty.setraw(fd)
    attributes = termios.tcgetattr(fd)
    attributes[0] |= termios.BRKINT
    attributes[2] |= termios.HUPCL
    termios.tcsetattr(fd, termios.TCSANOW, attributes)
