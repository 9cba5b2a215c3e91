"""How hot the board is."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from edged.ops.doctor.finding import Finding, not_here, problem, warning, well
from edged.ops.doctor.kernel import number, text
from edged.ops.doctor.patient import Patient
from edged.ops.doctor.power import Throttled, throttled

CHECK: Final = "temperature"
_TITLE: Final = "Temperature"
_WARM_C: Final = 75.0
_HOT_C: Final = 85.0
"""At which a Raspberry Pi throttles, whatever it is asked to do."""
_BELOW_CRITICAL_C: Final = 5.0
_MEND: Final = "Give it air, shade or a heat sink, and look whether its fan turns."


async def check_temperature(patient: Patient) -> Sequence[Finding]:
    """Look at the hottest place that the kernel measures, and whether the board is slowed down for it."""
    return await patient.threads.run(CHECK, lambda: [_look(patient.sys)])


def _look(sys: Path) -> Finding:
    zones = sorted(_zones(sys), reverse=True)
    if not zones:
        return not_here(CHECK, _TITLE, "this board does not measure its temperature")
    hottest_c, zone, critical_c = zones[0]
    limit_c = min(_HOT_C, critical_c - _BELOW_CRITICAL_C)
    warm_c = min(_WARM_C, limit_c - (_HOT_C - _WARM_C))
    flags = throttled(sys) or Throttled(0)
    is_slowed = bool(flags & (Throttled.THROTTLED | Throttled.SOFT_LIMIT)) and not _is_hungry(flags)
    if hottest_c >= limit_c:
        what = f"it is too hot, {hottest_c:.0f} \N{DEGREE SIGN}C: it is slowed down, and ages"
        return problem(CHECK, _TITLE, what, where=zone, mend=_MEND, temperature_c=hottest_c, limit_c=limit_c)
    if hottest_c >= warm_c or is_slowed:
        slowed = ", and slowed down for it" if is_slowed else ""
        what = f"it is hot, {hottest_c:.0f} \N{DEGREE SIGN}C{slowed}"
        return warning(CHECK, _TITLE, what, where=zone, mend=_MEND, temperature_c=hottest_c, limit_c=limit_c)
    what = f"it is {hottest_c:.0f} \N{DEGREE SIGN}C"
    return well(CHECK, _TITLE, what, where=zone, temperature_c=hottest_c, limit_c=limit_c)


def _is_hungry(flags: Throttled) -> bool:
    """Return whether it is for want of voltage that the board is slowed down."""
    return Throttled.UNDER_VOLTAGE in flags


def _zones(sys: Path) -> Iterator[tuple[float, str, float]]:
    """Yield temperature, name and critical temperature of each zone, degrees Celsius."""
    for zone in (sys / "class/thermal").glob("thermal_zone*"):
        measured = number(zone / "temp")
        if measured is None or measured <= 0:  # a sensor that is not there
            continue
        critical = [
            number(file.with_name(file.name.replace("_type", "_temp"))) or 0
            for file in zone.glob("trip_point_*_type")
            if text(file) in {"critical", "hot"}
        ]
        known = [each / 1000 for each in critical if each > 0]
        yield measured / 1000, text(zone / "type"), min(known, default=float("inf"))
