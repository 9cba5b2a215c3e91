"""Repeats in the log: the first is told at once, the rest are counted and told once afterwards."""

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from edged.log import fields_of, message_of
from edged.model import NS_PER_S

WINDOW_S: Final = 60.0
TEXTS: Final = 4
"""Of one message about one thing, so many different texts are told in a window: another reason is news."""

KEYS: Final = 512
"""Most messages and things that are counted at once."""

REPEATS: Final = "edged_repeats"
_ABOUT: Final = ("source", "adapter", "broker")
_Key = tuple[str, str, int]


@dataclass(slots=True)
class _Seen:
    began_ns: int
    texts: set[str] = field(default_factory=set)
    held: int = 0
    last: logging.LogRecord | None = None


class Repeats(logging.Handler):
    """Passes records on to other handlers, and holds back those that only repeat what was said.

    What one source says never holds back another one's.

    Args:
        targets: the handlers.
        mono_ns: tells the time, monotonic.
    """

    def __init__(
        self, targets: Sequence[logging.Handler], mono_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        super().__init__()
        self.targets = list(targets)
        self._mono_ns = mono_ns
        self._seen: dict[_Key, _Seen] = {}

    def emit(self, record: logging.LogRecord) -> None:
        """Pass a record on, or count it."""
        try:
            self._take(record)
        except Exception:  # noqa: BLE001  as logging wants it: who logs is never hurt by it
            self.handleError(record)

    def tick(self) -> None:
        """Tell what was counted in windows that are over; to be called now and then."""
        with _Held(self):
            self._tell_over(self._mono_ns())

    def flush(self) -> None:
        """Tell what was counted so far, and have the targets write all."""
        with _Held(self):
            for key in list(self._seen):
                self._tell(key, self._mono_ns())
            for target in self.targets:
                target.flush()

    def close(self) -> None:
        """Tell what was counted, and close the targets too."""
        self.flush()
        for target in self.targets:
            target.close()
        super().close()

    def _take(self, record: logging.LogRecord) -> None:
        now_ns = self._mono_ns()
        self._tell_over(now_ns)
        if record.levelno < logging.INFO:
            self._pass(record)
            return
        key, text = _key(record), record.getMessage()
        seen = self._seen.get(key)
        if seen is None:
            while len(self._seen) >= KEYS:
                self._tell(next(iter(self._seen)), now_ns)
            seen = self._seen[key] = _Seen(now_ns)
        if text in seen.texts or len(seen.texts) >= TEXTS:
            seen.held += 1
            seen.last = record
            return
        seen.texts.add(text)
        self._pass(record)

    def _tell_over(self, now_ns: int) -> None:
        while self._seen:
            key, seen = next(iter(self._seen.items()))
            if now_ns - seen.began_ns < WINDOW_S * NS_PER_S:
                return
            self._tell(key, now_ns)

    def _tell(self, key: _Key, now_ns: int) -> None:
        seen = self._seen.pop(key)
        if seen.last is not None:
            self._pass(_summary(seen.last, seen.held, (now_ns - seen.began_ns) / NS_PER_S))

    def _pass(self, record: logging.LogRecord) -> None:
        for target in self.targets:
            if record.levelno >= target.level:
                target.handle(record)


class _Held:
    """Holds a handler's lock."""

    def __init__(self, handler: logging.Handler) -> None:
        self._handler = handler

    def __enter__(self) -> None:
        self._handler.acquire()

    def __exit__(self, *_: object) -> None:
        self._handler.release()


def _key(record: logging.LogRecord) -> _Key:
    message = message_of(record)
    if message is None:
        return (record.name, str(record.msg), record.levelno)
    fields = fields_of(record)
    return (message.id, "/".join(fields.get(name, "") for name in _ABOUT), message.level)


def _summary(last: logging.LogRecord, held: int, span_s: float) -> logging.LogRecord:
    """Return the last of those that were held back, with their number; a traceback is not told again."""
    text = f"{last.getMessage()} … {held} more in the last {max(span_s, 1):.0f} s"
    changed = {"msg": text, "args": (), "exc_info": None, "exc_text": None, REPEATS: held}
    return logging.makeLogRecord(last.__dict__ | changed)
