"""How an event comes into the log: by its message, with fields that a program can read.

Whatever is worth more than debug is one of ``edged.messages``; handlers are in ``edged.ops.logging``.
"""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_MESSAGE: Final = "edged_message"
_FIELDS: Final = "edged_fields"


@dataclass(frozen=True, slots=True)
class Message:
    """One kind of event that an operator may look for.

    Attributes:
        name: as fields and the API call it, such as ``source_lost``.
        id: a UUID, 32 hexadecimal digits, the same for ever: systemd's ``MESSAGE_ID``.
        level: of ``logging``.
        text: %-template of its fields.
        when: in which case it is written, for the reference.
        mend: what to do about it; empty where there is nothing to be done.
    """

    name: str
    id: str
    level: int
    text: str
    when: str
    mend: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields of its text."""
        return tuple(re.findall(r"%\((\w+)\)", self.text))


def log_event(
    logger: logging.Logger, message: Message, *, error: BaseException | None = None, **fields: object
) -> None:
    """Write a message.

    Args:
        logger: of the module where it happens.
        message: what happens.
        error: whose traceback is written with it.
        fields: those of the message's text, and ``subject``; no field carries what was measured.
    """
    logger.log(
        message.level,
        message.text,
        *((fields,) if fields else ()),
        exc_info=error,
        extra={_MESSAGE: message, _FIELDS: fields},
        stacklevel=2,
    )


def message_of(record: logging.LogRecord) -> Message | None:
    """Return the message that a record is; None for other people's."""
    message = getattr(record, _MESSAGE, None)
    return message if isinstance(message, Message) else None


def fields_of(record: logging.LogRecord) -> Mapping[str, str]:
    """Return the fields of a record that say something, as text."""
    fields: Mapping[str, object] = getattr(record, _FIELDS, {})
    shown = {name: "" if value is None else str(value) for name, value in fields.items()}
    return {name: text for name, text in shown.items() if text}
