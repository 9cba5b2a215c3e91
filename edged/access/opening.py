"""Opens the gate, as far as it can be."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from edged.access.gate import Gate, Locked
from edged.clock import Clock
from edged.errors import EdgedError
from edged.log import log_event
from edged.messages import ACCESS_LOCKED
from edged.ops.instruments import AccessStats

NAME: Final = "access.db"
INSTALLED: Final = Path("/var/lib/edged") / NAME
"""Where the installed service has it."""
_log: Final = logging.getLogger(__name__)


def access_path(journal: Path, environment: Mapping[str, str] = os.environ) -> Path:
    """Return the file of accounts: in the folder that systemd gives for state, or by the journal."""
    folder = environment.get("STATE_DIRECTORY", "").partition(":")[0]
    return (Path(folder) if folder else journal.parent) / NAME


@asynccontextmanager
async def opened_gate(path: Path, clock: Clock, stats: AccessStats) -> AsyncIterator[Gate | Locked | None]:
    """Yield the gate while it is open.

    ``Locked`` where there is a file of accounts that cannot be used. None where there is none, nor can be:
    then nobody has ever claimed the board, and only who sits at it is answered.

    Args:
        path: see ``access_path``.
        clock: the board's.
        stats: where what happens at the gate is counted.
    """
    gate: Gate | Locked | None
    try:
        gate = await Gate.open(path, clock, stats)
    except EdgedError as error:
        log_event(_log, ACCESS_LOCKED, reason=error)
        is_there = await asyncio.to_thread(path.exists)
        gate = Locked(f"Nobody can log in: {error}") if is_there else None
    try:
        yield gate
    finally:
        if isinstance(gate, Gate):
            await gate.close()
