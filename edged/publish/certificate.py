"""Looks at a broker's TLS certificate, also at one that is not to be trusted: whose, and how long."""

import socket
import ssl
from dataclasses import dataclass
from typing import Any, Final, Literal

from edged.errors import BrokerUnreachable
from edged.publish.address import BrokerAddress
from edged.publish.transport import CONNECT_TIMEOUT_S, host_and_port, trust

Fault = Literal["expired", "not_yet_valid", "unknown_issuer", "other_name", "distrusted"]

_FAULTS: Final[dict[int, Fault]] = {
    2: "unknown_issuer",
    9: "not_yet_valid",
    10: "expired",
    18: "unknown_issuer",
    19: "unknown_issuer",
    20: "unknown_issuer",
    21: "unknown_issuer",
    62: "other_name",
    64: "other_name",
}
"""OpenSSL's reasons (x509_vfy.h, X509_V_ERR_*)."""

_NO_CHECK_TIME: Final = 0x200000
"""X509_V_FLAG_NO_CHECK_TIME, which the module ssl does not name."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate.

    Attributes:
        subject: whose it is.
        issuer: who says so.
        names: the hosts that it is good for.
        begins_s: when its validity begins, seconds since 1970.
        ends_s: when it ends.
    """

    subject: str
    issuer: str
    names: tuple[str, ...]
    begins_s: float
    ends_s: float


@dataclass(frozen=True, slots=True)
class Inspection:
    """What TLS at a broker came to.

    Attributes:
        certificate: that it shows; None where it shows none that can be understood.
        fault: why it is not to be trusted; None where it is.
        said: OpenSSL's own words for the fault.
        authorities: that are trusted here, of ``uplink.ca_file``; empty where the system's are.
    """

    certificate: Certificate | None
    fault: Fault | None
    said: str
    authorities: tuple[Certificate, ...]


def inspect(address: BrokerAddress, timeout_s: float = CONNECT_TIMEOUT_S) -> Inspection:
    """Connect over TLS, as the uplink would, and hang up; blocks up to four times the timeout.

    Raises:
        OSError: no connection.
        BrokerUnreachable: no TLS is spoken there, or the certificate authority cannot be read.
    """
    context = trust(address)
    ours = context.get_ca_certs() if address.ca_file else []
    authorities = tuple(understood(each) for each in ours)
    try:
        shown = _shown(address, context, timeout_s)
    except ssl.SSLCertVerificationError as error:
        fault = _FAULTS.get(error.verify_code, "distrusted")
        return Inspection(_whatever_shown(address, timeout_s), fault, error.verify_message, authorities)
    except (ssl.SSLError, ConnectionResetError) as error:
        raise BrokerUnreachable(
            f"TLS failed: {getattr(error, 'reason', None) or error.strerror or error}",
            where=address.url,
            mend="Check that uplink.url names the port at which the broker speaks TLS; usually 8883.",
        ) from error
    return Inspection(understood(shown), None, "", authorities)


def _shown(address: BrokerAddress, context: ssl.SSLContext, timeout_s: float) -> dict[str, Any]:
    host, port = host_and_port(address.url)
    with (
        socket.create_connection((host, port), timeout_s) as plain,
        context.wrap_socket(plain, server_hostname=host) as wrapped,
    ):
        return wrapped.getpeercert() or {}


def _whatever_shown(address: BrokerAddress, timeout_s: float) -> Certificate | None:
    """Return the certificate that is not trusted, by trusting it itself: ssl explains no other."""
    host, port = host_and_port(address.url)
    try:
        pem = ssl.get_server_certificate((host, port), timeout=timeout_s)
        context = ssl.create_default_context(cadata=pem)
        context.check_hostname = False
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VerifyFlags(_NO_CHECK_TIME)
        return understood(_shown(address, context, timeout_s))
    except OSError:  # of which SSLError is one; what is wrong with it is known all the same
        return None


def understood(shown: dict[str, Any]) -> Certificate:
    """Return what ``SSLSocket.getpeercert`` tells of a certificate that is trusted."""
    return Certificate(
        _name(shown.get("subject", ())),
        _name(shown.get("issuer", ())),
        tuple(name for _, name in shown.get("subjectAltName", ())),
        ssl.cert_time_to_seconds(shown["notBefore"]),
        ssl.cert_time_to_seconds(shown["notAfter"]),
    )


def _name(parts: tuple[tuple[tuple[str, str], ...], ...]) -> str:
    """Return the common name, or all there is of a name."""
    pairs = [pair for part in parts for pair in part]
    common = next((value for key, value in pairs if key == "commonName"), "")
    return common or ", ".join(value for _, value in pairs)
