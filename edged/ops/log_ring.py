"""The last messages of the log, kept in memory for the page."""

import logging
import secrets
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Final

from edged.log import fields_of, message_of
from edged.model import NS_PER_S

KEPT: Final = 500
_TEXT_CHARACTERS: Final = 2000


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One message.

    Attributes:
        id: counts from 1 in this run.
        utc_ns: when it was written, wall time as it was then, nanoseconds since 1970.
        level: of ``logging``.
        logger: module that wrote it.
        text: as people read it.
        name: of the message; empty for those of libraries.
        message_id: of the message; as ``name``.
        fields: what it is about: source, subject, adapter, reason ...
    """

    id: int
    utc_ns: int
    level: int
    logger: str
    text: str
    name: str
    message_id: str
    fields: Mapping[str, str]


class LogRing(logging.Handler):
    """Keeps the last messages, info and above; without tracebacks, which are the journal's.

    Attributes:
        run: identity of this run; ids count anew in another.

    Args:
        size: how many.
    """

    def __init__(self, size: int = KEPT) -> None:
        super().__init__(logging.INFO)
        self.run = secrets.token_hex(8)
        self._entries: deque[LogEntry] = deque(maxlen=size)
        self._last_id = 0

    @property
    def last_id(self) -> int:
        """The id of the newest message; 0 before the first."""
        return self._last_id

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        message = message_of(record)
        self._last_id += 1
        self._entries.append(
            LogEntry(
                self._last_id,
                round(record.created * NS_PER_S),
                record.levelno,
                record.name,
                record.getMessage()[:_TEXT_CHARACTERS],
                message.name if message else "",
                message.id if message else "",
                {name: value[:_TEXT_CHARACTERS] for name, value in fields_of(record).items()},
            )
        )

    def entries(
        self, *, level: int = logging.INFO, source: str = "", after: int | None = None, limit: int = KEPT
    ) -> list[LogEntry]:
        """Return messages, oldest first.

        Args:
            level: least one.
            source: that they are about; empty for all.
            after: only those with a higher id, the first of them; None for the last ones.
            limit: how many at most.
        """
        found = (
            entry
            for entry in tuple(self._entries)
            if entry.level >= level and (not source or entry.fields.get("source") == source)
        )
        if after is None:
            return list(deque(found, limit))
        return list(islice((entry for entry in found if entry.id > after), limit))


RECENT: Final = LogRing()
"""This process's: the log is the process's too."""
