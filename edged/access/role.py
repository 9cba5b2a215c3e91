"""What may be done, and who may do it: each role may do what the one before it may, and more."""

from enum import StrEnum
from typing import Final


class Permission(StrEnum):
    """Something that not everybody may do."""

    SEE = "see"
    """Status, live feed, health, log, metrics, the configuration without its secrets."""
    ASSIGN = "assign"
    """Give a source to a subject, make a device show itself, mark a moment, scan."""
    CONFIGURE = "configure"
    """Change the configuration, go back to an earlier one, publish a test, take the diagnostics bundle."""
    ADMINISTER = "administer"
    """Accounts, other people's tokens, the audit log."""


class Role(StrEnum):
    """Of an account, or of a token."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    TECHNICIAN = "technician"
    ADMIN = "admin"

    @property
    def permissions(self) -> tuple[Permission, ...]:
        """What it may do."""
        return tuple(Permission)[: tuple(Role).index(self) + 1]

    def may(self, permission: Permission) -> bool:
        """Say whether it may do something."""
        return permission in self.permissions

    def contains(self, other: "Role") -> bool:
        """Say whether it may do all that another one may."""
        return len(self.permissions) >= len(other.permissions)


ANYBODY: Final = "anybody"
"""Somebody of whom nothing is known."""
PAGE: Final = "page"
"""Whoever has the page open on the board itself, before anybody has claimed it."""
LOCAL: Final = "local"
"""Who comes over the board's own Unix socket: root, and the group of the service."""
