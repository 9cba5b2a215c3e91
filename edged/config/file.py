"""The configuration file: replaced whole or not at all, and what it said before."""

import difflib
import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from edged.config.toml import read
from edged.durable import settle
from edged.errors import ConfigError

_KEEP: Final = 50
_MODE: Final = 0o660


@dataclass(frozen=True, slots=True)
class Version:
    """One state of the file.

    Attributes:
        number: counts up from 1.
        at: when it began to hold, RFC 3339 UTC by the node's clock.
        by: who brought it.
        changes: what it changed, a line each, without values.
        etag: of its text.
    """

    number: int
    at: str
    by: str
    changes: tuple[str, ...]
    etag: str


def etag_of(text: str) -> str:
    """Return what identifies a text, in a few characters."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def difference(before: str, after: str) -> str:
    """Return a unified diff of two texts; empty where they are the same."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), "before", "after", lineterm="", n=2)
    return "\n".join(lines)


def default_history(file: Path, environment: Mapping[str, str] = os.environ) -> Path:
    """Return where earlier versions are kept: in the state of the service, or else beside the file."""
    state = environment.get("STATE_DIRECTORY", "").partition(":")[0]
    return Path(state) / "configurations" if state else file.with_name(f"{file.name}.history")


class ConfigFile:
    """The file, and its versions in a folder; the folder is made when the first is kept.

    Args:
        path: of the file.
        history: the folder.
    """

    def __init__(self, path: Path, history: Path) -> None:
        self.path = path
        self._history = history

    def read(self) -> str:
        """Return what the file says now.

        Raises:
            ConfigError: it cannot be read.
        """
        return read(self.path)

    def write(self, text: str) -> None:
        """Replace the file; a power cut leaves the old text or the new one.

        Raises:
            ConfigError: it cannot be written; the old one stays.
        """
        try:
            _replace(self.path, text)
        except OSError as error:
            raise ConfigError(
                f"cannot be saved: {error.strerror}",
                file=self.path,
                mend="Its folder must be writable for the user of edged; where the system is read-only, "
                "put it on the partition that is not.",
            ) from error

    def keep(self, text: str, *, at: str, by: str, changes: Sequence[str]) -> Version | None:
        """Note a text as the newest version; the same as the newest one is not noted again.

        Returns:
            The version; None where it could not be kept, which is no reason not to go on.
        """
        versions = list(self.versions())
        if versions and versions[-1].etag == etag_of(text):
            return versions[-1]
        number = versions[-1].number + 1 if versions else 1
        version = Version(number, at, by, tuple(changes), etag_of(text))
        try:
            self._history.mkdir(parents=True, exist_ok=True, mode=0o700)
            _replace(self._history / f"{number:06}.toml", text)
            _replace(self._history / f"{number:06}.json", json.dumps(asdict(version)))
        except OSError:
            return None
        for old in versions[: max(len(versions) + 1 - _KEEP, 0)]:
            for suffix in ("json", "toml"):
                with suppress(OSError):
                    (self._history / f"{old.number:06}.{suffix}").unlink()
        return version

    def versions(self) -> Iterator[Version]:
        """Yield the versions that are kept, oldest first; what cannot be read is left out."""
        for path in sorted(self._history.glob("*.json")) if self._history.is_dir() else []:
            with suppress(OSError, ValueError, KeyError, TypeError):
                told = json.loads(path.read_text(encoding="utf-8"))
                yield Version(
                    int(told["number"]), told["at"], told["by"], tuple(told["changes"]), told["etag"]
                )

    def text_of(self, number: int) -> str:
        """Return what a version says.

        Raises:
            LookupError: there is no such version any more.
        """
        try:
            return (self._history / f"{number:06}.toml").read_text(encoding="utf-8")
        except OSError as error:
            raise LookupError(f"version {number} is not kept") from error


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.new")
    there = path.stat() if path.exists() else None
    mode = there.st_mode & 0o777 if there else _MODE
    uid, gid = (there.st_uid, there.st_gid) if there else (-1, path.parent.stat().st_gid)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            with suppress(PermissionError):  # who may not give it away is its owner from now on
                os.fchown(file.fileno(), uid, gid)
            os.fchmod(file.fileno(), mode)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    settle(path.parent)
