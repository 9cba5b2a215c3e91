"""How long to wait before the next try."""

from dataclasses import dataclass
from random import Random


@dataclass(slots=True)
class Backoff:
    """Exponential delay with jitter, so that many sources do not come back in step.

    The n-th delay lies between half and all of ``min(cap_s, base_s * 2**n)``.

    Attributes:
        base_s: the first delay at most, in seconds, above 0.
        cap_s: the longest delay, in seconds.
        random: the source of jitter.
    """

    base_s: float
    cap_s: float
    random: Random
    attempt: int = 0

    def next_delay_s(self) -> float:
        """Return the delay before the next try, in seconds, and count the try."""
        ceiling = min(self.cap_s, self.base_s * 2.0 ** min(self.attempt, 32))
        self.attempt += 1
        return ceiling * (0.5 + 0.5 * self.random.random())

    def reset(self) -> None:
        """Start again from the shortest delay: the last try held."""
        self.attempt = 0
