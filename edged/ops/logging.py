"""The log of this process: to systemd's journal with fields, or in lines on standard error."""

import logging
import sys
import traceback
from collections.abc import Iterator
from typing import Final

from edged.config.model import Config
from edged.log import fields_of, log_event, message_of
from edged.messages import LOG_RECORDS_LOST
from edged.ops.journald import Journald, is_connected
from edged.ops.log_repeats import REPEATS, Repeats
from edged.ops.log_ring import RECENT

IDENTIFIER: Final = "edged"
_FORMAT: Final = "%(levelname)s %(name)s: %(message)s"
_PRIORITIES: Final = ((logging.CRITICAL, 2), (logging.ERROR, 3), (logging.WARNING, 4), (logging.INFO, 6))
_DEBUG_PRIORITY: Final = 7
_QUIET: Final = ("aiosqlite", "asyncio", "websockets", "amqtt", "transitions")
_log: Final = logging.getLogger(__name__)


def set_up(level: str, *, node: str = "") -> None:
    """Write messages of at least this level (``debug`` ... ``error``), whoever writes them.

    They go to systemd's journal where standard error is that, else to standard error; and those from info on
    are kept in memory for the page.

    Args:
        level: the least.
        node: site and name of this node, for every entry.
    """
    root = logging.getLogger()
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()
    output = JournalHandler(Journald()) if is_connected() else LineHandler()
    root.addHandler(Repeats([output, RECENT]))
    _set(level, node)
    for noisy in _QUIET:
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # It warns of what its caller is told as an exception anyway.
    logging.getLogger("bleak").setLevel(logging.ERROR)


def adjust(config: Config) -> None:
    """Go on under another configuration; what is counted goes on being counted."""
    _set(config.log.level, node_name(config))


def tick() -> None:
    """Tell of repeats whose time is over; to be called about once a second."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler, Repeats):
            handler.tick()


def node_name(config: Config) -> str:
    """Return how a node is called in the log."""
    return f"{config.node.site}/{config.node.name}"


def is_journal() -> bool:
    """Return whether messages go to systemd's journal."""
    return any(isinstance(target, JournalHandler) for target in _outputs())


class LineHandler(logging.Handler):
    """Writes lines to standard error, whatever that is at the time.

    Args:
        prefixed: begin each with its priority, as systemd reads it from a stream (sd-daemon(3)).
    """

    def __init__(self, *, prefixed: bool = False) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter(_FORMAT))
        self._prefixed = prefixed

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        text = self.format(record)
        if self._prefixed:
            text = "\n".join(f"<{priority(record.levelno)}>{line}" for line in text.splitlines())
        try:
            sys.stderr.write(f"{text}\n")
            sys.stderr.flush()
        except (OSError, ValueError):  # nobody is there to be told: the terminal is gone, the stream closed
            return


class JournalHandler(logging.Handler):
    """Writes to systemd's journal; lines on standard error where that is not there.

    Args:
        journald: takes entries.

    Attributes:
        node: of every entry.
        lost: how many entries journald did not take in time, and nobody was told of yet.
    """

    def __init__(self, journald: Journald) -> None:
        super().__init__()
        self.node = ""
        self.lost = 0
        self._journald = journald
        self._lines = LineHandler(prefixed=True)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record."""
        try:
            self._journald.send(journal_fields(record, self.node))
        except BlockingIOError:  # lines would block there too: the daemon goes on, and says so later
            self.lost += 1
            return
        except OSError:
            self._lines.handle(record)
            return
        if self.lost:
            lost, self.lost = self.lost, 0
            log_event(_log, LOG_RECORDS_LOST, records=lost)

    def close(self) -> None:
        """Close the socket."""
        self._journald.close()
        super().close()


def journal_fields(record: logging.LogRecord, node: str) -> Iterator[tuple[str, str]]:
    """Return the fields of a journal entry (systemd.journal-fields(7))."""
    text = record.getMessage()
    if record.exc_info and record.exc_info[1]:
        text += "\n" + "".join(traceback.format_exception(record.exc_info[1])).rstrip()
    yield "MESSAGE", text
    yield "PRIORITY", str(priority(record.levelno))
    yield "SYSLOG_IDENTIFIER", IDENTIFIER
    yield "CODE_FILE", record.pathname
    yield "CODE_LINE", str(record.lineno)
    yield "CODE_FUNC", record.funcName or ""
    yield "EDGED_LOGGER", record.name
    message = message_of(record)
    if message is not None:
        yield "MESSAGE_ID", message.id
        yield "EDGED_MESSAGE", message.name
    for name, value in (({"node": node} if node else {}) | dict(fields_of(record))).items():
        yield f"EDGED_{name.upper()}", value
    repeats = getattr(record, REPEATS, 0)
    if repeats:
        yield "EDGED_REPEATS", str(repeats)


def priority(level: int) -> int:
    """Return syslog's priority of a level of ``logging``, 2 (critical) to 7 (debug)."""
    return next((known for least, known in _PRIORITIES if level >= least), _DEBUG_PRIORITY)


def _set(level: str, node: str) -> None:
    logging.getLogger().setLevel(level.upper())
    for target in _outputs():
        if isinstance(target, JournalHandler):
            target.node = node


def _outputs() -> Iterator[logging.Handler]:
    for handler in logging.getLogger().handlers:
        if isinstance(handler, Repeats):
            yield from handler.targets
