"""What goes wrong with a port, in words, and the translation of what pyserial and the kernel say."""

import errno
import os
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from drivers.serial.holders import holders
from edged.errors import DriverError, EdgedError, SourceLost

_GONE: Final = {errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.EIO}
_DENIED: Final = {errno.EACCES, errno.EPERM}
_IN_USE: Final = {errno.EBUSY, errno.EWOULDBLOCK}
_NOT_A_PORT: Final = {errno.ENOTTY, errno.EINVAL, errno.EISDIR}


def not_plugged_in(path: str) -> SourceLost:
    """Return the error of a port that is not there."""
    return SourceLost(
        "the port is not plugged in",
        where=path,
        mend="Plug the device in: it is opened by itself. `edged scan` lists what is there.",
    )


def unplugged(path: str) -> SourceLost:
    """Return the error of a port that went away while it was open."""
    return SourceLost(
        "the port was unplugged", where=path, mend="Plug it in again: it is opened again by itself."
    )


def in_use(path: str, device: str) -> SourceLost:
    """Return the error of a port that another program has, naming it where that can be told."""
    programs = holders([device]).get(device)
    if programs:
        return SourceLost(
            f"another program has the port open: {', '.join(programs)}", where=path, mend="Stop it."
        )
    return SourceLost(
        "another program has the port open",
        where=path,
        mend=f"Stop it: `sudo fuser -v {device}` names it.",
    )


@contextmanager
def port_errors(path: str, device: str) -> Iterator[None]:
    """Translate the errors of a port.

    Raises:
        SourceLost: it is gone, in use, not permitted, or fails otherwise.
        DriverError: it is no serial port.
    """
    try:
        yield
    except (OSError, termios.error) as error:
        raise _translated(error, path, device) from error


def _translated(error: OSError | termios.error, path: str, device: str) -> EdgedError:
    code = _code(error)
    if code in _GONE:
        return not_plugged_in(path)
    if code in _IN_USE:
        return in_use(path, device)
    if code in _NOT_A_PORT:
        return DriverError(
            f"{device} is not a serial port", where=path, mend="`edged scan` lists the serial ports."
        )
    if code in _DENIED:
        return SourceLost(
            f"the user of edged may not open {device}",
            where=path,
            mend="Put it into the group dialout (`sudo usermod -aG dialout USER`) and restart edged.",
        )
    return SourceLost(f"the port fails: {os.strerror(code) if code else error}", where=path)


def _code(error: BaseException | None) -> int | None:
    """Return the error number; where pyserial tells none, that of the error which it met itself."""
    match error:
        case OSError(errno=int(code)):
            return code
        case termios.error(args=(int(code), *_)):
            return code
        case OSError():
            return _code(error.__context__)
        case _:
            return None
