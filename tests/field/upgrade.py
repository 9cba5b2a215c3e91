"""An upgrade in the guest: the moments that it passes, and what a power cut leaves of it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.field.board import Board
from tests.field.journal import JournalView
from tests.field.vm.machine import Disks

NEWER: Final = "0.1.1"

_UNIT: Final = "upgrade.service"
_TIMEOUT_S: Final = 900.0
_PARTIAL: Final = f"/opt/edged/{NEWER}-*.partial"
_PACKAGES: Final = f"{_PARTIAL}/lib/python3.11/site-packages"

MOMENTS: Final = {
    "dpkg unpacks": "ls /usr/lib/edged/wheels/*.dpkg-new",
    "wheels are installed": f"ls -d {_PACKAGES}/numpy",
    "it is compiled": f"ls -d {_PACKAGES}/pydantic/__pycache__",
    "it is looked over": f"ls {_PARTIAL}/version.json",
    "it is whole": f"ls -d /opt/edged/{NEWER}-????????",
    "it is linked": f"readlink /opt/edged/current | grep ^{NEWER}-",
    "the service starts anew": f"grep /opt/edged/{NEWER}- /proc/$(systemctl show -P MainPID edged)/cmdline",
    "dpkg is done": f"dpkg-query -W -f '${{db:Status-Abbrev}}${{Version}}' edged | grep '^ii *{NEWER}$'",
}
"""In their order; by what a shell sees from then on."""

LINKED: Final = "it is linked"
"""The old version runs after a power cut before this moment, the new one after it; in between, either."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What a power cut leaves.

    Attributes:
        disks: as they are then.
        kept: the journal a little before.
        after_s: how long the upgrade had run.
    """

    disks: Disks
    kept: JournalView
    after_s: float


class Upgrade:
    """Runs in the guest, beside what else it does.

    Args:
        board: that is upgraded.
    """

    def __init__(self, board: Board) -> None:
        self._machine = board.machine

    def install(self, package: Path) -> None:
        """Begin to install a package of the payload."""
        self._begin("--install", f"/opt/field/{package.name}")

    def configure(self) -> None:
        """Begin to configure what was left unpacked."""
        self._begin("--configure", "--pending")

    def until(self, moment: str) -> None:
        """Return as soon as a moment is seen.

        Raises:
            RuntimeError: it ended before that.
        """
        seen = f"{{ {MOMENTS[moment]}; }} >/dev/null 2>&1"
        # looked for once more after the end, which may be the moment
        look = f"until {seen}; do systemctl is-active --quiet {_UNIT} || {seen} || exit 1; sleep 0.2; done"
        self._machine.run("sh", "-c", look, timeout_s=_TIMEOUT_S)

    def log(self) -> str:
        """Return what dpkg has told."""
        return self._machine.run("journalctl", "--no-pager", "--output=cat", f"--unit={_UNIT}")

    def _begin(self, *what: str) -> None:
        # as docs/service.md has it: an upgrade writes to the system
        self._machine.run("mount", "-o", "remount,rw", "/")
        self._machine.run("systemd-run", "--quiet", "--collect", f"--unit={_UNIT}", "dpkg", *what)
