"""The user that edged runs as: itself, or the service's, where somebody else has it looked over."""

import grp
import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

SERVICE_USER: Final = "edged"


@dataclass(frozen=True, slots=True)
class Account:
    """A user, as the kernel sees him.

    Attributes:
        name: as people know him.
        uid: his number.
        gids: numbers of all his groups.
    """

    name: str
    uid: int
    gids: frozenset[int]

    @classmethod
    def current(cls) -> Self:
        """Return the user of this process, with the groups that it really has."""
        return cls(_user_name(os.geteuid()), os.geteuid(), frozenset({os.getegid(), *os.getgroups()}))

    @classmethod
    def named(cls, name: str) -> Self | None:
        """Return a user of this machine, with the groups he would get; None where there is none."""
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            return None
        return cls(name, entry.pw_uid, frozenset(os.getgrouplist(name, entry.pw_gid)))

    @classmethod
    def of_service(cls) -> Self:
        """Return whom the service runs as, seen by root, who may ask for others; else the current user."""
        service = cls.named(SERVICE_USER) if os.geteuid() == 0 else None
        return service or cls.current()

    @property
    def is_current(self) -> bool:
        """Whether it is the user of this process, whose rights need not be computed."""
        return self.uid == os.geteuid()

    def is_in(self, group: str) -> bool:
        """Return whether he is in a group, or needs none: root, or where there is no such group."""
        try:
            return self.uid == 0 or grp.getgrnam(group).gr_gid in self.gids
        except KeyError:
            return True

    def may(self, path: Path, wanted: int) -> bool:
        """Return whether he may use a path: ``os.R_OK``, ``os.W_OK``, ``os.X_OK`` or several.

        Of another user than the current one only the mode counts, as access control lists cannot be asked.
        """
        if self.is_current:
            return os.access(path, wanted, effective_ids=True)
        try:
            told = path.stat()
        except OSError:
            return False
        if self.uid == 0:
            return True
        shift = 6 if told.st_uid == self.uid else 3 if told.st_gid in self.gids else 0
        return (told.st_mode >> shift) & wanted == wanted


def group_name(gid: int) -> str:
    """Return the name of a group, or its number where it has none."""
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
