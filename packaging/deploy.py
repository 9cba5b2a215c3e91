#!/usr/bin/python3 -EsB
"""Puts a version of edged in place, or takes it away; run by the package's maintainer scripts.

Each version is a virtual environment of its own under /opt/edged, made from the wheels in the package,
without network. ``current`` names the one that runs, ``previous`` the one before it. Both are links that are
replaced in one step, and only whole versions are ever linked: whenever the power goes, the old version is
there or the new.

    edged-deploy install     make this package's version, and link it
    edged-deploy start       restart the service; where the new version does not come up, go back
    edged-deploy rollback    go back to the version before, by hand
    edged-deploy remove      take every version away
    edged-deploy status      say which versions there are

Only the standard library, only what Debian's python3 has.
"""

import argparse
import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import unit
from admission import DeployError, admit, journal_path, journal_schema
from versions import Versions

_LOG = "`journalctl -u edged` tells why"


class Deployment:
    """One machine.

    Args:
        root: of the file system; another one in tests.
        package: what this package brought.
        python: makes the environments.
    """

    def __init__(self, root: Path, package: Path, python: str) -> None:
        self._root = root
        self._config = root / "etc/edged/edged.toml"
        self._versions = Versions(root / "opt/edged", package, python)

    def install(self) -> None:
        """Make this version, whole, and link it as ``current``.

        Raises:
            DeployError: it may not, or cannot; what was linked stays linked.
        """
        admit(self._root, self._versions.known())
        name, current = self._versions.get(), self._versions.target("current")
        if current != name:
            self._check_config(name, current)
            if self._versions.is_whole(current):
                self._versions.link("previous", current)
            self._versions.link("current", name)
            self._put_units(name)
        self._versions.prune()

    def start(self) -> None:
        """Restart the service under ``current``; where it ran before and does not any more, go back.

        Raises:
            DeployError: the new version does not come up.
        """
        if not unit.is_there(self._root):
            return
        if not unit.is_wanted():
            print("edged is disabled and stays stopped: systemctl enable --now edged", file=sys.stderr)
            return
        ran, current = unit.version(self._versions.home), self._versions.target("current")
        if unit.comes_up():
            return
        if ran not in {"", current} and (self._versions.home / ran).is_dir():
            self._go_back(current, ran)
        said = self._refusal(current)
        if said:
            print(f"edged is in safe mode, until its configuration is mended: {said}", file=sys.stderr)
            return
        raise DeployError(f"edged {current} does not start: {_LOG}.")

    def rollback(self) -> None:
        """Go back to the version before; done twice, it is the newer one again.

        Raises:
            DeployError: there is none, it could not read the journal, or does not start; nothing has changed.
        """
        previous, current = self._versions.target("previous"), self._versions.target("current")
        if not previous or not self._versions.is_whole(previous):
            raise DeployError(
                "there is no version to go back to. Install the package of the one that you want."
            )
        admit(self._root, self._versions.known(previous))
        self._swap(current, previous)
        if unit.is_there(self._root) and unit.is_wanted() and not unit.comes_up():
            self._swap(previous, current)
            unit.comes_up()
            raise DeployError(f"edged {previous} does not start: {_LOG}. {current} is back.")
        print(f"edged {previous} is current now; {current} is kept.")

    def remove(self) -> None:
        """Take every version away."""
        self._versions.remove()

    def status(self) -> None:
        """Print which versions there are, as JSON."""
        print(json.dumps(self._versions.status()))

    def _check_config(self, name: str, current: str) -> None:
        """See that a new version takes the configuration that the current one takes.

        Raises:
            DeployError: it does not.
        """
        if not self._config.exists():
            return
        refusal = self._refusal(name)
        if refusal and current and not self._refusal(current):
            raise DeployError(
                f"edged {name} does not take the configuration, which {current} takes: {refusal}\n"
                "Nothing has been changed. Mend it so that both take it, and install again."
            )

    def _refusal(self, name: str) -> str:
        """Return what a version has against the configuration; empty where nothing."""
        edged = self._versions.home / name / "bin/edged"
        try:
            done = subprocess.run(
                [edged, "check", "-c", self._config], capture_output=True, text=True, check=False
            )
        except OSError as error:
            return str(error)
        return done.stderr.strip().removeprefix("Error: ") if done.returncode else ""

    def _go_back(self, failed: str, previous: str) -> None:
        """Have the version before run again.

        Raises:
            DeployError: always; it says what was done.
        """
        unit.stop()
        aside = self._set_journal_aside(int(self._versions.known(previous)["schema"]))
        self._swap(failed, previous)
        back = "runs again" if unit.comes_up() else "does not start either"
        raise DeployError(
            f"edged {failed} does not start; gone back to {previous}, which {back}. {_LOG}; then install "
            f"a version that works.{aside}"
        )

    def _set_journal_aside(self, schema: int) -> str:
        """Move a journal away that the version before could not read; return what to tell of it."""
        journal = journal_path(self._root)
        newer = journal_schema(journal)
        if newer <= schema:
            return ""
        try:
            with contextlib.closing(sqlite3.connect(journal)) as db:  # folds the WAL in: then it is one file
                db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            aside = _free_name(journal, f"schema-{newer}")
            journal.rename(aside)
        except (OSError, sqlite3.Error) as error:
            return f" Nothing is recorded until {journal}, of the newer one, is moved away: {error}."
        os.sync()
        return f" The journal had been converted already: it is kept as {aside}, and a new one has begun."

    def _swap(self, current: str, previous: str) -> None:
        self._versions.link("current", previous)
        self._versions.link("previous", current)
        self._put_units(previous)

    def _put_units(self, name: str) -> None:
        """Have systemd find the units of a version, where the package's are not its own."""
        for own in (self._versions.home / name / "units").glob("*.service"):
            place = self._root / "lib/systemd/system" / own.name
            if not place.exists() or place.read_bytes() != own.read_bytes():
                place.parent.mkdir(parents=True, exist_ok=True)
                fresh = place.with_name(f".{own.name}.new")
                shutil.copyfile(own, fresh)
                fresh.replace(place)


def _free_name(path: Path, what: str) -> Path:
    n = 1
    while (free := path.with_name(f"{path.name}.{what}-{n}")).exists():
        n += 1
    return free


def main(arguments: list[str] | None = None) -> int:
    """Do one thing; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="edged-deploy", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("verb", choices=["install", "start", "rollback", "remove", "status"])
    parser.add_argument("--root", type=Path, default=Path("/"))
    parser.add_argument("--package", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--python", default="/usr/bin/python3")
    given = parser.parse_args(arguments)
    os.umask(0o022)  # whoever installs, the service has to read it
    try:
        getattr(Deployment(given.root, given.package, given.python), given.verb)()
    except DeployError as error:
        print(f"edged: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
