"""Whether this package may go onto this machine; asked before anything is touched.

Run by preinst out of the package's control archive, before it is unpacked; so it needs ``version.json``
beside it, the standard library, and nothing else.
"""

import contextlib
import json
import sqlite3
import sys
import tomllib
from pathlib import Path
from urllib.parse import quote

DEFAULT_JOURNAL = "/var/lib/edged/edged.db"
_BUSY_S = 5
_MADE_BY = "# Made by edged install-service"


class DeployError(Exception):
    """Says what is wrong and what to do about it."""


def admit(root: Path, known: dict[str, str]) -> None:
    """See that a version can take over on this machine.

    Args:
        root: of the file system.
        known: what the version says of itself: ``version``, and ``schema``, the newest that it reads.

    Raises:
        DeployError: it cannot.
    """
    _admit_beside_units(root)
    journal = journal_path(root)
    schema = journal_schema(journal)
    if schema > int(known["schema"]):
        raise DeployError(
            f"{journal} was written by a newer edged: it has schema {schema}, and edged {known['version']} "
            f"knows up to {known['schema']}. Keep the newer one; or stop edged and move the journal away "
            "first, with what it has not delivered yet."
        )


def journal_path(root: Path) -> Path:
    """Return the journal that is configured; where nothing is said of it, or not in TOML, the usual one."""
    path: object = DEFAULT_JOURNAL
    with contextlib.suppress(OSError, ValueError, AttributeError):
        text = (root / "etc/edged/edged.toml").read_text(encoding="utf-8-sig")
        path = tomllib.loads(text).get("journal", {}).get("path", DEFAULT_JOURNAL)
    # a relative one lies where the service runs
    return root / str(Path("/var/lib/edged", str(path))).lstrip("/")


def journal_schema(journal: Path) -> int:
    """Return the schema of a journal; 0 where there is none. A damaged one is left to the daemon: 0 too."""
    if not journal.is_file():
        return 0
    try:
        db = sqlite3.connect(f"file:{quote(str(journal))}?mode=ro", uri=True, timeout=_BUSY_S)
        with contextlib.closing(db):
            return int(db.execute("PRAGMA user_version").fetchone()[0])
    except sqlite3.Error:
        return 0


def _admit_beside_units(root: Path) -> None:
    """Units in /etc hide the package's."""
    for unit in ("edged.service", "edged-safe.service", "edged-firstboot.service"):
        there = root / "etc/systemd/system" / unit
        if there.is_file() and _MADE_BY in there.read_text(encoding="utf-8", errors="replace"):
            raise DeployError(
                f"{there} is there already, of an edged that was installed from its wheel, and would be "
                "started in place of this one. Take it away first: `edged install-service --remove`; "
                "configuration and journal stay, and this package takes them over."
            )


def main() -> int:
    """See whether the package that this lies in may be installed; return the exit status."""
    known = json.loads(Path(__file__).with_name("version.json").read_text(encoding="utf-8"))
    try:
        admit(Path("/"), known)
    except DeployError as error:
        print(f"edged: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
