"""What is looked over: a board, the configuration it is to run, and the user under whom."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from edged.clock import Clock
from edged.config.model import Config
from edged.ops.doctor.account import Account
from edged.ops.doctor.threads import Threads


class ConfigUnknown(Exception):
    """A check needs the configuration, and that cannot be read."""


@dataclass(frozen=True, slots=True)
class Patient:
    """What the checks may look at.

    Attributes:
        clock: the node's.
        known: the configuration; None where it cannot be read.
        file: that it comes from; None where it comes from none.
        is_running: whether this process is the daemon itself, with ``known`` as what it runs.
        account: the user that edged runs as.
        root: the board's file system; elsewhere than ``/`` it is one laid out by a test.
        environment: of this process.
        threads: for what may block.
    """

    clock: Clock
    known: Config | None
    file: Path | None = None
    is_running: bool = False
    account: Account = field(default_factory=Account.current)
    root: Path = Path("/")
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    threads: Threads = field(default_factory=Threads)

    @property
    def config(self) -> Config:
        """The configuration.

        Raises:
            ConfigUnknown: it cannot be read; what cannot be looked at without it is left out.
        """
        if self.known is None:
            raise ConfigUnknown
        return self.known

    @property
    def sys(self) -> Path:
        """Where sysfs is."""
        return self.root / "sys"

    @property
    def proc(self) -> Path:
        """Where procfs is."""
        return self.root / "proc"
