"""The last messages of the log."""

import logging
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Depends, Query
from fastapi.requests import HTTPConnection
from pydantic import BaseModel, Field

from edged.config.model import Name
from edged.messages import MESSAGES
from edged.ops.log_ring import KEPT, LogEntry, LogRing
from edged.publish.payload import time_text

router = APIRouter(tags=["log"])

LevelName = Literal["info", "warning", "error", "critical"]
_LEVELS: Final[dict[LevelName, int]] = {
    "info": logging.INFO,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
}


class LogRecord(BaseModel):
    """One message."""

    id: int = Field(ge=1, description="Counts from 1 in each run of the daemon.")
    at: str = Field(description="Wall time as it was when it was written, RFC 3339 UTC.")
    level: LevelName
    text: str = Field(description="As people read it.")
    name: str = Field(description="Of the message, see docs/messages.md; empty for those of libraries.")
    message_id: str = Field(description="The same as systemd's journal has it, `MESSAGE_ID`.")
    logger: str = Field(description="Module that wrote it.")
    fields: dict[str, str] = Field(description="What it is about: source, subject, adapter, reason ...")
    when: str = Field(description="In which case it is written; empty for those of libraries.")
    mend: str = Field(description="What to do about it; empty where there is nothing to be done.")


class LogPage(BaseModel):
    """Some of what is kept: the last 500 messages, info and above, without tracebacks."""

    run: str = Field(description="Identity of this run of the daemon; in another one ids count anew.")
    after: int = Field(ge=0, description="To ask with next: what comes then is new.")
    records: list[LogRecord] = Field(description="Oldest first.")


def _recent(connection: HTTPConnection) -> LogRing:
    recent: LogRing = connection.app.state.recent
    return recent


@router.get("/logs", summary="The last messages of the log")
async def get_logs(
    recent: Annotated[LogRing, Depends(_recent)],
    level: Annotated[LevelName, Query(description="Least level.")] = "info",
    source: Annotated[Name | None, Query(description="Only those about one source.")] = None,
    after: Annotated[
        int | None, Query(ge=0, description="Only newer ones than this id, the oldest first.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=KEPT, description="Most messages; without `after` the last.")] = 100,
) -> LogPage:
    """Return messages, oldest first; the whole log is in systemd's journal: `journalctl -u edged`."""
    entries = recent.entries(level=_LEVELS[level], source=source or "", after=after, limit=limit)
    is_cut = after is not None and len(entries) == limit
    return LogPage(
        run=recent.run,
        after=entries[-1].id if is_cut else recent.last_id,
        records=[_record(entry) for entry in entries],
    )


def _record(entry: LogEntry) -> LogRecord:
    level = next(name for name, least in reversed(_LEVELS.items()) if entry.level >= least)
    message = MESSAGES.get(entry.name)
    return LogRecord(
        id=entry.id,
        at=time_text(entry.utc_ns),
        level=level,
        text=entry.text,
        name=entry.name,
        message_id=entry.message_id,
        logger=entry.logger,
        fields=dict(entry.fields),
        when=message.when if message else "",
        mend=message.mend if message else "",
    )
