"""Makes a service of an edged installed from its wheel (pipx, uv tool): units, user, configuration."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, Self

from edged.config.file import ConfigFile
from edged.errors import PermanentError
from edged.first_boot import first_config

UNITS: Final = ("edged.service", "edged-safe.service", "edged-firstboot.service")
_PLACES: Final = {
    **{unit: f"etc/systemd/system/{unit}" for unit in UNITS},
    "edged.sysusers": "etc/sysusers.d/edged.conf",
    "edged.tmpfiles": "etc/tmpfiles.d/edged.conf",
    "99-edged.rules": "etc/udev/rules.d/99-edged.rules",
    "edged.catalog": "usr/local/lib/systemd/catalog/edged.catalog",
}
_PROGRAM: Final = "/opt/edged/current/bin/edged"
_CONFIG: Final = "etc/edged/edged.toml"
_MADE_BY: Final = "# Made by edged install-service"
"""By this the Debian package knows them."""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that is done.

    Attributes:
        what: in words, for who wants to see it first.
        do: does it.
    """

    what: str
    do: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Installed:
    """An edged that pipx or uv tool, or pip in a virtual environment, has installed.

    Attributes:
        program: the command ``edged``, where it stays.
        interpreter: the Python that runs it, links followed.
    """

    program: Path
    interpreter: Path

    @classmethod
    def this(cls) -> Self:
        """Return the one that runs here.

        Raises:
            PermanentError: it has no command.
        """
        program = Path(sys.executable).with_name("edged")
        if not program.is_file():
            raise PermanentError(
                "the command edged is not to be found",
                where=str(program),
                mend="Install edged with pipx or uv tool, and call it there.",
            )
        return cls(program, Path(sys.executable).resolve())

    @property
    def paths(self) -> tuple[Path, Path]:
        """Both."""
        return self.program, self.interpreter


def unit_folder() -> Path:
    """Return where the units lie: in the package, or in a source tree beside it."""
    packed = Path(__file__).parent / "units"
    return packed if packed.is_dir() else Path(__file__).parent.parent / "systemd"


def check_place(root: Path = Path("/"), *, is_root: bool | None = None) -> None:
    """See whether a service can be made here.

    Raises:
        PermanentError: not as this user, not without systemd, or a package has made one.
    """
    if not (os.geteuid() == 0 if is_root is None else is_root):
        raise PermanentError("only root may make a service", mend="Call it with sudo.")
    if not (root / "run/systemd/system").is_dir():
        raise PermanentError("systemd does not run here", mend="Run `edged run -c FILE` by hand.")
    if os.path.lexists(root / "lib/systemd/system/edged.service"):
        raise PermanentError(
            "the Debian package has made the service already",
            mend="Use that one, or remove the package first.",
        )


def check_reachable(installed: Installed) -> None:
    """See whether the user of the service may run it: what lies in a home usually only its owner may.

    Raises:
        PermanentError: a folder on the way is closed to others.
    """
    for path in installed.paths:
        closed = [part for part in (path, *path.parents) if not part.stat().st_mode & 0o001]
        if closed:
            raise PermanentError(
                f"the user edged may not run {path}",
                where=str(closed[-1]),
                mend="Install it where everybody may: "
                "sudo PIPX_HOME=/opt/pipx PIPX_BIN_DIR=/usr/local/bin pipx install edged-*.whl, or "
                "sudo UV_TOOL_DIR=/opt/uv/tools UV_TOOL_BIN_DIR=/usr/local/bin "
                "UV_PYTHON_INSTALL_DIR=/opt/uv/python uv tool install edged-*.whl",
            )


def install_acts(installed: Installed, root: Path = Path("/")) -> list[Act]:
    """Return what makes the service, in order; ``root`` is that of the file system."""
    acts = []
    is_at_home = any(str(path).startswith(("/root/", "/home/")) for path in installed.paths)
    for name, place in _PLACES.items():
        text = (unit_folder() / name).read_text(encoding="utf-8").replace(_PROGRAM, str(installed.program))
        if is_at_home:
            text = re.sub(r"^ProtectHome=yes$", "ProtectHome=read-only", text, flags=re.MULTILINE)
        acts.append(Act(f"write {root / place}", _writer(root / place, f"{_MADE_BY}\n{text}")))
    acts += [
        _run("systemd-sysusers", str(root / _PLACES["edged.sysusers"])),
        _run("systemd-tmpfiles", "--create", str(root / _PLACES["edged.tmpfiles"])),
    ]
    config = root / _CONFIG
    if not config.exists():
        text = first_config(socket.gethostname())
        acts.append(Act(f"write {config}", partial(ConfigFile(config, config.with_name("none")).write, text)))
    return [
        *acts,
        _run("systemctl", "daemon-reload"),
        _run("journalctl", "--update-catalog"),
        # where it does not run now, it reads the rules when it does
        _run("systemctl", "try-restart", "systemd-udevd.service"),
        _run("systemctl", "enable", "edged.service", "edged-firstboot.service"),
        _run("systemctl", "restart", "edged.service"),
    ]


def remove_acts(root: Path = Path("/")) -> list[Act]:
    """Return what takes the service away; what was recorded and the configuration stay."""
    there = [unit for unit in UNITS if (root / _PLACES[unit]).exists()]
    return [
        *(_run("systemctl", "disable", "--now", unit) for unit in reversed(there)),
        *(
            Act(f"remove {root / place}", partial((root / place).unlink, missing_ok=True))
            for place in _PLACES.values()
        ),
        _run("systemctl", "daemon-reload"),
    ]


def _writer(path: Path, text: str) -> Callable[[], None]:
    def write() -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_text(text, encoding="utf-8")
        fresh.chmod(0o644)
        fresh.replace(path)

    return write


def _run(*command: str) -> Act:
    def run() -> None:
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603  no shell; its words are literals of this file, and paths below the root that it installs into
        except FileNotFoundError as error:
            raise PermanentError(f"{command[0]} is not installed", where=" ".join(command)) from error
        except subprocess.CalledProcessError as error:
            raise PermanentError(
                f"it failed: {error.stderr.strip()}",
                where=" ".join(command),
                mend="Mend that and call again.",
            ) from error

    return Act(" ".join(command), run)


def carry_out(acts: Sequence[Act], tell: Callable[[str], None], *, dry_run: bool) -> None:
    """Do things in order, telling each first; with ``dry_run`` only tell.

    Raises:
        PermanentError: one failed; those before it stay done.
    """
    for act in acts:
        tell(act.what)
        if not dry_run:
            try:
                act.do()
            except OSError as error:
                raise PermanentError(f"it failed: {error.strerror}", where=act.what) from error
