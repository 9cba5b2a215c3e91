"""An open serial port and its settings, by way of pyserial. Linux only."""

import fcntl
import termios
from contextlib import suppress
from typing import Final, Self

from serial import PARITY_EVEN, PARITY_NONE, PARITY_ODD, Serial

from drivers.serial.errors import in_use, port_errors
from drivers.serial.holders import holders
from drivers.serial.latency import lower_latency
from drivers.serial.settings import Parity, Settings
from edged.errors import SourceLost

_IFLAG, _CFLAG = 0, 2
_PARITY: Final[dict[Parity, str]] = {"none": PARITY_NONE, "even": PARITY_EVEN, "odd": PARITY_ODD}


class Line:
    """A port that is ours alone, raw and non-blocking. Opening and closing it leave DTR up.

    Attributes:
        fd: its file descriptor; reading it gives ``b""`` only once the port is unplugged.
    """

    def __init__(self, port: Serial, path: str, device: str) -> None:
        self.fd = port.fileno()
        self._port = port
        self._path = path
        self._device = device

    @classmethod
    def open(cls, device: str, settings: Settings, rate: int) -> Self:
        """Open a port.

        Args:
            device: its node, such as ``/dev/ttyUSB0``.
            settings: all but the rate.
            rate: in baud.

        Raises:
            SourceLost: it is gone, in use, not permitted, or cannot be set so.
            DriverError: it is no serial port.
        """
        if holders([device]):  # a lock keeps out only those who ask for it
            raise in_use(settings.path, device)
        with port_errors(settings.path, device):
            # Without a time between bytes pyserial sets VMIN to 0, and reading nothing looks like the end.
            port = Serial(
                device,
                bytesize=settings.bits,
                parity=_PARITY[settings.parity],
                stopbits=settings.stop,
                rtscts=settings.rtscts,
                exclusive=True,
                inter_byte_timeout=0,
            )
        line = cls(port, settings.path, device)
        try:
            line._set_up()
            line.set_rate(rate)
        except BaseException:
            line.close()
            raise
        return line

    def set_rate(self, rate: int) -> None:
        """Set the rate, in baud, and forget what came in at the last one.

        Raises:
            SourceLost: the port cannot do it, or is gone.
        """
        with port_errors(self._path, self._device):
            try:
                self._port.reset_input_buffer()
                self._port.baudrate = rate
            except ValueError as error:  # what pyserial makes of a refused custom rate
                raise SourceLost(
                    f"the port cannot be set to {rate} baud",
                    where=self._path,
                    mend="Write another rate: baud=115200.",
                ) from error

    def set_dtr(self, *, up: bool) -> bool:
        """Set DTR, and forget what came in before; return whether the port has that line."""
        try:
            self._port.dtr = up
            self._port.reset_input_buffer()
        except (OSError, termios.error):
            return False
        return True

    def close(self) -> None:
        """Close it, whatever has become of it."""
        with suppress(OSError, termios.error):
            # Closing waits for what was not sent, up to 30 s where the device holds it back.
            self._port.reset_output_buffer()
            fcntl.ioctl(self.fd, termios.TIOCNXCL)
        self._port.close()

    def _set_up(self) -> None:
        """Keep others out, and set what does not change.

        Raises:
            SourceLost: the port is gone.
        """
        with port_errors(self._path, self._device):
            fcntl.ioctl(self.fd, termios.TIOCEXCL)
            attributes = termios.tcgetattr(self.fd)
            attributes[_CFLAG] &= ~termios.HUPCL
            attributes[_IFLAG] &= ~termios.BRKINT  # a break is to be a zero byte
            termios.tcsetattr(self.fd, termios.TCSANOW, attributes)
        with suppress(ValueError):  # what pyserial makes of a driver that has no such mode
            self._port.set_low_latency_mode(True)
        lower_latency(self._device)
