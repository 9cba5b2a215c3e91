"""The journal in the guest, as its file tells of it."""

import json
from dataclasses import dataclass
from typing import Final

from tests.field.vm.machine import Machine

_QUERY: Final = """
import hashlib, json, sqlite3, sys
db = sqlite3.connect("file:/var/lib/edged/edged.db?mode=ro", uri=True)
head = db.execute("SELECT max(id) FROM record").fetchone()[0] or 0
upto = int(sys.argv[1]) or head
digest = hashlib.sha256()
for row in db.execute("SELECT id, boot, stream, seq, data FROM record WHERE id <= ? ORDER BY id", (upto,)):
    digest.update(repr(row).encode())
print(json.dumps({
    "check": db.execute("PRAGMA integrity_check").fetchone()[0],
    "epoch": db.execute("SELECT value FROM meta WHERE key = 'epoch'").fetchone()[0],
    "head": head,
    "digest": digest.hexdigest(),
}))
"""


@dataclass(frozen=True, slots=True)
class JournalView:
    """A journal at one moment.

    Attributes:
        check: what SQLite found wrong with the file; ``ok`` where nothing.
        epoch: of it.
        head: id of the last record that is committed; 0 where there is none.
        digest: of the records up to there, or up to the one that was asked for.
    """

    check: str
    epoch: str
    head: int
    digest: str


def read_journal(machine: Machine, upto: int = 0) -> JournalView:
    """Read it while it is written to.

    Args:
        machine: where it lies.
        upto: id of the last record that goes into the digest; 0 is the last of all.
    """
    return JournalView(**json.loads(machine.run("/usr/bin/python3", "-c", _QUERY, str(upto))))
