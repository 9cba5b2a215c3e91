"""TLS for the page: with a certificate of one's own, or with one that the board makes for itself."""

import asyncio
import socket
import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edged.config.model import WebConfig
from edged.durable import settle
from edged.errors import ConfigError
from edged.ops.network.kernel import LinuxKernel

CERTIFICATE: Final = "page-certificate.pem"
KEY: Final = "page-key.pem"
DAYS: Final = 3650
_TIMEOUT_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate and its key, PEM files.

    Attributes:
        certificate: with what it is signed by.
        key: without password.
    """

    certificate: Path
    key: Path


async def pair_of(web: WebConfig, folder: Path) -> Pair | None:
    """Return what the page is served with; None without TLS.

    Args:
        web: as configured.
        folder: for what the board makes for itself: made once, and kept.

    Raises:
        ConfigError: there is none, it cannot be used, or none can be made.
    """
    if web.tls == "off":
        return None
    if web.tls == "files":
        pair = Pair(web.certificate or Path(), web.key or Path())
        _check(pair, "web.certificate", "Name a certificate and its key as PEM files that edged may read.")
        return pair
    pair = Pair(folder / CERTIFICATE, folder / KEY)
    await asyncio.to_thread(_made, pair, [*web.names, *_own_names()])
    return pair


def _made(pair: Pair, names: list[str]) -> None:
    if not (pair.certificate.exists() and pair.key.exists()):
        _make(pair, names)
    _check(pair, "web.tls", f"Remove {pair.certificate} and {pair.key}: others are made.")


def _check(pair: Pair, key: str, mend: str) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(pair.certificate, pair.key, password="")
    except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
        raise ConfigError(
            f"the certificate of the page cannot be used: {reason}", key=key, mend=mend
        ) from error


def _make(pair: Pair, names: list[str]) -> None:
    """Make a key and a certificate that it signs itself, for the board's names and present addresses."""
    fresh = Pair(pair.certificate.with_suffix(".new"), pair.key.with_suffix(".new"))
    fresh.key.touch(0o600)
    addresses = {"127.0.0.1", "::1", *(str(placed.address) for placed in LinuxKernel().ipv4())}
    alternatives = ",".join(
        ["DNS:localhost", *(f"DNS:{name}" for name in names), *(f"IP:{each}" for each in sorted(addresses))]
    )
    command = [
        *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"),
        *("-subj", f"/CN={names[-1] if names else 'edged'}", "-days", str(DAYS)),
        *("-addext", f"subjectAltName={alternatives}", "-addext", "extendedKeyUsage=serverAuth"),
        *("-keyout", str(fresh.key), "-out", str(fresh.certificate)),
    ]
    try:
        subprocess.run(command, check=True, capture_output=True, timeout=_TIMEOUT_S)  # noqa: S603  no shell, and no word of the command comes from outside
    except FileNotFoundError as error:
        mend = "Install openssl, or give a certificate of your own: web.tls = 'files'."
        raise ConfigError(
            "no certificate can be made: openssl is missing", key="web.tls", mend=mend
        ) from error
    except (subprocess.SubprocessError, OSError) as error:
        said = (getattr(error, "stderr", b"") or b"").decode("utf-8", "replace").strip() or str(error)
        mend = "See that the state folder is writable."
        raise ConfigError(f"no certificate can be made: {said}", key="web.tls", mend=mend) from error
    settle(fresh.key)
    settle(fresh.certificate)
    fresh.key.rename(pair.key)  # the certificate last: where the power fails between the two, others are made
    fresh.certificate.rename(pair.certificate)
    settle(pair.key.parent)


def _own_names() -> list[str]:
    name = socket.gethostname().partition(".")[0]
    return [f"{name}.local", name] if name and name != "localhost" else []
