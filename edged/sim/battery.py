"""A simulated battery (Battery Service 1.0, section 3.1)."""

from dataclasses import dataclass
from typing import Final

BATTERY_LEVEL: Final = "2a19"

BATTERY_EVERY_S: Final = 60

BATTERY_LIFE_S: Final = 400 * 3600
"""From full to empty, as the makers of straps promise."""


@dataclass(frozen=True, slots=True)
class Battery:
    """A battery that runs down.

    Attributes:
        charge_pct: charge at second 0, 0 to 100.
        falls: seconds at which it falls to a charge, and that charge in %.
    """

    charge_pct: int = 100
    falls: tuple[tuple[float, int], ...] = ()

    def level(self, second: float) -> int:
        """Return the charge left, in %."""
        known = ((0.0, self.charge_pct), *(fall for fall in self.falls if fall[0] <= second))
        return max(0, min(pct - int(second - since_s) * 100 // BATTERY_LIFE_S for since_s, pct in known))


FULL: Final = Battery()
