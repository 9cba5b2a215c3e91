"""A sentence of a satellite navigation receiver: NMEA 0183, read by pynmeagps.

No other module knows that library.
"""

import datetime as dt
import re
from dataclasses import dataclass
from enum import IntEnum
from functools import reduce
from math import isfinite
from operator import xor
from typing import Final, Self

from pynmeagps import NMEAReader
from pynmeagps.exceptions import (
    NMEAMessageError,
    NMEAParseError,
    NMEATypeError,
)

KNOT_M_S: Final = 1852 / 3600
FORMATTERS: Final = frozenset({"GGA", "GLL", "GNS", "GSA", "GSV", "RMC", "VTG", "ZDA"})
"""Those that are read; others are left out."""

_SENTENCE: Final = re.compile(rb"[$!]([ -)+-~]{1,250})\*([0-9A-Fa-f]{2})")
_CENTURY: Final = range(1970, 2100)


class MalformedSentence(ValueError):
    """It is none, or is damaged, in words for a fault. It never leaves a decoder."""


class FixQuality(IntEnum):
    """How a position was found (the quality indicator of GGA)."""

    NONE = 0
    GNSS = 1
    DIFFERENTIAL = 2
    PPS = 3
    RTK_FIXED = 4
    RTK_FLOAT = 5
    ESTIMATED = 6
    """By dead reckoning."""
    MANUAL = 7
    SIMULATOR = 8


MODES: Final = {
    "N": FixQuality.NONE,
    "A": FixQuality.GNSS,
    "D": FixQuality.DIFFERENTIAL,
    "P": FixQuality.PPS,
    "R": FixQuality.RTK_FIXED,
    "F": FixQuality.RTK_FLOAT,
    "E": FixQuality.ESTIMATED,
    "M": FixQuality.MANUAL,
    "S": FixQuality.SIMULATOR,
}
"""The mode indicator of GLL, GNS, RMC and VTG (NMEA 2.3 and later)."""


@dataclass(frozen=True, slots=True)
class NmeaSentence:
    """What a sentence says of the receiver; None for what it does not say.

    Attributes:
        talker: ``GP``, ``GN``, ``GL``, ...
        formatter: ``GGA``, ``RMC``, ...
        time: of day, UTC.
        date: UTC.
        fix: how the position was found; of RMC and GLL without a mode, whether there is any.
        latitude: in degrees, north positive.
        longitude: in degrees, east positive.
        altitude: above mean sea level, m.
        speed: over ground, m/s.
        course: over ground, degrees from true north.
        satellites_used: for the position.
        satellites_in_view: of the talker's system.
        is_last: whether it is the last of its group (GSV).
        hdop: horizontal dilution of precision; ``pdop`` and ``vdop`` likewise.
        dimensions: of the position, 1 for none, 2, or 3 (GSA).
    """

    talker: str
    formatter: str
    time: dt.time | None = None
    date: dt.date | None = None
    fix: FixQuality | None = None
    latitude: float | None = None
    longitude: float | None = None
    altitude: float | None = None
    speed: float | None = None
    course: float | None = None
    satellites_used: int | None = None
    satellites_in_view: int | None = None
    is_last: bool = True
    hdop: float | None = None
    pdop: float | None = None
    vdop: float | None = None
    dimensions: int | None = None

    @property
    def utc(self) -> dt.datetime | None:
        """The date and time, where both are told."""
        if self.time is None or self.date is None:
            return None
        return dt.datetime.combine(self.date, self.time, dt.UTC)

    @classmethod
    def parse(cls, line: bytes) -> Self | None:
        """Read a sentence; None for one that is whole, but not of a formatter that is read.

        Raises:
            MalformedSentence: it is none, or damaged.
        """
        match = _SENTENCE.fullmatch(line)
        if not match:
            raise MalformedSentence("not a sentence with a checksum")
        checksum = reduce(xor, match[1])
        if checksum != int(match[2], 16):
            raise MalformedSentence(f"the checksum should be {checksum:02X}")
        address = match[1].partition(b",")[0].decode("ascii")
        if len(address) != 5 or address[2:] not in FORMATTERS or line[:1] != b"$":
            return None
        try:
            message = NMEAReader.parse(line.decode("ascii"))
        except (NMEAMessageError, NMEAParseError, NMEATypeError) as error:
            raise MalformedSentence("a field is not what it should be") from error
        fields = _Fields(message)
        formatter = address[2:]
        latitude, longitude = fields.number("lat", 90), fields.number("lon", 180)
        if latitude is None or longitude is None or not fields.has_hemispheres():
            latitude = longitude = None
        speed = fields.number("spd" if formatter == "RMC" else "sogn", 1e5)
        return cls(
            address[:2],
            formatter,
            time=fields.time(),
            date=fields.date(),
            fix=fields.fix(formatter),
            latitude=latitude,
            longitude=longitude,
            altitude=fields.number("alt", 1e7),
            speed=None if speed is None else speed * KNOT_M_S,
            course=fields.number("cog" if formatter == "RMC" else "cogt", 360),
            satellites_used=fields.whole("numSV") if formatter in {"GGA", "GNS"} else None,
            satellites_in_view=fields.whole("numSV") if formatter == "GSV" else None,
            is_last=fields.whole("msgNum") == fields.whole("numMsg"),
            hdop=fields.number("HDOP", 1000),
            pdop=fields.number("PDOP", 1000),
            vdop=fields.number("VDOP", 1000),
            dimensions=fields.whole("navMode"),
        )


class _Fields:
    """The fields of a message as the library names them; an empty one, or one it could not read, is text."""

    def __init__(self, message: object) -> None:
        self._message = message

    def number(self, name: str, most: float) -> float | None:
        value = getattr(self._message, name, None)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return float(value) if isfinite(value) and abs(value) <= most else None

    def whole(self, name: str) -> int | None:
        value = getattr(self._message, name, None)
        return value if isinstance(value, int) and 0 <= value <= 999 else None

    def text(self, name: str) -> str:
        value = getattr(self._message, name, None)
        return value if isinstance(value, str) else ""

    def has_hemispheres(self) -> bool:
        return self.text("NS") in {"N", "S"} and self.text("EW") in {"E", "W"}

    def time(self) -> dt.time | None:
        value = getattr(self._message, "time", None)
        return value if isinstance(value, dt.time) else None

    def date(self) -> dt.date | None:
        value = getattr(self._message, "date", None)
        if isinstance(value, dt.date):
            return value
        day, month, year = self.whole("day"), self.whole("month"), getattr(self._message, "year", None)
        if day is None or month is None or not isinstance(year, int) or year not in _CENTURY:
            return None
        try:
            return dt.date(year, month, day)
        except ValueError:
            return None

    def fix(self, formatter: str) -> FixQuality | None:
        """Return what the sentence says of the position; the best of the systems where there are several."""
        if formatter == "GGA":
            quality = self.whole("quality")
            return FixQuality(quality) if quality in list(FixQuality) else None
        if formatter in {"RMC", "GLL"} and self.text("status") != "A":
            return FixQuality.NONE
        modes = [MODES[mode] for mode in self.text("posMode") if mode in MODES]
        measured = [mode for mode in modes if mode is not FixQuality.NONE]
        if formatter in {"RMC", "GLL"} and not modes:
            return FixQuality.GNSS
        return measured[0] if measured else FixQuality.NONE if modes else None
