"""Handlers that keep what they are given, and the log of the process as it was."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from edged.log import Message


class Kept(logging.Handler):
    """Keeps every record."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    @property
    def texts(self) -> list[str]:
        return [record.getMessage() for record in self.records]


def record_of(
    message: Message | str, level: int = logging.WARNING, logger: str = "edged.tests", **fields: Any
) -> logging.LogRecord:
    """Return the record that a message, or a library's text, becomes."""
    if isinstance(message, str):
        return logging.LogRecord(logger, level, __file__, 1, message, (), None)
    arguments = (fields,) if fields else ()
    record = logging.LogRecord(logger, message.level, __file__, 1, message.text, arguments, None)
    record.edged_message, record.edged_fields = message, fields
    return record


@contextmanager
def root_as_it_was() -> Iterator[logging.Logger]:
    """Put the root logger, and what was told to be quiet, back afterwards."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        yield root
    finally:
        for handler in root.handlers:
            if handler not in handlers:
                handler.close()
        root.handlers[:] = handlers
        root.setLevel(level)
