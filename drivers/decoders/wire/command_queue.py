"""Commands that a device wants one after the other, with pauses."""

from collections import deque
from collections.abc import Iterable

from edged.model import NS_PER_S, Packet


class CommandQueue:
    """What is still to be sent, and when the next of it is due.

    Nothing tells the time before the decoder is first woken, so that the first command is due at once.

    Args:
        channel: to send it on.
    """

    def __init__(self, channel: str) -> None:
        self._channel = channel
        self._waiting = deque[tuple[float, bytes]]()
        self._due_ns: int | None = None

    def begin(self, steps: Iterable[tuple[float, bytes]]) -> None:
        """Plan anew: pauses in seconds, each before its command; an empty command is a pause alone."""
        self._waiting = deque(steps)
        self._due_ns = None

    def cancel(self) -> None:
        """Plan nothing."""
        self._waiting.clear()
        self._due_ns = None

    @property
    def is_done(self) -> bool:
        """True where nothing is planned."""
        return not self._waiting

    def due_ns(self) -> int | None:
        """Return when to be woken; None where nothing is planned."""
        if not self._waiting:
            return None
        return 0 if self._due_ns is None else self._due_ns

    def wake(self, mono_ns: int) -> tuple[Packet, ...]:
        """Return the command that is due, and think of the next."""
        if not self._waiting:
            return ()
        if self._due_ns is None:
            self._due_ns = mono_ns + round(self._waiting[0][0] * NS_PER_S)
        if mono_ns < self._due_ns:
            return ()
        _, command = self._waiting.popleft()
        self._due_ns = mono_ns + round(self._waiting[0][0] * NS_PER_S) if self._waiting else None
        return (Packet(self._channel, command),) if command else ()
