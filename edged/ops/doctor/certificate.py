"""What a broker's TLS certificate means for the uplink: trusted, for how long, and if not, why."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from edged.clock import ClockQuality
from edged.ops.doctor.finding import Fact, Finding, problem, warning, well
from edged.publish.address import BrokerAddress
from edged.publish.certificate import Certificate, Inspection
from edged.publish.transport import host_and_port

CHECK: Final = "broker"
SOON_DAYS: Final = 14
_TITLE: Final = "Broker certificate"
_AUTHORITY: Final = "Certificate authority"
_DAY_S: Final = 86_400


def certificate_findings(
    inspection: Inspection, address: BrokerAddress, now_s: float, quality: ClockQuality
) -> list[Finding]:
    """Return what an inspection means.

    Args:
        inspection: of the broker's TLS.
        address: of the broker.
        now_s: by the node's clock, seconds since 1970.
        quality: of that clock; one that is not set explains much.
    """
    shown = inspection.certificate
    facts = _facts(shown, now_s)
    if inspection.fault is not None or shown is None:  # without a fault one was shown
        what, mend = _told(inspection, address, now_s, quality)
        return [problem(CHECK, _TITLE, what, where=address.url, mend=mend, **facts)]
    mend = "Have the broker's administrator renew it, before the uplink stops."
    found = list(_ending(_TITLE, "it", shown, mend, now_s, address.url))
    for authority in inspection.authorities:
        mend = "Put the next one into uplink.ca_file too, before the broker is given a certificate of it."
        found += _ending(_AUTHORITY, authority.subject, authority, mend, now_s, str(address.ca_file))
    until = _date(shown.ends_s)
    return found or [well(CHECK, _TITLE, f"it is trusted until {until}", where=address.url, **facts)]


def _ending(
    title: str, name: str, certificate: Certificate, mend: str, now_s: float, where: str
) -> Iterator[Finding]:
    days = _days(certificate, now_s)
    if days < SOON_DAYS:
        left = "today" if days < 1 else f"in {days} {'day' if days == 1 else 'days'}"
        what = f"{name} expires {left}, on {_date(certificate.ends_s)}"
        yield warning(CHECK, title, what, where=where, mend=mend, **_facts(certificate, now_s))


def _told(
    inspection: Inspection, address: BrokerAddress, now_s: float, quality: ClockQuality
) -> tuple[str, str]:
    """Return what is wrong with a certificate, and the mend."""
    shown, fault = inspection.certificate, inspection.fault
    clock = "" if quality is ClockQuality.SYNCED else " No time server has set this board's clock yet."
    host, _ = host_and_port(address.url)
    if fault == "expired":
        if shown is not None and shown.ends_s > now_s:
            what = f"the certificate of its authority {shown.issuer} has expired"
            return what, f"Put the next one into uplink.ca_file.{clock}"
        when = f" on {_date(shown.ends_s)}" if shown else ""
        return f"it expired{when}", f"Have the broker's administrator renew it.{clock}"
    if fault == "not_yet_valid":
        when = f" before {_date(shown.begins_s)}" if shown else ""
        today = f"here it is {_date(now_s)}"
        return (
            f"it is not valid{when}, and {today}",
            f"This board's clock may be wrong: `edged doctor --only clock`, `timedatectl`.{clock}",
        )
    if fault == "unknown_issuer":
        by = f" {shown.issuer}" if shown else ""
        return (
            f"who issued it{by} is not trusted here",
            "Put the certificate of the broker's authority into uplink.ca_file; its administrator has it.",
        )
    if fault == "other_name":
        names = f": it is for {', '.join(shown.names) or shown.subject}" if shown else ""
        return (
            f"it is not for {host}{names}",
            "Use one of its names in uplink.url, or have the broker's administrator add this one.",
        )
    return f"it is not trusted: {inspection.said}", "Have the broker's administrator look at it."


def _facts(certificate: Certificate | None, now_s: float) -> dict[str, Fact]:
    if certificate is None:
        return {}
    return {
        "subject": certificate.subject,
        "issuer": certificate.issuer,
        "valid_from": _date(certificate.begins_s),
        "valid_until": _date(certificate.ends_s),
        "days_left": _days(certificate, now_s),
    }


def _days(certificate: Certificate, now_s: float) -> int:
    """Return the whole days that are left; less than nothing once it has expired."""
    return int((certificate.ends_s - now_s) / _DAY_S)


def _date(at_s: float) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d")
