"""What the kernel says of its clock (adjtimex(2)), which every time daemon tells."""

import ctypes
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class KernelClock:
    """The kernel's clock.

    Attributes:
        is_synced: whether a time daemon sets it.
        offset_ns: what it is still off by, as the daemon last said, nanoseconds; positive, it is behind.
        max_error_ns: the most that it may be off by, nanoseconds; grows until it is set again.
    """

    is_synced: bool
    offset_ns: int
    max_error_ns: int


class _Timex(ctypes.Structure):
    """``struct timex`` up to the field that is read (linux/timex.h); the rest is padding."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


_STA_UNSYNC: Final = 0x40
_STA_NANO: Final = 0x2000
_NS_PER_US: Final = 1000
_libc: Final = ctypes.CDLL(None, use_errno=True)


def kernel_clock() -> KernelClock | None:
    """Return what it says; None where this process may not ask, as under ``ProtectClock=``."""
    timex = _Timex()
    if _libc.adjtimex(ctypes.byref(timex)) < 0:
        return None
    unit_ns = 1 if timex.status & _STA_NANO else _NS_PER_US
    return KernelClock(not timex.status & _STA_UNSYNC, timex.offset * unit_ns, timex.maxerror * _NS_PER_US)
