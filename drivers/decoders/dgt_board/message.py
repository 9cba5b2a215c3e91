"""Messages of a DGT electronic board to the computer.

From DGT's protocol description ``dgtbrd.h`` ("Protocol description for DGT chess board", 1998 to 2014, with
the corrections of 2015 to the status of the clock): "Description of the messages from board to PC", and the
formats of DGT_MSG_BOARD_DUMP, _FIELD_UPDATE, _BWTIME, _SERIALNR and _VERSION. A message is its identity with
the highest bit set, the whole length in two bytes of 7 bits, and data whose highest bit is 0. There is no
checksum.

Fields are numbered row by row from a8 to h1, as long as White has the connector on the left hand. In the
messages of the clock the side that comes first is the right one, seen from the front; the description of
1998, which calls it White, was corrected in 2011.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Final

from drivers.decoders.wire.frame_buffer import NO_FRAME, WAIT

PIECES: Final = ".PRNBKQprnbkq"
"""By code, as in FEN; ``.`` for none."""
SPECIAL: Final = frozenset({13, 14, 15})
"""Codes of pieces that are none of the game."""
FIELDS: Final = 64
LONGEST: Final = 67


class Command(IntEnum):
    """Commands to the board, a byte each."""

    SEND_RESET = 0x40
    SEND_CLOCK = 0x41
    SEND_BOARD = 0x42
    RETURN_SERIAL_NUMBER = 0x45
    SEND_UPDATE_NICE = 0x4B
    SEND_VERSION = 0x4D


class Identity(IntEnum):
    """Of the messages that are asked for."""

    BOARD_DUMP = 0x86
    BWTIME = 0x8D
    FIELD_UPDATE = 0x8E
    SERIAL_NUMBER = 0x91
    VERSION = 0x93


SIZES: Final[Mapping[int, tuple[int, ...]]] = {
    Identity.BOARD_DUMP: (67,),
    Identity.BWTIME: (10,),
    Identity.FIELD_UPDATE: (5,),
    Identity.SERIAL_NUMBER: (8, 12),
    Identity.VERSION: (5,),
}
"""Whole lengths; of a serial number, with and without the version of the storage."""


class ClockStatus(IntFlag):
    """Last byte of a BWTIME message."""

    RUNNING = 1 << 0
    RIGHT_HIGH = 1 << 1
    BATTERY_LOW = 1 << 2
    RIGHT_TURN = 1 << 3
    LEFT_TURN = 1 << 4
    NO_CLOCK = 1 << 5


class SideStatus(IntFlag):
    """High bits of the hours of a side."""

    FLAG_BLOCKED = 1 << 4
    PER_MOVE = 1 << 5
    FLAG_SHOWN = 1 << 6


@dataclass(frozen=True, slots=True)
class BoardDump:
    """All fields, 0 to 63.

    Attributes:
        pieces: a letter each, as in ``PIECES``.
    """

    pieces: str


@dataclass(frozen=True, slots=True)
class FieldUpdate:
    """A field that changed.

    Attributes:
        field: 0 to 63.
        piece: its letter, ``.`` for none.
        is_special: whether it is a piece that is none of the game; the letter is ``.`` then.
    """

    field: int
    piece: str
    is_special: bool = False


@dataclass(frozen=True, slots=True)
class ClockSide:
    """One side of the clock.

    Attributes:
        time_s: shown, whole seconds.
        flag: whether it has fallen.
    """

    time_s: int
    flag: bool = False


@dataclass(frozen=True, slots=True)
class ClockTimes:
    """What the clock shows.

    Attributes:
        left: seen from the front.
        right: the same.
        status: of the clock.
    """

    left: ClockSide
    right: ClockSide
    status: ClockStatus


@dataclass(frozen=True, slots=True)
class NoClock:
    """The board has no clock, and what it sent in place of times is not one."""


@dataclass(frozen=True, slots=True)
class ClockAnswer:
    """Not times: an acknowledgement or a button of the clock, or the empty message that may come with it."""


@dataclass(frozen=True, slots=True)
class SerialNumber:
    """Five digits."""

    text: str


@dataclass(frozen=True, slots=True)
class Version:
    """Of the board's software."""

    text: str


Message = BoardDump | FieldUpdate | ClockTimes | NoClock | ClockAnswer | SerialNumber | Version


class MalformedMessage(Exception):
    """A message of the right shape whose content cannot be."""


def measure(data: bytearray) -> int:
    """Return the length of the message that begins here, for a ``FrameBuffer``."""
    sizes = SIZES.get(data[0])
    if sizes is None or (len(data) > 1 and data[1] != 0):
        return NO_FRAME
    if len(data) < 3:
        return WAIT
    size = data[2]
    if size not in sizes or any(byte & 0x80 for byte in data[3:size]):
        return NO_FRAME
    return size if len(data) >= size else WAIT


def parse(frame: bytes) -> Message:
    """Return what a message says.

    Raises:
        MalformedMessage: a number out of range.
    """
    body = frame[3:]
    match Identity(frame[0]):
        case Identity.BOARD_DUMP:
            return BoardDump("".join(_piece(code) for code in body))
        case Identity.FIELD_UPDATE:
            if body[0] >= FIELDS:
                raise MalformedMessage(f"field {body[0]} is not on the board")
            return FieldUpdate(body[0], _piece(body[1]), body[1] in SPECIAL)
        case Identity.BWTIME:
            return _clock(body)
        case Identity.SERIAL_NUMBER:
            return SerialNumber(_printable(body[:5]))
        case Identity.VERSION:
            return Version(f"{body[0]}.{body[1]:02d}")


def _clock(body: bytes) -> ClockTimes | NoClock | ClockAnswer:
    status = ClockStatus(body[6])
    if not any(body) or body[0] & 15 == 10 or body[3] & 15 == 10:
        return ClockAnswer()
    if status & ClockStatus.NO_CLOCK:
        return NoClock()
    return ClockTimes(left=_side(body[3:6]), right=_side(body[:3]), status=status)


def _side(data: bytes) -> ClockSide:
    status = SideStatus(data[0] & 0x70)
    hours, minutes, seconds = data[0] & 15, _bcd(data[1]), _bcd(data[2])
    if hours > 9 or minutes > 59 or seconds > 59:
        raise MalformedMessage("it has no time of a clock")
    fallen = SideStatus.FLAG_BLOCKED | SideStatus.FLAG_SHOWN
    return ClockSide(hours * 3600 + minutes * 60 + seconds, bool(status & fallen))


def _bcd(byte: int) -> int:
    """Return a number of two decimal digits, 255 for what is none."""
    return 255 if byte & 15 > 9 or byte >> 4 > 9 else (byte >> 4) * 10 + (byte & 15)


def _piece(code: int) -> str:
    if code in SPECIAL:
        return "."
    if code >= len(PIECES):
        raise MalformedMessage(f"{code} is no piece")
    return PIECES[code]


def _printable(data: bytes) -> str:
    text = data.decode("ascii", "replace").strip()
    return text if text.isalnum() and text.isascii() else ""
