"""The log: one line an event, on standard error, where systemd's journal takes it."""

import logging
import sys
from typing import Final

_FORMAT: Final = "%(levelname)s %(name)s: %(message)s"


def set_up(level: str) -> None:
    """Write messages of at least this level (``debug`` ... ``error``) to standard error."""
    logging.basicConfig(stream=sys.stderr, level=level.upper(), format=_FORMAT, force=True)
    for noisy in ("aiosqlite", "asyncio", "websockets", "amqtt", "transitions"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # It warns of what its caller is told as an exception anyway.
    logging.getLogger("bleak").setLevel(logging.ERROR)
