"""Random secrets, of which only a digest is kept."""

import hashlib
import secrets
from typing import Final

_BYTES: Final = 32
TOKEN_PREFIX: Final = "edged_"  # noqa: S105  what tokens begin with, so that scanners for leaked ones know them
_CODE_ALPHABET: Final = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""Without what looks like something else."""
_CODE_LENGTH: Final = 8


def new_secret() -> str:
    """Return 256 random bits, 43 characters that may stand in a cookie."""
    return secrets.token_urlsafe(_BYTES)


def new_token() -> str:
    """Return the secret of a token for programs."""
    return TOKEN_PREFIX + new_secret()


def new_code() -> str:
    """Return a code for people to type, such as ``K7QM-3WXA``: 39 random bits."""
    code = "".join(secrets.choice(_CODE_ALPHABET) for _ in range(_CODE_LENGTH))
    return f"{code[:4]}-{code[4:]}"


def same_code(one: str, other: str) -> bool:
    """Say whether two codes are the same, however they are typed; takes the same time for any."""
    return secrets.compare_digest(_typed(one), _typed(other))


def digest(secret: str) -> str:
    """Return what is kept of a secret: SHA-256, hexadecimal. It is random enough to need no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()


def forgery_token(secret: str) -> str:
    """Return the token against forged requests that belongs to a session: it tells nothing of the session."""
    return hashlib.sha256(b"edged csrf\0" + secret.encode()).hexdigest()


def is_same(one: str, other: str) -> bool:
    """Compare two secrets in a time that tells nothing."""
    return secrets.compare_digest(one.encode(), other.encode())


def _typed(code: str) -> bytes:
    return "".join(each for each in code.upper() if each.isalnum()).encode()
