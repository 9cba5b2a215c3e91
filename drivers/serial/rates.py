"""Which baud rate a line is at, and which comes next."""

from collections.abc import Sequence


class Rates:
    """The rates of one port, over all its connections.

    A device starts at some rate, which is searched for; it may agree to another one, which it forgets
    when it loses its power.

    Args:
        rates: those to search, in order; at least one, all different.

    Attributes:
        now: in baud.
    """

    def __init__(self, rates: Sequence[int]) -> None:
        self._listed = tuple(rates)
        self._agreed: tuple[int, ...] = ()
        self._start = self.now = self._listed[0]

    def next(self) -> int:
        """Return the rate to try next: that of the start where another was agreed, else the next listed."""
        if self.now != self._start:
            self.restart()
        else:
            rates = self._listed + self._agreed
            self._start = self.now = rates[(rates.index(self._start) + 1) % len(rates)]
        return self.now

    def agree(self, rate: int) -> None:
        """Go to a rate that the device agreed to; it is searched for too from here on."""
        self.now = rate
        if rate not in self._listed:
            self._agreed = (rate,)
            if self._start not in self._listed:
                self._start = self._listed[0]

    def restart(self) -> None:
        """Go back to the rate at which the device starts."""
        self.now = self._start
