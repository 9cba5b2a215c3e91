"""Tells what is new, so that a mistake repeated with every packet is reported once."""

from typing import Final

REMEMBERED: Final = 64
"""So many names are told apart; a device that invents more is not believed."""


class Once:
    """Names seen so far."""

    def __init__(self) -> None:
        self._seen = set[str]()

    def is_new(self, name: str) -> bool:
        """Return True at the first sight of a name, for the first ``REMEMBERED`` of them."""
        if name in self._seen or len(self._seen) >= REMEMBERED:
            return False
        self._seen.add(name)
        return True
