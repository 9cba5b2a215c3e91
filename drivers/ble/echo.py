"""Keeps what was read from being told twice."""

from collections.abc import Callable
from typing import Final

from edged.clock import Clock
from edged.model import NS_PER_S

ECHO_NS: Final = NS_PER_S


class Echo:
    """A characteristic that is subscribed to and then read once.

    BlueZ tells subscribers the value that a read brought as well, before its answer or after it: that
    one is left out. What the device itself notifies meanwhile is told.

    Args:
        clock: how long an echo may take.
        take: takes each value once.
    """

    def __init__(self, clock: Clock, take: Callable[[bytes], None]) -> None:
        self._clock = clock
        self._take = take
        self._early: list[bytes] | None = []
        self._value = b""
        self._until_ns: int | None = None

    def notified(self, data: bytes) -> None:
        """Take a notification."""
        if self._early is not None:
            self._early.append(data)
        elif self._until_ns is not None and data == self._value and self._clock.mono_ns() < self._until_ns:
            self._until_ns = None
        else:
            self._take(data)

    def read(self, value: bytes) -> None:
        """Take what was read."""
        early, self._early = self._early or [], None
        if value in early:
            early.remove(value)
        else:
            self._value, self._until_ns = value, self._clock.mono_ns() + ECHO_NS
        for data in (*early, value):
            self._take(data)
