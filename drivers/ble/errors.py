"""What goes wrong in the air, and at BlueZ."""

from enum import Enum, auto

from edged.errors import SourceLost


class Cause(Enum):
    """What lies behind a failure; the ladders climb by it."""

    NO_BUS = auto()
    """D-Bus does not answer."""
    DENIED = auto()
    """This user may not speak to D-Bus or BlueZ."""
    NO_SERVICE = auto()
    """bluetoothd does not run."""
    NO_ADAPTER = auto()
    """The adapter is gone, or switched off, or blocked."""
    IN_PROGRESS = auto()
    """BlueZ says that it is still busy with an earlier request."""
    TIMEOUT = auto()
    """No answer in time."""
    NOT_FOUND = auto()
    """The device is not in the air any more."""
    STALE = auto()
    """BlueZ remembers services that the device does not have, or not there."""
    NOT_BONDED = auto()
    """The device wants to be bonded with."""
    REFUSED = auto()
    """The device said no."""
    SILENT = auto()
    """Connected, but nothing came."""
    DEAF = auto()
    """An adapter that searches hears nothing at all."""
    DROPPED = auto()
    """The device ended the connection, or went out of range."""
    FAILED = auto()
    """Anything else."""


class BleError(SourceLost):
    """A failure in the air, with its cause.

    Args:
        cause: for the ladders.
        what: for people, as the rest.
    """

    def __init__(self, cause: Cause, what: str, *, where: str = "", mend: str = "") -> None:
        super().__init__(what, where=where, mend=mend)
        self.cause = cause
