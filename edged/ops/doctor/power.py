"""The power supply, as far as a Raspberry Pi tells."""

from collections.abc import Sequence
from enum import IntFlag
from pathlib import Path
from typing import Final

from edged.ops.doctor.finding import Finding, not_here, problem, warning, well
from edged.ops.doctor.kernel import number, text
from edged.ops.doctor.patient import Patient

CHECK: Final = "power"
_TITLE: Final = "Power"
_MEND: Final = "Use the supply made for this board, and a short cable; what draws much goes on a powered hub."


class Throttled(IntFlag):
    """What the firmware of a Raspberry Pi says (vcgencmd get_throttled, Raspberry Pi documentation)."""

    UNDER_VOLTAGE = 1 << 0
    CAPPED = 1 << 1
    THROTTLED = 1 << 2
    SOFT_LIMIT = 1 << 3
    WAS_UNDER_VOLTAGE = 1 << 16
    WAS_CAPPED = 1 << 17
    WAS_THROTTLED = 1 << 18
    WAS_SOFT_LIMIT = 1 << 19


def throttled(sys: Path) -> Throttled | None:
    """Return what the firmware tells; None on a board that is no Pi, or whose kernel does not pass it on."""
    for file in (sys / "devices/platform").glob("*/*firmware/get_throttled"):
        told = number(file, 16)
        if told is not None:
            return Throttled(told)
    return None


async def check_power(patient: Patient) -> Sequence[Finding]:
    """Look at the flags of the firmware, and at the alarm that its driver raises."""
    return await patient.threads.run(CHECK, lambda: [_look(patient.sys)])


def _look(sys: Path) -> Finding:
    flags, alarm = throttled(sys), _alarm(sys)
    if flags is None and alarm is None:
        return not_here(CHECK, _TITLE, "this board does not tell of its voltage")
    flags = flags or Throttled(0)
    if Throttled.UNDER_VOLTAGE in flags or alarm:
        what = "the voltage is too low: radios drop, USB devices vanish, cards are damaged"
        return problem(CHECK, _TITLE, what, mend=_MEND, flags=int(flags))
    if Throttled.WAS_UNDER_VOLTAGE in flags:
        what = "the voltage was too low at times since the start"
        return warning(CHECK, _TITLE, what, mend=_MEND, flags=int(flags))
    return well(CHECK, _TITLE, "the voltage has been high enough since the start", flags=int(flags))


def _alarm(sys: Path) -> bool | None:
    """Return whether the kernel's driver raises its alarm; None where there is no such driver."""
    for sensor in (sys / "class/hwmon").glob("hwmon*"):
        if text(sensor / "name") == "rpi_volt":
            return number(sensor / "in0_lcrit_alarm") == 1
    return None
