"""Makes the diagnostics bundle of a running node."""

import asyncio
import json
import logging
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from edged.config.edit import KEPT
from edged.errors import EdgedError
from edged.ops.bundle.archive import Part, archive
from edged.ops.bundle.machine import machine_parts
from edged.ops.bundle.readme import readme
from edged.ops.bundle.scrub import scrubbed, secrets_of, without_readings
from edged.ops.control import Control
from edged.ops.desk import Desk
from edged.ops.doctor.latest import Latest
from edged.ops.doctor.threads import Threads
from edged.ops.log_ring import KEPT as KEPT_MESSAGES
from edged.ops.log_ring import LogEntry, LogRing
from edged.ops.metrics import expose
from edged.ops.status import NodeView
from edged.publish.payload import time_text

_PLAIN: Final = str.maketrans("", "", "-:")
_NO_FILE: Final = "# Not started from a configuration file: configuration.json has what it runs.\n"


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle.

    Attributes:
        name: of its file.
        content: a zip file.
    """

    name: str
    content: bytes


class Bundler:
    """Collects what the node can tell, on its event loop, and has it written in a thread.

    Args:
        view: the node.
        desk: who knows more of it.
        recent: the last messages of the log.
        control: knows the configuration's text; None, and nobody does.
        doctor: looks the board over; None, and nobody does.
        root: the board's file system.
    """

    def __init__(
        self,
        view: NodeView,
        desk: Desk,
        recent: LogRing,
        control: Control | None = None,
        doctor: Latest | None = None,
        root: Path = Path("/"),
    ) -> None:
        self._view = view
        self._desk = desk
        self._recent = recent
        self._control = control
        self._doctor = doctor
        self._root = root
        self._threads = Threads()

    async def make(self) -> Bundle:
        """Return a bundle; what cannot be had is left out, and its file says why.

        Raises:
            TransientError: the last one is still being made.
        """
        health, network = await asyncio.gather(
            _asked("health", self._doctor.report if self._doctor else None),
            _asked("network", self._desk.network.status),
        )
        status, config = without_readings(self._view.status()), self._desk.config()
        families = self._view.metrics()
        told = [
            Part("status.json", _json(status)),
            health,
            Part("delivery.json", _json(self._desk.delivery.status() if self._desk.delivery else None)),
            network,
            Part("journal.json", _json(status.journal)),
            *self._configuration(),
            Part("configuration.json", _json(config)),
        ]
        entries = self._recent.entries()
        node = status.node
        name = f"edged-{node.site}-{node.node}-{node.utc[:19].translate(_PLAIN)}Z"

        def write() -> bytes:
            secrets = secrets_of(config)
            rest = [
                Part("metrics.txt", expose(families)[0].decode()),
                *machine_parts(self._root),
                *_log(entries),
            ]
            parts = [Part("README.txt", readme(node, KEPT_MESSAGES)), *told, *rest]
            clean = (Part(part.name, scrubbed(part.text, secrets)) for part in parts)
            return archive(clean, name, datetime.fromisoformat(node.utc))

        return Bundle(f"{name}.zip", await self._threads.run("bundle", write))

    def _configuration(self) -> Iterator[Part]:
        if self._control is None:
            yield Part("configuration.toml", _NO_FILE)
            return
        yield Part("configuration.toml", self._control.configuration().text)
        versions = [asdict(each) for each in self._control.versions()]
        yield Part("versions.json", json.dumps(versions, indent=2, ensure_ascii=False, default=str) + "\n")


async def _asked(name: str, ask: Callable[[], Coroutine[object, object, BaseModel]] | None) -> Part:
    if ask is None:
        return Part(f"{name}.json", _json(None))
    try:
        return Part(f"{name}.json", _json(await ask()))
    except EdgedError as error:
        return Part(f"{name}.json", json.dumps({"could_not_be_had": str(error)}) + "\n")


def _log(entries: Sequence[LogEntry]) -> Iterator[Part]:
    """Yield the log as people read it, and as programs do."""
    entries = [_without_code(each) for each in entries]
    lines = (f"{time_text(each.utc_ns)} {_level(each)} {each.logger}: {each.text}\n" for each in entries)
    yield Part("log.txt", "".join(lines))
    told = (
        {
            "id": each.id,
            "at": time_text(each.utc_ns),
            "level": _level(each),
            "logger": each.logger,
            "name": each.name,
            "text": each.text,
            "fields": dict(each.fields),
        }
        for each in entries
    )
    yield Part("log.jsonl", "".join(f"{json.dumps(each, ensure_ascii=False)}\n" for each in told))


def _without_code(entry: LogEntry) -> LogEntry:
    """Return a message without the code by which the board can be claimed."""
    code = entry.fields.get("code")
    if not code:
        return entry
    return replace(entry, text=entry.text.replace(code, KEPT), fields={**entry.fields, "code": KEPT})


def _level(entry: LogEntry) -> str:
    return logging.getLevelName(entry.level).lower()


def _json(told: BaseModel | None) -> str:
    return "null\n" if told is None else told.model_dump_json(indent=2) + "\n"
