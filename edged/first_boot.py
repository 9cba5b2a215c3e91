"""The configuration a board begins with: from the boot partition, written on any PC, or one of our own."""

import hashlib
import logging
import os
import re
from collections.abc import Sequence
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from typing import Final

from edged.check import check_config
from edged.config.edit import KEPT, masked, unmasked
from edged.config.file import ConfigFile
from edged.config.toml import parse, read
from edged.errors import ConfigError
from edged.log import log_event
from edged.messages import FIRST_BOOT_LEFT, NOTE_NOT_WRITTEN

NAMES: Final = ("edged.toml", "edged.toml.txt")
"""An editor on Windows adds .txt, and the PC does not show it."""
APPLIED: Final = "edged.toml.applied"
REFUSED: Final = "edged.toml.error.txt"
TAKEN: Final = ".taken-from-boot"
_NAMELESS: Final = frozenset({"", "localhost"})
_log: Final = logging.getLogger(__name__)


def take_first(boots: Sequence[Path], target: Path, host: str) -> Path | None:
    """Take the first configuration that lies on a boot partition; return where it lay, None where none did.

    One that is good replaces the target and is renamed to ``edged.toml.applied``, without its secrets: a card
    reader is enough to read that partition. Where it cannot be removed, it is remembered, and not taken
    again. One that is wrong changes nothing, and the reason is written beside it. Where there is no target
    then, a first one is made, so that the page can be reached.

    Args:
        boots: folders to look in, in order.
        target: the configuration of the service; its folder exists.
        host: the board's name.

    Raises:
        ConfigError: it is wrong, or cannot be saved.
    """
    try:
        file = next((path for boot in boots for name in NAMES if (path := boot / name).is_file()), None)
        if file is None or _is_taken(file, target):
            return None
        _take(file, target)
        return file
    finally:
        if not target.exists():
            ConfigFile(target, target.with_name("none")).write(first_config(host))


def first_config(host: str) -> str:
    """Return a configuration without sources, for a board of this name."""
    text = (files("edged.config") / "first.toml").read_text(encoding="utf-8")
    return text.replace("@NODE@", node_name(host))


def node_name(host: str) -> str:
    """Return a host's name as topics may have it: 1 to 32 of a-z, 0-9 and '-', not '-' first."""
    label = host.partition(".")[0].lower()
    return "node-1" if label in _NAMELESS else _fitting(label) or "node-1"


def _fitting(label: str) -> str:
    return re.sub(r"[^a-z0-9-]", "-", label).strip("-")[:32]


def _is_taken(file: Path, target: Path) -> bool:
    with suppress(OSError):
        if target.with_name(TAKEN).read_text(encoding="ascii") == _digest(file):
            log_event(_log, FIRST_BOOT_LEFT, file=file, reason="it was taken before")
            return True
    return False


def _take(file: Path, target: Path) -> None:
    note = file.with_name(REFUSED)
    try:
        text = _with_known_secrets(read(file), target)
        check_config(parse(text, file), file)
        ConfigFile(target, target.with_name("none")).write(text)
    except ConfigError as error:
        _write(note, f"{error}\r\n\r\nMend it, and start the board again. Until then the old one holds.\r\n")
        raise
    _write(file.with_name(APPLIED), masked(text))
    taken = target.with_name(TAKEN)
    try:
        note.unlink(missing_ok=True)
        file.unlink()
        taken.unlink(missing_ok=True)
    except OSError as error:
        log_event(_log, FIRST_BOOT_LEFT, file=file, reason=error.strerror)
        _write(taken, _digest(file))
    os.sync()


def _with_known_secrets(text: str, target: Path) -> str:
    """Fill in what ``edged.toml.applied`` leaves out: whoever renames it back means the secrets there are."""
    if KEPT not in text:
        return text
    try:
        known = read(target)
        parse(known, target)
    except ConfigError:  # it may be what this one is to replace
        known = ""
    return unmasked(text, known)


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _write(path: Path, text: str) -> None:
    """Write where a technician may look; a partition that is read-only is no reason to stop."""
    try:
        path.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        log_event(_log, NOTE_NOT_WRITTEN, file=path, reason=error.strerror)
