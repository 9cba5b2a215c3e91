"""The time of day that a device puts on a measurement, which is told but never believed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Self

from drivers.decoders.gatt.fields import Fields
from edged.model import NS_PER_S, Event

_SAME_S: Final = 2.0
"""Device time and receipt may drift so far apart, s, before they are told again."""


@dataclass(frozen=True, slots=True)
class DateTime:
    """A Date Time, 0x2A08, as the device sent it, in whatever zone it keeps; 0 for what it does not know."""

    year: int
    month: int
    day: int
    hours: int
    minutes: int
    seconds: int

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Read one: 7 bytes.

        Raises:
            MalformedPacket: it ends early.
        """
        year = fields.uint(16, "year")
        month, day, hours, minutes, seconds = (
            fields.uint(8, name) for name in ("month", "day", "hours", "minutes", "seconds")
        )
        return cls(year, month, day, hours, minutes, seconds)

    def __str__(self) -> str:
        date = f"{self.year:04}-{self.month:02}-{self.day:02}"
        return f"{date}T{self.hours:02}:{self.minutes:02}:{self.seconds:02}"

    def total_s(self) -> float | None:
        """Return seconds since some moment, to compare two; None where it is no time there ever was."""
        try:
            moment = datetime(
                self.year, self.month, self.day, self.hours, self.minutes, self.seconds, tzinfo=UTC
            )
        except ValueError:
            return None
        return moment.timestamp()


class DeviceClock:
    """The clock of a device, told as ``device_time`` where it does not just go on from when it was told last.

    So a measurement is known that was stored, and is sent hours later.
    """

    def __init__(self) -> None:
        self._told: tuple[float | None, bool] | None = None

    def update(self, time: DateTime, mono_ns: int, *, is_set: bool = True) -> tuple[Event, ...]:
        """Take the time of a measurement; return the event that it is."""
        total_s = time.total_s()
        ahead_s = None if total_s is None else total_s - mono_ns / NS_PER_S
        if self._told is not None:
            told_s, was_set = self._told
            goes_on = (
                ahead_s == told_s if ahead_s is None or told_s is None else abs(ahead_s - told_s) <= _SAME_S
            )
            if goes_on and was_set == is_set:
                return ()
        self._told = (ahead_s, is_set)
        detail: Mapping[str, object] = {"time": str(time), "is_set": is_set}
        return (Event("device_time", mono_ns, detail=detail),)
