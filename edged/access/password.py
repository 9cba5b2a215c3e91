"""Passwords: which are taken, and what is kept of them (argon2id, RFC 9106)."""

from typing import TYPE_CHECKING, Final

from edged.errors import RefusedError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST: Final = 10
LONGEST: Final = 256

_MEMORY_KIB: Final = 65536
_PASSES: Final = 3
_LANES: Final = 2
"""The second recommended set of RFC 9106, section 4, with half of its lanes: a board has few cores."""

_COMMON: Final = frozenset(
    {
        "1234567890",
        "0123456789",
        "0987654321",
        "12345678910",
        "123456789a",
        "1q2w3e4r5t",
        "1qaz2wsx3edc",
        "abcdefghij",
        "administrator",
        "iloveyou12",
        "letmein123",
        "password12",
        "password123",
        "password1234",
        "passw0rd123",
        "qwerty1234",
        "qwerty12345",
        "qwertyuiop",
        "raspberrypi",
        "welcome123",
        "welcome1234",
    }
)
"""Of those that are tried first, the ones that are long enough."""


def check_password(password: str, name: str) -> None:
    """Check whether a password may be taken.

    Args:
        password: that somebody has chosen.
        name: of his account.

    Raises:
        RefusedError: it is too easily guessed.
    """
    if len(password) < SHORTEST:
        raise RefusedError(f"A password has at least {SHORTEST} characters.", field="password")
    if len(password) > LONGEST:
        raise RefusedError(f"A password has at most {LONGEST} characters.", field="password")
    plain = password.lower()
    if name and len(plain.replace(name.lower(), "")) < SHORTEST // 2:
        raise RefusedError("It is made of your name: choose another one.", field="password")
    if plain in _COMMON or len(set(plain)) < 4:
        raise RefusedError("It is among the first that are tried: choose another one.", field="password")


def hashed(password: str) -> str:
    """Return what is kept of a password; takes 64 MiB and some hundred milliseconds."""
    return _hasher().hash(password)


def is_password(password: str, kept: str) -> bool:
    """Say whether a password is the one of which this is kept; takes as long as ``hashed``."""
    from argon2.exceptions import InvalidHashError, VerificationError  # noqa: PLC0415  loaded when the first one logs in, not at the start, as in _hasher

    try:
        return _hasher().verify(kept, password)
    except (VerificationError, InvalidHashError):
        return False


def nobodys() -> str:
    """Return what would be kept of a password that nobody has: to take as long for unknown names."""
    return hashed("nobody has this one")


def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher  # noqa: PLC0415  loaded when the first one logs in, not at the start

    return PasswordHasher(time_cost=_PASSES, memory_cost=_MEMORY_KIB, parallelism=_LANES)
