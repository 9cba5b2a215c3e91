"""The audit log: who changed what, and who wanted to."""

from collections import OrderedDict
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Final

from edged.access.caller import Caller
from edged.clock import Clock
from edged.model import NS_PER_S
from edged.publish.payload import time_text
from edged.store.access_db import AccessDb, AuditQuery, AuditRow, as_json_line

REFUSALS: Final = 20
"""So many refusals of one address are noted in ``WINDOW_S``, and so many of what strangers ask in vain; a
flood of more does not fill the disk."""
WINDOW_S: Final = 60.0
_ADDRESSES: Final = 256
_PAGE: Final = 500
_LONGEST: Final = 16_384
"""Of a text before or after, characters; what is longer is cut, and says so."""
_LONGEST_REQUEST: Final = 200
"""Of a method and a path, which strangers choose."""


@dataclass(slots=True)
class Note:
    """What a request that changes something says of itself, filled in on its way.

    Attributes:
        who: whoever it turns out to be: the account that logs in, where nobody was known before.
        target: what it is about.
        before: what held before, without secrets.
        after: what holds then, without secrets.
        is_read: whether it changes nothing after all, whatever its method, and is no matter for the log.
    """

    who: str = ""
    target: str = ""
    before: str = ""
    after: str = ""
    is_read: bool = False


@dataclass(slots=True)
class _Window:
    ends_ns: int
    count: int = 0


class AuditLog:
    """The log, as it is written and read.

    Args:
        db: the file.
        clock: the board's.
    """

    def __init__(self, db: AccessDb, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._windows: OrderedDict[str, _Window] = OrderedDict()

    async def note(self, caller: Caller, what: str, outcome: str, note: Note) -> None:
        """Append an entry.

        Args:
            caller: who.
            what: method and path of the request.
            outcome: what came of it.
            note: what it was about.

        Raises:
            StoreUnavailable: it cannot be kept.
        """
        await self._db.audit(
            AuditRow(
                id=0,
                at=time_text(self._clock.utc_ns()),
                who=note.who or caller.name,
                role=caller.role or "",
                address=caller.address,
                what=_cut(what, _LONGEST_REQUEST),
                target=_cut(note.target),
                before=_cut(note.before),
                after=_cut(note.after),
                outcome=outcome,
            )
        )

    def takes_refusal(self, address: str) -> bool:
        """Say whether one more refusal of an address is to be noted, and count it."""
        now_ns = self._clock.mono_ns()
        window = self._windows.get(address)
        if window is None or window.ends_ns <= now_ns:
            window = self._windows[address] = _Window(now_ns + round(WINDOW_S * NS_PER_S))
            self._windows.move_to_end(address)
            while len(self._windows) > _ADDRESSES:
                self._windows.popitem(last=False)
        window.count += 1
        return window.count <= REFUSALS

    async def entries(self, query: AuditQuery) -> list[AuditRow]:
        """Return entries, newest first.

        Raises:
            StoreUnavailable: they cannot be read now.
        """
        return await self._db.entries(query)

    async def lines(self) -> AsyncIterator[str]:
        """Yield all entries as JSON lines, newest first.

        Raises:
            StoreUnavailable: they cannot be read now.
        """
        before = 0
        while rows := await self._db.entries(AuditQuery(before=before, limit=_PAGE)):
            yield "".join(map(as_json_line, rows))
            before = rows[-1].id


def _cut(text: str, most: int = _LONGEST) -> str:
    return text if len(text) <= most else f"{text[:most]} [... {len(text) - most} more]"
