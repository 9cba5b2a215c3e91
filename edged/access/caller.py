"""Who makes a request, as far as is known."""

from dataclasses import dataclass
from typing import Literal

from edged.access.role import ANYBODY, LOCAL, PAGE, Permission, Role

Way = Literal["nobody", "loopback", "socket", "session", "token"]


@dataclass(frozen=True, slots=True)
class Caller:
    """Who makes a request.

    Attributes:
        name: of the account, or one of ``edged.access.role``'s for who has none.
        role: what he may do; None, nothing.
        way: how he is known: not at all, by sitting at a board that nobody has claimed, by the permissions of
            the board's own socket, by the cookie of a session, by a token.
        address: where he is, an IP address; empty over the socket.
        session: which one, where he has one: the digest of its identity.
        token: the number of his token; 0, none.
    """

    name: str
    role: Role | None
    way: Way
    address: str = ""
    session: str = ""
    token: int = 0

    def may(self, permission: Permission) -> bool:
        """Say whether he may do something."""
        return self.role is not None and self.role.may(permission)

    @classmethod
    def nobody(cls, address: str) -> "Caller":
        """Return somebody of whom nothing is known."""
        return cls(ANYBODY, None, "nobody", address)

    @classmethod
    def at_the_board(cls, address: str) -> "Caller":
        """Return somebody on the board itself, before it is claimed."""
        return cls(PAGE, Role.ADMIN, "loopback", address)

    @classmethod
    def over_the_socket(cls) -> "Caller":
        """Return who may open the board's socket: he may do everything without the page, too."""
        return cls(LOCAL, Role.ADMIN, "socket")
