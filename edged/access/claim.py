"""The code by which a board is claimed: for one board, one time, and some tries."""

from typing import Final

from edged.access.secret import new_code, same_code
from edged.clock import Clock
from edged.model import NS_PER_S

LIFE_S: Final = 24 * 3600.0
TRIES: Final = 5


class ClaimCode:
    """The present code; another one takes its place after ``LIFE_S``, or ``TRIES`` wrong guesses.

    Args:
        clock: whose monotonic time counts.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._code = new_code()
        self._wrong = 0
        self._made_ns = clock.mono_ns()

    @property
    def code(self) -> str:
        """What is to be typed."""
        if self._clock.mono_ns() - self._made_ns > LIFE_S * NS_PER_S:
            self.renew()
        return self._code

    def renew(self) -> None:
        """Take another one; the one before is worth nothing any more."""
        self._code = new_code()
        self._wrong = 0
        self._made_ns = self._clock.mono_ns()

    def is_right(self, code: str) -> bool:
        """Say whether it is the present one; a wrong guess is counted."""
        if same_code(code, self.code):
            return True
        self._wrong += 1
        if self._wrong >= TRIES:
            self.renew()
        return False
